"""Answers as JSON: shapes of the API and the command line."""
