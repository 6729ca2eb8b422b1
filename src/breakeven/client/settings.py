"""How a client works: arguments first, then the environment, then the defaults. Nothing here raises.

| variable | meaning |
|---|---|
| BREAKEVEN_URL | address of the server; without one nothing is sent and nothing is kept |
| BREAKEVEN_KEY | API key |
| BREAKEVEN_PROJECT | project of records that name none |
| BREAKEVEN_SOURCE | source of the records; default: the program's name |
| BREAKEVEN_SPOOL | folder for records while the server is away, or `off` |
"""

from __future__ import annotations

import os
import re
import sys
from binascii import crc32
from collections.abc import Callable, Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NUMBERS: dict[str, float] = {
    "timeout": 5.0,
    "flush_interval": 1.0,
    "exit_timeout": 2.0,
    "block": 0.0,
    "batch_events": 500,
    "batch_bytes": 1 << 20,
    "queue_events": 50_000,
    "queue_bytes": 32 << 20,
    "spool_bytes": 256 << 20,
    "gzip_above": 1 << 10,
}
"""Number that may be set → its default; times in seconds. See `Client`."""
Complain = Callable[[str, str], None]
"""Called with the name of an argument and what is wrong with it."""


_ADDRESS = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(:\d{1,5})?(/[!-\"$->@-~]*)?")


class Settings:
    """What one client works with."""

    def __init__(self, given: Mapping[str, Any], complain: Complain, environ: Mapping[str, str] | None = None) -> None:
        found = os.environ if environ is None else environ
        self.url = _address(_text("url", given, found), complain)
        """Address without a slash at its end; None: nothing is sent."""
        self.key = _text("key", given, found)
        self.project = _text("project", given, found)
        self.source = _text("source", given, found) or _program()
        self.spool = _folder(given.get("spool"), found, self.url, complain)
        """Folder of this server's records; None: they are kept in memory alone."""
        numbers = {name: _number(name, given.get(name), complain) for name in NUMBERS}
        self.timeout = max(0.001, numbers["timeout"])
        self.flush_interval = numbers["flush_interval"]
        self.exit_timeout = numbers["exit_timeout"]
        self.block = numbers["block"]
        self.batch_events = max(1, int(numbers["batch_events"]))
        self.batch_bytes = max(1, int(numbers["batch_bytes"]))
        self.queue_events = max(1, int(numbers["queue_events"]))
        self.queue_bytes = max(1, int(numbers["queue_bytes"]))
        self.spool_bytes = int(numbers["spool_bytes"])
        self.gzip_above = int(numbers["gzip_above"])


def _text(name: str, given: Mapping[str, Any], environ: Mapping[str, str]) -> str | None:
    value = given.get(name)
    return str(value) if value not in (None, "") else environ.get(f"BREAKEVEN_{name.upper()}") or None


def _address(url: str | None, complain: Complain) -> str | None:
    if url is None:
        return None
    found = _ADDRESS.fullmatch(url)
    if found is None or int((found[2] or ":80")[1:]) > 65535:
        shown = re.sub(r"//[^/@]*@", "//…@", url)
        complain("url", f"{shown!r} is no address such as http://127.0.0.1:8321: nothing will be sent")
        return None
    return url.rstrip("/")


def _number(name: str, value: Any, complain: Complain) -> float:
    if value is None:
        return NUMBERS[name]
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number < float("inf"):
        complain(name, f"{name}={value!r} is not a number from 0: {NUMBERS[name]} is used")
        return NUMBERS[name]
    return number


def _folder(given: Any, environ: Mapping[str, str], url: str | None, complain: Complain) -> str | None:
    """The folder in which the records for one server wait; each server has its own."""
    chosen = given if given is not None else environ.get("BREAKEVEN_SPOOL") or True
    if url is None or chosen is False or (isinstance(chosen, str) and chosen.lower() in ("off", "false", "0", "no")):
        return None
    try:
        base = _state_folder(environ) if chosen is True else os.fspath(chosen)
        named = f"{re.sub(r'[^a-z0-9.]+', '-', url.lower())}-{crc32(url.encode()):08x}"
        return os.path.join(os.path.expanduser(base), named)  # noqa: PTH111, PTH118 - pathlib doubles the start-up
    except (TypeError, ValueError, OSError) as error:
        complain("spool", f"spool={given!r} is no folder ({error}): records wait in memory")
        return None


def _state_folder(environ: Mapping[str, str]) -> str:
    """Where programs keep what must outlive them, by the XDG base directory specification; on Windows the profile."""
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA"):
        if environ.get(name):
            return f"{environ[name]}/breakeven/spool"
    return "~/.local/state/breakeven/spool"


def _program() -> str:
    """The program's name: of its file, or of the package that was run."""
    name = os.path.basename(sys.argv[0] if getattr(sys, "argv", None) else "")  # noqa: PTH119 - as above
    if name == "__main__.py":
        name = os.path.basename(os.path.dirname(sys.argv[0]))  # noqa: PTH119, PTH120 - as above
    return name.removesuffix(".py") if name not in ("", "-c", "-m") else "python"
