"""The Explain panel: a figure taken apart, how sure it is, what would change it, and how to get the same again."""
