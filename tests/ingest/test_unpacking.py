"""Packed bodies: whole, in members, cut, damaged, beyond the limit, and made to cost more than they bring."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from breakeven.errors import TooLarge, UnsupportedMedia, UsageProblem
from breakeven.ingest.unpacking import unpacked

LIMIT = 1 << 20
PACK: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstandard.compress}
NOISE = random.Random(1).randbytes(3000)


@given(st.sampled_from(["gzip", "zstd"]), st.lists(st.binary(max_size=300), min_size=1, max_size=5))
def test_members_are_read_as_one(encoding: str, parts: list[bytes]) -> None:
    assert unpacked(b"".join(map(PACK[encoding], parts)), encoding, LIMIT) == b"".join(parts)


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_plain(encoding: str) -> None:
    assert unpacked(b"x" * LIMIT, encoding, LIMIT) == b"x" * LIMIT
    with pytest.raises(TooLarge, match=f"{LIMIT + 1} bytes"):
        unpacked(b"x" * (LIMIT + 1), encoding, LIMIT)


@pytest.mark.parametrize("encoding", PACK)
def test_up_to_the_limit(encoding: str) -> None:
    assert len(unpacked(PACK[encoding](bytes(LIMIT)), encoding, LIMIT)) == LIMIT
    for packed in (
        PACK[encoding](bytes(LIMIT + 1)),
        PACK[encoding](bytes(300 << 20)),
        PACK[encoding](b"x") * 1_200_000,
    ):
        with pytest.raises(TooLarge, match="unpacks to more"):
            unpacked(packed, encoding, LIMIT)


@pytest.mark.parametrize("encoding", PACK)
@pytest.mark.parametrize("left", [0.1, 0.5, 0.999])
def test_what_is_cut_off_is_refused(encoding: str, left: float) -> None:
    """Half of it looks like a whole body of fewer records."""
    packed = PACK[encoding](NOISE)
    with pytest.raises(UsageProblem, match=f"the body is not {encoding}"):
        unpacked(packed[: int(len(packed) * left)], encoding, LIMIT)


@pytest.mark.parametrize("encoding", PACK)
@pytest.mark.parametrize("damage", [lambda packed: packed + b"xyz", lambda _: b'{"a": 1}'], ids=["followed", "other"])
def test_what_is_damaged_is_refused(encoding: str, damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(UsageProblem, match=f"the body is not {encoding}"):
        unpacked(damage(PACK[encoding](NOISE)), encoding, LIMIT)


@pytest.mark.parametrize("encoding", PACK)
def test_a_million_empty_members_are_no_work(encoding: str) -> None:
    """Whoever copies what is left after each member never ends."""
    assert unpacked(PACK[encoding](b"") * 1_000_000, encoding, LIMIT) == b""


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "deflate"])
def test_others(encoding: str) -> None:
    with pytest.raises(UnsupportedMedia, match="is not read; send gzip, zstd or none"):
        unpacked(b"", encoding, LIMIT)
