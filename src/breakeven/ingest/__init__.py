"""From bytes to facts: every source becomes one staging relation and passes the same named steps.

`streams`, `readers`, `formats`, `mapping`, `focus`, `identity`   files → staging relations
`events`      bodies of HTTP requests → staging relations
`staging`     the in-memory engine the steps run in
`checks`      what a valid row is, as data; `settled` sees at a glance that a whole column is
`values`      how a text becomes a field's type
`steps`       normalise → validate → price → deduplicate → convert → commit
`tariffs`     prices of a batch by whole columns, `metering` by SQL where that does not do
`pipeline`    runs the steps and commits; `outcome` says what became of every row, `refusing` keeps what is wrong
`writer`      one thread that commits the requests waiting together
`rejected`    what was not accepted: listed, and tried again

A staging relation is an Arrow table with `row` (1-based place in the file or request), `malformed` (text of what could
not be read as a record, else NULL) and any of the fact's fields, as text or in their own type.
"""
