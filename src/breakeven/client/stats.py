"""What became of the records of one client: counted for the program, said once in its log."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from threading import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

LOGGER = "breakeven.client"
LOADING = RLock()
"""Held while a module is loaded, and before a fork: a child of a process that is loading one could never load it."""


def load(name: str) -> ModuleType:
    """A module that is not needed at the start."""
    with LOADING:
        return import_module(name)


class Stats:
    """Counts since the client was made (in a forked child: since the fork); a copy that does not change."""

    def __init__(
        self,
        *,
        tracked: int,
        sent: int,
        duplicates: int,
        spooled: int,
        waiting: int,
        rejected: Mapping[str, int],
        dropped: Mapping[str, int],
        failed: Mapping[str, int],
    ) -> None:
        self.tracked = tracked
        """Records that the program handed over."""
        self.sent = sent
        """Records that the server has acknowledged, those of earlier processes among them."""
        self.duplicates = duplicates
        """Part of `sent` that the server had already, from an attempt whose answer was lost."""
        self.spooled = spooled
        """Records that were put aside because the server was away; once each time."""
        self.waiting = waiting
        """Records in memory that are neither sent nor on disk."""
        self.rejected = rejected
        """Reason of the server → records that it does not take; it keeps them (`breakeven rejected`)."""
        self.dropped = dropped
        """Reason → records that will never be sent."""
        self.failed = failed
        """Reason → what went wrong: attempts to send, arguments that could not be used."""

    def __repr__(self) -> str:
        return f"Stats({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


class Counters:
    """The counts as they grow, and what was said already. Thread-safe, also where a finaliser interrupts its thread."""

    def __init__(self) -> None:
        self.lock = RLock()
        self._reset()

    def _reset(self) -> None:
        self._numbers = {"tracked": 0, "sent": 0, "duplicates": 0, "spooled": 0}
        self._reasons: dict[str, dict[str, int]] = {"rejected": {}, "dropped": {}, "failed": {}}
        self._said: set[str] = set()

    def add(self, **numbers: int) -> None:
        """Add to tracked, sent, duplicates or spooled."""
        with self.lock:
            for name, number in numbers.items():
                self._numbers[name] += number

    def count(self, group: str, reason: str, message: str, number: int = 1) -> None:
        """Add to a reason of rejected, dropped or failed; the first time it is logged with the message."""
        with self.lock:
            reasons = self._reasons[group]
            reasons[reason] = reasons.get(reason, 0) + number
            new = f"{group} {reason}" not in self._said
            self._said.add(f"{group} {reason}")
        if new:
            # Loaded when something is wrong: it would be a third of the start-up.
            log = load("logging").getLogger(LOGGER)
            log.warning("%s (%s: %s); further ones are only counted, see stats()", message, group, reason)

    def stats(self, waiting: int) -> Stats:
        """The counts as they are now."""
        with self.lock:
            reasons = {group: dict(found) for group, found in self._reasons.items()}
            return Stats(**self._numbers, **reasons, waiting=waiting)  # type: ignore[arg-type]

    def begin_again(self) -> None:
        """In a forked child: everything counts from 0, with a lock that nobody holds."""
        self.lock = RLock()
        self._reset()
