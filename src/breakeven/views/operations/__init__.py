"""Live operations in words: what is watched, how each model stands, links to models."""
