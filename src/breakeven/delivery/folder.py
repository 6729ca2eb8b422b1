"""A report into a folder: each file whole or not at all, under a name of its run, so that twice is the same as once."""

from __future__ import annotations

import os
from pathlib import Path

from breakeven.delivery.ways import Answer, Parcel, Refused, Sent, Surroundings
from breakeven.workspace.reports import Recipient


def to_folder(parcel: Parcel, recipient: Recipient, around: Surroundings) -> Answer:
    """Lay the files into the folder, which is made if it is not there."""
    folder = around.folder / recipient.address
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in parcel.files:
            _write(folder / file.name, file.content)
    except OSError as error:
        return Refused(f"{recipient.address}: {error.strerror or type(error).__name__}")
    return Sent()


def _write(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.part")
    with beside.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
