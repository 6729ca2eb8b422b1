"""The ledger: facts and declarations become entries, statements and metrics.

window      what part of time is asked for, and the cells it is cut into
relations   each fact kind as a SELECT: local days, the workspace's currency, cost spans cut into pieces
measures    one query per relation; levels: percentiles, weekly users, states
grid        measures and assumptions over rows (cell × key), with what is known about their gaps
book        stage 1: cost lines, value categories and sums per month and project; allocate: pools and write-offs
evaluate    stage 2: every other figure at the level that is asked for; reasons: why one is unknown
timeline, targets, statement, metrics, entries, explain, freshness     what is answered, in the shapes of `results`
ledger      the front
"""
