"""A client: records from the program to the server, without ever raising into the program or waiting for the server."""

from __future__ import annotations

import atexit
import os
import re
from collections.abc import Callable, Mapping
from weakref import WeakSet

from breakeven.client import event
from breakeven.client.interaction import CURRENT, Interaction
from breakeven.client.sender import Sender
from breakeven.client.settings import NUMBERS, Settings
from breakeven.client.stats import LOADING, Counters, Stats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar, Unpack

    from breakeven.client.event import Fields

    Function = TypeVar("Function", bound=Callable[..., Any])

PROVIDERS = {"api.openai.com": "openai", "api.anthropic.com": "anthropic"}
"""Host that a provider's client talks to → provider."""
OPTIONS = {"key", "project", "source", "spool", *NUMBERS}
"""What `Client` takes beside the address."""


class Client:
    """Sends records to one server; safe to use from any thread, and in a child after a fork."""

    def __init__(self, url: str | None = None, **options: Any) -> None:
        """What is not given is taken from the environment (`BREAKEVEN_URL` …, see `settings.py`), else the default.

        key             API key
        project         project of records that name none
        source          source of the records; default: the program's name
        spool           folder for records while the server is away; False keeps them in memory
        spool_bytes     most that may wait there, of all processes together (256 MiB); what is newer is dropped
        timeout         seconds for which the server may say nothing (5)
        flush_interval  seconds after which a record is sent at the latest (1)
        exit_timeout    seconds that the end of the program may take; the rest is put aside (2)
        block           seconds that a call may wait where the queue is full, then its record is dropped (0)
        batch_events, batch_bytes, queue_events, queue_bytes, gzip_above    sizes (500, 1 MiB, 50 000, 32 MiB, 1 KiB)
        """
        self._counters = Counters()
        for name in options.keys() - OPTIONS:
            self.complain(name, f"a client has no option {name!r}")
        try:
            self.settings = Settings({"url": url, **options}, self.complain)
        except Exception as problem:  # noqa: BLE001 - nothing is raised into the program
            self.failed(problem)
            self.settings = Settings({}, self.complain, {})
        self._sender = Sender(self.settings, self._counters) if self.settings.url else None
        _CLIENTS.add(self)

    def track(
        self,
        *strange: Any,
        id: str | None = None,  # noqa: A002 - the field's name
        time: Any = None,
        **fields: Unpack[Fields],
    ) -> str:
        """Tell of an interaction; gives its id, also where nothing can be sent.

        Fields are those of `interaction` in docs/ingest.md: variant, team, actor, latency_ms, status, input_tokens,
        output_tokens, cached_tokens, cost, cost_currency, revenue, currency, outcome, csat, seconds_saved, usage,
        count, labels. `time` is when it started: a `datetime`, seconds since 1970 or ISO 8601; now if it is left out.
        Any other name is sent as a label.
        """
        name = event.new_id(id)
        try:
            self.by_name("track", strange)
            given = {**fields, "project": fields.get("project") or self.settings.project}
            self._put("breakeven.interaction", name, time, event.fields(given, self.complain))
        except Exception as problem:  # noqa: BLE001 - nothing is raised into the program
            self.failed(problem)
        return name

    def interaction(
        self,
        *strange: Any,
        id: str | None = None,  # noqa: A002 - the field's name
        time: Any = None,
        **fields: Unpack[Fields],
    ) -> Interaction:
        """Measure latency and status: `with client.interaction(…) as call:` or `@client.interaction(…)`.

        Takes the fields of `track`. `call.response(answer)` and `call.stream(parts)` take tokens from answers.
        """
        self.by_name("interaction", strange)
        return Interaction(lambda: self, {"id": id, "time": time, **fields})

    def wrap(self, create: Function, **fields: Unpack[Fields]) -> Function:
        """A provider's function (`openai.chat.completions.create`, `anthropic.messages.create` …), each call tracked.

        Sync or async, streaming or not; model and tokens come from the answers.
        """
        return wrapped(lambda: self, create, fields)

    def outcome(
        self, interaction: str | None = None, outcome: str | None = None, *strange: Any, **fields: Any
    ) -> str | None:
        """Report what came of an interaction, by its id; without one, of the interaction under way.

        Fields: outcome (resolved, converted, …), csat (1 to 5), revenue, currency, seconds_saved, time, and source
        where another one tracked the interaction. Gives the id of the interaction.
        """
        try:
            self.by_name("outcome", strange)
            return self._outcome(interaction, {"outcome": outcome, **fields})
        except Exception as problem:  # noqa: BLE001 - as above
            self.failed(problem)
            return None

    def _outcome(self, interaction: str | None, given: dict[str, Any]) -> str | None:
        current = CURRENT.get()
        strange = given.keys() - event.REPORTED - {"time", "source"}
        for name in strange:
            self.complain(name, f"an outcome has no field {name!r}: it is left out")
        said = event.fields({name: given.get(name) for name in event.REPORTED}, self.complain)
        if current is not None and interaction in (None, current.id) and not current.ended:
            current.set(**said)
            return current.id
        of = interaction if interaction is not None else current.id if current is not None else None
        if of is None:
            message = "outcome() needs the id of an interaction, or to be called inside one"
            self._counters.count("dropped", "no_interaction", message)
            return None
        data = {"interaction": str(of), **said}
        if given.get("source"):
            data["interaction_source"] = str(given["source"])
        self._put("breakeven.outcome", event.new_id(), given.get("time"), data)
        return str(of)

    def flush(self, timeout: float = 5.0) -> bool:
        """Send what waits; True where the server has answered for all of it. Waits at most `timeout` seconds."""
        try:
            return self._sender is None or self._sender.flush(float(timeout))
        except Exception as problem:  # noqa: BLE001 - as above
            self.failed(problem)
            return False

    def close(self, timeout: float | None = None) -> None:
        """Send what waits within `timeout` (default `exit_timeout`), put the rest aside, and take nothing more.

        Called at the end of the program by itself.
        """
        try:
            if self._sender is not None:
                self._sender.close(self.settings.exit_timeout if timeout is None else float(timeout))
        except Exception as problem:  # noqa: BLE001 - as above
            self.failed(problem)

    def stats(self) -> Stats:
        """What became of the records so far."""
        return self._counters.stats(self._sender.waiting if self._sender is not None else 0)

    def complain(self, name: str, message: str) -> None:
        """Count an argument that cannot be used; it is logged the first time."""
        self._counters.count("failed", f"argument {name}", message)

    def by_name(self, function: str, strange: tuple[Any, ...]) -> None:
        """Complain of arguments without a name."""
        if strange:
            self.complain(f"of {function}", f"{function} takes fields by name only: the others are left out")

    def failed(self, problem: Exception) -> None:
        """Count a failure in here."""
        self._counters.count("failed", "internal", f"the client itself failed: {event.shown(problem)}")

    def _put(self, kind: str, name: str, time: Any, data: dict[str, Any]) -> None:
        self._counters.add(tracked=1)
        if self._sender is None:
            self._counters.count("dropped", "not_configured", "no address of a server: set BREAKEVEN_URL")
            return
        when = event.instant(time, self.complain)
        line = event.line(kind, self.settings.source, name, when, data, self.complain)
        if line is None:
            self._counters.count("dropped", "too_large", "a record is too long")
        else:
            self._sender.put(line)

    def hold(self) -> None:
        """Before a fork: nothing changes until it is over."""
        if self._sender is not None:
            self._sender.lock.acquire()
        self._counters.lock.acquire()

    def release(self) -> None:
        """After a fork, in the parent."""
        self._counters.lock.release()
        if self._sender is not None:
            self._sender.lock.release()

    def forked(self) -> None:
        """After a fork, in the child."""
        self._counters.begin_again()
        if self._sender is not None:
            self._sender.forked()


def wrapped(client: Callable[[], Client], create: Function, fields: Mapping[str, Any]) -> Function:
    """See `Client.wrap`; the client is asked for at each call."""
    try:
        known = {"provider": provider_of(create), "operation": "chat"}
        return Interaction(client, {**known, **fields}, reads=True)(create)
    except Exception as problem:  # noqa: BLE001 - as above
        client().failed(problem)
        return create


def provider_of(create: Any) -> str | None:
    """The provider behind a method of one of its clients, by the address that the client talks to."""
    client = getattr(getattr(create, "__self__", None), "_client", None)
    address = str(getattr(client, "base_url", ""))
    found = re.match(r"https://([^/:]+)", address)
    return PROVIDERS.get(found[1]) if found else None


_CLIENTS: WeakSet[Client] = WeakSet()
_FORKING: list[Client] = []


def close_all() -> None:
    """At the end of the process: every client sends or puts aside what it has."""
    for client in list(_CLIENTS):
        client.close()


def _before_fork() -> None:
    LOADING.acquire()
    _FORKING[:] = list(_CLIENTS)
    for client in _FORKING:
        client.hold()


def _after_fork_in_parent() -> None:
    for client in reversed(_FORKING):
        client.release()
    _FORKING.clear()
    LOADING.release()


def _after_fork_in_child() -> None:
    for client in _FORKING:
        client.forked()
    _FORKING.clear()
    LOADING.release()


atexit.register(close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
