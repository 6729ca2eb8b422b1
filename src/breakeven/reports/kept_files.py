"""Files that are kept by what is in them: written whole or not at all, and never changed afterwards."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from secrets import token_hex

from breakeven.errors import StoreDamaged, StoreError


class KeptFiles:
    """A folder of contents named by their SHA-256; the same content is kept once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep a content; it is on disk when this returns its SHA-256. Raises StoreError."""
        digest = hashlib.sha256(content).hexdigest()
        target = self.path(digest)
        try:
            if self._whole(target, digest):
                return digest
            target.parent.mkdir(parents=True, exist_ok=True)
            beside = target.with_name(f".{digest}.{token_hex(4)}.part")
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(target)
            _sync(target.parent)
            _sync(target.parent.parent)
        except OSError as error:
            raise StoreError(f"the report cannot be kept in {self._folder}: {error.strerror or error}") from error
        return digest

    def read(self, digest: str) -> bytes:
        """A content. Raises StoreDamaged where its file is gone or was changed."""
        path = self.path(digest)
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise StoreDamaged(f"the file {self._shown(path)} is missing") from error
        except OSError as error:
            raise StoreError(f"the file {self._shown(path)} cannot be read: {error.strerror or error}") from error
        found = hashlib.sha256(content).hexdigest()
        if found != digest:
            raise StoreDamaged(f"the file {self._shown(path)} was changed: its SHA-256 is {found[:12]}, not "
                               f"{digest[:12]}")  # fmt: skip
        return content

    def path(self, digest: str) -> Path:
        """Where a content is."""
        return self._folder / digest[:2] / digest

    def _shown(self, path: Path) -> str:
        return path.relative_to(self._folder.parent).as_posix()

    @staticmethod
    def _whole(path: Path, digest: str) -> bool:
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
