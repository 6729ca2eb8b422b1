"""The engine that the steps run in: what it cannot hold is said to the sender."""

from __future__ import annotations

import pytest

from breakeven.errors import TooLarge
from breakeven.ingest.staging import Staging


def test_more_than_its_memory_holds() -> None:
    staging = Staging(memory_limit="8MB", threads=1)
    try:
        with pytest.raises(TooLarge, match="8MB of memory do not suffice"):
            staging.table("SELECT list(md5(CAST(i AS VARCHAR))) FROM range(2000000) AS r(i)")
        assert staging.table("SELECT 1 AS one")["one"].to_pylist() == [1]
    finally:
        staging.close()
