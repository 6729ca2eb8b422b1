"""Files as streams of bytes: opened, decompressed, turned into UTF-8, and counted for the progress bar.

Whether a file is compressed and how its text is encoded is seen in its bytes, never in its name.
"""

from __future__ import annotations

import codecs
import io
from pathlib import Path
from typing import BinaryIO, Protocol

import pyarrow as pa

from breakeven.errors import FileUnreadable

BLOCK = 1 << 20
_COMPRESSED = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}
"""Codec → the bytes that such a file begins with."""
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Bytes(Protocol):
    """Anything that gives bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; empty at the end."""
        ...


class Counted:
    """A file whose bytes are counted as they are read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.done = 0

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes of the file itself."""
        data = self._file.read(size)
        self.done += len(data)
        return data

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def file_size(path: Path) -> int:
    """Bytes of a file that can be read and holds something. Raises FileUnreadable."""
    try:
        if path.is_dir():
            raise FileUnreadable(f"{path} is a folder, not a file")
        if not path.exists():
            raise FileUnreadable(f"{path} does not exist")
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be read: {error.strerror or error}") from error
    if size == 0:
        raise FileUnreadable(f"{path} is empty")
    return size


def plain(counted: Counted, path: Path) -> Bytes:
    """The bytes of a file, decompressed where it is gzip or zstd (members that follow one another are read as one)."""
    head = counted.read(4)
    joined = Joined(head, counted)
    for codec, magic in _COMPRESSED.items():
        if head.startswith(magic):
            return Guarded(pa.CompressedInputStream(pa.PythonFile(joined, mode="r"), codec), path)
    return joined


class Joined:
    """Bytes that were looked at already, then the rest."""

    closed = False

    def close(self) -> None:
        """Nothing: who opened the file closes it."""

    def __init__(self, head: bytes, rest: Bytes) -> None:
        self._head, self._rest = head, rest

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes."""
        if not self._head:
            return self._rest.read(size)
        if size < 0:
            data, self._head = self._head + self._rest.read(), b""
            return data
        data, self._head = self._head[:size], self._head[size:]
        return data


class Guarded:
    """A decompressor whose failures say which file is damaged."""

    def __init__(self, stream: Bytes, path: Path) -> None:
        self._stream, self._path = stream, path

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` decompressed bytes. Raises FileUnreadable where the file is damaged or cut."""
        try:
            return self._stream.read(size)
        except OSError as error:
            raise FileUnreadable(f"{self._path} is damaged or cut short: {error}") from error


class Utf8:
    """Text in any of the supported encodings, given as UTF-8.

    UTF-8 with or without a mark, UTF-16 with a mark; bytes that are no UTF-8 are read as Windows-1252 from there on.
    What was decided is in `note`.
    """

    def __init__(self, raw: Bytes) -> None:
        self._raw = raw
        self._ready = b""
        self._ended = False
        self.note: str | None = None
        head = raw.read(BLOCK)
        self._encoding, skip = "utf-8", 0
        for mark, encoding in _MARKS:
            if head.startswith(mark):
                self._encoding, skip = encoding, len(mark)
        self._wide = codecs.getincrementaldecoder(self._encoding)("replace") if self._encoding != "utf-8" else None
        self._tail = b""
        self._take(head[skip:])

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes of UTF-8."""
        while not self._ended and (size < 0 or len(self._ready) < size):
            self._take(self._raw.read(BLOCK))
        if size < 0 or size >= len(self._ready):
            data, self._ready = self._ready, b""
        else:
            data, self._ready = self._ready[:size], self._ready[size:]
        return data

    def unread(self, data: bytes) -> None:
        """Put bytes back to be read again."""
        self._ready = data + self._ready

    def _take(self, block: bytes) -> None:
        self._ended = not block
        if self._wide is not None:
            self._ready += self._wide.decode(block, final=self._ended).encode()
        elif self._encoding == "cp1252":
            self._ready += block.decode("cp1252", "replace").encode()
        elif block.isascii() and not self._tail:
            self._ready += block
        else:
            self._take_utf8(self._tail + block)

    def _take_utf8(self, data: bytes) -> None:
        try:
            _text, consumed = codecs.utf_8_decode(data, "strict", self._ended)
            self._tail = data[consumed:]
            self._ready += data[:consumed]
        except UnicodeDecodeError:
            self._tail = b""
            text = data.decode("utf-8", "replace")
            broken = text.count("\ufffd")
            if broken < sum(character > "\x7f" for character in text) - broken:
                self.note = "bytes that are no UTF-8 were replaced"
                self._ready += text.encode()
            else:
                self.note = "not UTF-8: read as Windows-1252"
                self._encoding = "cp1252"
                self._ready += data.decode("cp1252", "replace").encode()


def peek(stream: Utf8, size: int = 1 << 18) -> bytes:
    """The next bytes, left in the stream."""
    head = stream.read(size)
    stream.unread(head)
    return head


def whole(stream: Bytes, limit: int) -> bytes | None:
    """All bytes, or None where there are more than `limit`."""
    parts = io.BytesIO()
    while block := stream.read(BLOCK):
        parts.write(block)
        if parts.tell() > limit:
            return None
    return parts.getvalue()
