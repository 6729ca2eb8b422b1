"""Request bodies that are packed with zstd, never unpacked beyond a limit."""

from __future__ import annotations

import io

import zstandard

from breakeven.errors import TooLarge, UsageProblem

_WINDOW = 1 << 27
"""Largest window that a frame may ask for (128 MiB, the most that `zstd` makes without being told)."""


def unpacked_zstd(body: bytes, limit: int) -> bytes:
    """A body without its packing, frames that follow one another as one. Raises TooLarge, UsageProblem."""
    reader = zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(
        io.BytesIO(body), read_across_frames=True
    )
    found = bytearray()
    try:
        while chunk := reader.read(min(1 << 20, limit + 1 - len(found))):
            found += chunk
            if len(found) > limit:
                raise TooLarge(f"the body unpacks to more than {limit} bytes, the most that is taken in one request")
    except zstandard.ZstdError as error:
        raise UsageProblem(f"the body is not zstd: {error}") from error
    return bytes(found)
