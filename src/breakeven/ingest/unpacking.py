"""Request bodies that are packed, never unpacked beyond a limit.

Members and frames that follow one another are read as one, in the engine's own code: a body of a million empty ones
takes no longer than another body of its length.
"""

from __future__ import annotations

import pyarrow as pa

from breakeven.errors import TooLarge, UnsupportedMedia, UsageProblem

_CODECS = {"gzip": "gzip", "x-gzip": "gzip", "zstd": "zstd"}
_STEP = 1 << 20


def unpacked(body: bytes, encoding: str, limit: int) -> bytes:
    """A body without its content encoding, never more than `limit` bytes.

    Raises TooLarge, UnsupportedMedia, UsageProblem where it is damaged or ends before its end.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        if len(body) > limit:
            raise TooLarge(f"the body has {len(body)} bytes; at most {limit} are taken in one request")
        return body
    if encoding not in _CODECS:
        raise UnsupportedMedia(f"content encoding {encoding!r} is not read; send gzip, zstd or none")
    found = bytearray()
    try:
        with pa.CompressedInputStream(pa.BufferReader(body), _CODECS[encoding]) as stream:
            while chunk := stream.read(min(_STEP, limit + 1 - len(found))):
                found += chunk
                if len(found) > limit:
                    raise TooLarge(
                        f"the body unpacks to more than {limit} bytes, the most that is taken in one request"
                    )
    except OSError as error:
        raise UsageProblem(f"the body is not {_CODECS[encoding]}: {error}") from error
    return bytes(found)
