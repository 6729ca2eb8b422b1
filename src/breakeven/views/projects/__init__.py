"""Parts of the pages about projects."""
