"""What the engine and the system say, in words of the product: texts as they were seen."""

from __future__ import annotations

import errno
import os

import duckdb
import pytest

from breakeven.errors import StoreDamaged, StoreError, StoreFull, StoreLocked
from breakeven.store.failures import translated

INVALIDATED = (
    "FATAL Error: Failed: database has been invalidated because of a previous fatal error. The database must be"
    " restarted prior to being used again.\nOriginal error: "
)
OFFLOAD = (
    "FATAL Error: Failed to create checkpoint because of error: failed to offload data block of size 32.0 KiB"
    " (30.3 MiB/30.3 MiB used).\nThis limit was set by the 'max_temp_directory_size' setting.\nBy default,"
    " this setting utilizes the available disk space on the drive where the 'temp_directory' is located."
)
FULL = 'TransactionContext Error: Failed to commit: Could not write file "/d/b.duckdb.wal": No space left on device'


def of(number: int) -> OSError:
    return OSError(number, os.strerror(number))


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (duckdb.TransactionException(FULL), StoreFull, "no room left for the store"),
        (duckdb.FatalException(INVALIDATED + '"Failed to create checkpoint because of error: No space left on device"'),
         StoreFull, "no room left for the store"),
        (duckdb.FatalException(OFFLOAD), StoreFull, "no room left for the store"),
        (of(errno.ENOSPC), StoreFull, "no room left for the store"),
        (of(errno.EDQUOT), StoreFull, "no room left for the store"),
        (of(errno.EFBIG), StoreFull, "no room left for the store"),
        (of(errno.EROFS), StoreError, "its device is read-only; make it writable again"),
        (of(errno.EACCES), StoreError, "permission denied"),
        (of(errno.EIO), StoreError, "Input/output error"),
        (duckdb.FatalException(INVALIDATED + '"something"'), StoreError, "is started again: try again"),
        (duckdb.IOException('IO Error: Could not set lock on file "b": Conflicting lock is held in x (PID 7)'),
         StoreLocked, "is held by process 7: stop it, or ask it over HTTP"),
        (duckdb.IOException("IO Error: The file exists, but it is not a valid DuckDB database file!"), StoreDamaged,
         "is not a store of breakeven"),
        (duckdb.InternalException("INTERNAL Error: one\ntwo"), StoreError, "failed: INTERNAL Error: one"),
    ],
)  # fmt: skip
def test_words(error: Exception, kind: type[StoreError], says: str) -> None:
    found = translated(error, "b.duckdb")
    assert type(found) is kind
    assert says in str(found)
    assert "\n" not in str(found)
