"""A bounded queue and one thread that empties it: to the server in batches, or into the spool while it is away.

The program only puts lines on the queue. The thread works in rounds: what waits at the beginning of a round is sent or
put aside, then what was put aside is sent. After a failure nothing is tried until a pause is over, which doubles with
every failure and is random in its second half, unless the server names it (Retry-After).
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from os import urandom
from threading import Condition, RLock, Thread
from time import monotonic, time_ns

from breakeven.client.settings import Settings
from breakeven.client.spool import DiskSpool, MemorySpool
from breakeven.client.stats import Counters, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from breakeven.client.spool import Spool
    from breakeven.client.transport import Reply, Transport

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"""Seconds until the next attempt after the first failure, and after many."""
LOOK = 30.0
"""Seconds after which the spool is looked at even if this process has nothing to send."""


class Sender:
    """Takes lines from any thread; never raises and never waits for the server."""

    def __init__(self, settings: Settings, counters: Counters) -> None:
        self._settings, self._counters = settings, counters
        self._disk: Spool | None = None
        if settings.spool and settings.spool_bytes:
            sizes = {"events": settings.batch_events, "size": settings.batch_bytes}
            self._disk = DiskSpool(settings.spool, settings.spool_bytes, **sizes)
        self._begin()

    def _begin(self) -> None:
        """The state of a process that has sent nothing yet."""
        # Reentrant: a signal handler or a finaliser may track something while its thread is in here.
        self.lock = RLock()
        self._wake, self._room, self._settled = (Condition(self.lock) for _ in range(3))
        self._lines: deque[bytes] = deque()
        self._bytes, self._first = 0, 0.0
        self._flying: list[bytes] = []
        """Lines that are on their way at this moment."""
        self._memory = MemorySpool(self._settings.queue_bytes)
        self._thread: Thread | None = None
        self._asked = self._answered = 0
        self._away_until, self._failures = 0.0, 0
        self._told_until = 0.0
        """Moment before which the server does not want to be asked."""
        self._holds, self._looked = True, 0.0
        """Whether something may wait in the spool, and when that was last looked at."""
        self._closing: float | None = None
        """Moment at which the process wants to have ended."""
        self._closed = False

    @property
    def waiting(self) -> int:
        """Lines in memory."""
        return len(self._lines) + len(self._flying) + self._memory.waiting

    def put(self, line: bytes) -> None:
        """Take a line, or count it as dropped where the queue stays full."""
        settings = self._settings
        with self.lock:
            if self._is_full(line):
                self._wake.notify()
                if settings.block:
                    self._room.wait_for(lambda: not self._is_full(line), settings.block)
            if self._closed or self._closing is not None:
                reason, message = "closed", "the client was closed before"
            elif self._is_full(line):
                reason, message = "queue_full", "more records come than can be sent or put aside"
            else:
                self._lines.append(line)
                self._bytes += len(line)
                count = len(self._lines)
                if count == 1:
                    self._first = monotonic()
                if self._thread is None:
                    self._start()
                if count == 1 or self._is_batch():
                    self._wake.notify()
                return
        self._counters.count("dropped", reason, message)

    def flush(self, timeout: float) -> bool:
        """Send what was put so far; True where it all has its answer and nothing waits, False where it still does."""
        with self.lock:
            if self._closed:
                return False
            if self._thread is None:
                self._start()
            self._asked += 1
            mine = self._asked
            self._wake.notify()
            answered = self._settled.wait_for(lambda: self._answered >= mine, timeout)
            return answered and not self._failures and not self._memory.waiting

    def close(self, timeout: float) -> None:
        """Send what waits within a time, put the rest aside, and take nothing more."""
        with self.lock:
            if self._closed or self._closing is not None:
                return
            self._closing = monotonic() + timeout
            thread = self._thread
            self._wake.notify()
        if thread is not None and thread.is_alive():
            thread.join(timeout)
        with self.lock:
            self._closed = True
            # What is on its way may have arrived or not: put aside too, it is known by its ids.
            left = [*self._flying, *self._lines]
            self._lines.clear()
            self._flying = []
        while batch := self._memory.take(0, 0, 0):
            left += batch.lines
            batch.done()
        if left:
            self._put_aside(left, at_end=True)

    def forked(self) -> None:
        """In a forked child: an empty queue, no thread and no connection; what waited is the parent's to send."""
        self._begin()
        if self._disk is not None:
            self._disk.forked()

    def _is_full(self, line: bytes) -> bool:
        settings = self._settings
        return len(self._lines) >= settings.queue_events or self._bytes + len(line) > settings.queue_bytes

    def _is_batch(self) -> bool:
        return len(self._lines) >= self._settings.batch_events or self._bytes >= self._settings.batch_bytes

    def _start(self) -> None:
        thread = Thread(target=self._run, name="breakeven-client", daemon=True)
        with suppress(RuntimeError):  # no more threads: what waits is put aside when the process ends
            thread.start()
            self._thread = thread
            self._tell_multiprocessing()

    def _tell_multiprocessing(self) -> None:
        """Have a child of `multiprocessing` close this at its end: before Python 3.13 it ends without `atexit`."""
        util = sys.modules.get("multiprocessing.util")
        process = sys.modules.get("multiprocessing.process")
        if util is not None and process is not None and process.parent_process() is not None:
            util.Finalize(None, self.close, args=(self._settings.exit_timeout,), exitpriority=10)

    def _run(self) -> None:
        try:
            made = load("breakeven.client.transport")
            settings = self._settings
            transport: Transport = made.Transport(
                settings.url, settings.key, timeout=settings.timeout, gzip_above=settings.gzip_above
            )
            while self._turn(transport):
                pass
            transport.close()
        except Exception as error:  # noqa: BLE001 - the host program must not hear of it; the next record starts anew
            with self.lock:
                self._lines.extendleft(reversed(self._flying))
                self._flying, self._thread = [], None
                self._answered, self._failures = self._asked, self._failures + 1
                self._settled.notify_all()
            self._counters.count("failed", "internal", f"the thread that sends failed: {error!r}")

    def _turn(self, transport: Transport) -> bool:
        """One round; False where it was the last."""
        with self.lock:
            self._sleep()
            asked, closing = self._asked, self._closing
            waiting = len(self._lines) if self._is_due() else 0
            if asked > self._answered and closing is None:
                self._away_until = self._told_until  # who asks gets an attempt, unless the server said when
        while waiting > 0 and (lines := self._take(waiting)):
            waiting -= len(lines)
            self._finished(self._sent(transport, lines) if self._may_send() else lines)
            self._relieve()
        self._send_spooled(transport, everything=asked > self._answered)
        with self.lock:
            self._answered = asked
            self._settled.notify_all()
        return closing is None

    def _sleep(self) -> None:
        """Wait until there is something to do. Called with the lock."""
        while not self._is_due():
            now = monotonic()
            due = [self._first + self._settings.flush_interval] if self._lines else []
            if self._disk is not None or self._memory.waiting:
                due.append(max(self._away_until, 0.0 if self._holds else self._looked + LOOK))
            if due and min(due) <= now:
                return
            self._wake.wait(min(due) - now if due else None)

    def _is_due(self) -> bool:
        """Whether what is on the queue goes out now."""
        if self._closing is not None or self._asked > self._answered or self._is_batch():
            return True
        return bool(self._lines) and monotonic() >= self._first + self._settings.flush_interval

    def _may_send(self) -> bool:
        now = monotonic()
        return now >= self._away_until and (self._closing is None or now < self._closing)

    def _take(self, most: int) -> list[bytes]:
        """The next batch off the queue."""
        settings, lines, size = self._settings, list[bytes](), 0
        with self.lock:
            while self._lines and len(lines) < min(settings.batch_events, most):
                if lines and size + len(self._lines[0]) > settings.batch_bytes:
                    break
                size += len(self._lines[0])
                lines.append(self._lines.popleft())
            self._bytes -= size
            self._flying = lines
            self._first = monotonic()
            self._room.notify_all()
        return lines

    def _finished(self, left: Sequence[bytes]) -> None:
        """The lines that were on their way have arrived but for those that are left, which are put aside."""
        if left and not self._closed:
            self._put_aside(left)
        self._flying = []

    def _relieve(self) -> None:
        """Where more comes than goes, put so much aside that the queue is half empty: there is room on the disk."""
        settings = self._settings
        while len(self._lines) > settings.queue_events // 2 or self._bytes > settings.queue_bytes // 2:
            self._finished(self._take(settings.batch_events))

    def _sent(self, transport: Transport, lines: list[bytes]) -> list[bytes]:
        """Send lines; gives those that must be sent again."""
        within = None if self._closing is None else self._closing - monotonic()
        reply = transport.post(lines, within=within)
        if reply.reason == "taken":
            self._failures, self._away_until = 0, 0.0
            self._tell(reply)
            return []
        if reply.reason == "unusable":
            if len(lines) == 1:
                self._counters.count("dropped", "unusable", reply.message)
                return []
            half = len(lines) // 2
            left = self._sent(transport, lines[:half])
            return left + (self._sent(transport, lines[half:]) if self._may_send() else lines[half:])
        self._counters.count("failed", reply.reason, f"{reply.message}; records wait and are sent again")
        pause = min(FIRST_PAUSE * 2 ** min(self._failures, 20), LONGEST_PAUSE) * (0.5 + urandom(1)[0] / 510)
        self._failures += 1
        self._told_until = monotonic() + (reply.retry_after or 0.0)
        self._away_until = self._told_until if reply.retry_after is not None else monotonic() + pause
        return lines

    def _tell(self, reply: Reply) -> None:
        self._counters.add(sent=reply.accepted + reply.duplicates, duplicates=reply.duplicates)
        for reason, number in reply.rejected.items():
            self._counters.count("rejected", reason, f"the server rejected a record: {reply.message}", number)

    def _send_spooled(self, transport: Transport, *, everything: bool) -> None:
        """Send what was put aside, until something fails or, unless `everything`, a batch waits on the queue."""
        begun = time_ns()
        if self._may_send():
            self._holds, self._looked = False, monotonic()
        for spool in (self._memory, self._disk):
            while spool is not None and self._may_send() and not self._holds:
                batch = spool.take(self._settings.batch_events, self._settings.batch_bytes, begun)
                if batch is None:
                    break
                left = self._sent(transport, batch.lines)
                self._holds = bool(left) or (self._is_batch() and not everything)
                if len(left) == len(batch.lines):
                    batch.keep()
                    break
                if left:
                    spool.put(left, beyond=True)
                batch.done()
                if spool is self._disk and self._closing is not None:
                    return  # the rest is safe there: the process wants to end

    def _put_aside(self, lines: Sequence[bytes], *, at_end: bool = False) -> None:
        """Keep lines for later: on the disk, else in memory, as long as the process lives."""
        message = f"no room in {self._settings.spool or 'memory'}: records are lost"
        self._holds = True
        try:
            if self._disk is not None and self._disk.put(lines):
                self._counters.add(spooled=len(lines))
                return
            reason = "spool_full" if self._disk is not None else "server_away"
        except OSError as error:
            reason, message = "spool_unwritable", f"{self._settings.spool} cannot be written: {error}"
            self._counters.count("failed", reason, f"{message}; records wait in memory")
        if reason == "spool_full" or at_end or not self._memory.put(lines):
            self._counters.count("dropped", reason, message, len(lines))
