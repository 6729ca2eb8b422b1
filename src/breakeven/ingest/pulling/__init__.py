"""Pulls: sources that are fetched on a schedule instead of being sent.

`schedule`   when a source is due: a pure function of how its last run went and the time
`run`        one run: held by one process, its records taken in, then how far it got written down
`folder`     new and changed files of a folder or object store
`database`   rows of an SQL database from a cursor on
`rest`       pages of a REST endpoint; `paging` says where the next one is, `cursors` where the next run begins
`registry`   an MLflow server: `mlflow` fetches, `registry` says what changed
`host`       requests to one declared server, and to no other
`timetable`  runs what is due, in a server

Records are written to files first and then go the way of every file (`ingest/files.py`). What was read is remembered
only after it was committed: a run that ends in between reads the same records again, and they are known by their ids.
"""
