"""Office files that are the same for the same content: fixed times in the archive, and in archives within it."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime
from io import BytesIO

_TIMES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")
_EPOCH = (1980, 1, 1, 0, 0, 0)


def steady(content: bytes, made: datetime) -> bytes:
    """The same file with `made` as its time."""
    stamp = f"{made:%Y-%m-%dT%H:%M:%SZ}".encode()
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            part = old.read(entry)
            if entry.filename.endswith(".xlsx"):
                part = steady(part, made)
            elif entry.filename == "docProps/core.xml":
                part = _TIMES.sub(rb"\g<1>" + stamp + rb"\g<2>", part)
            info = zipfile.ZipInfo(entry.filename, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, part)
    return out.getvalue()
