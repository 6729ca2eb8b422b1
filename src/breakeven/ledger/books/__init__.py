"""Stage 1 and 2: the book of months × projects, how it is made, and figures at any level."""
