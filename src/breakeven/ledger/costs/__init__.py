"""Cost cut in other ways than by line; the parts add up to the investment."""
