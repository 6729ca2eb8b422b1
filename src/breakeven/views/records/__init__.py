"""The records page: the facts behind a figure as a list that adds up to it, and one fact with all of its past."""
