"""Data out: figures as tables with fixed columns, for spreadsheets, BI tools and other programs.

tables      what a table is: columns with type and meaning, and its rows in batches
cells       values as the columns want them
entries, statement, metrics, interactions, declared, focus     the tables
catalogue   all of them by name
files       a table as CSV, Parquet, Arrow or JSON, written as it is read
about       a whole database of them, with where it came from
"""
