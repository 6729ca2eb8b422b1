"""The client of the process, for functions of the module: made by `configure`, or from the environment at first use."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock

from breakeven.client.client import Client, wrapped
from breakeven.client.interaction import CURRENT, Interaction
from breakeven.client.stats import Stats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar, Unpack

    from breakeven.client.event import Fields

    Function = TypeVar("Function", bound=Callable[..., Any])


class _Default:
    client: Client | None = None


_LOCK = RLock()


def configure(url: str | None = None, **options: Any) -> Client:
    """Make the client of this process; takes what `Client` takes. One that was there before is closed."""
    made = Client(url, **options)
    with _LOCK:
        before, _Default.client = _Default.client, made
    if before is not None:
        before.close()
    return made


def default() -> Client:
    """The client of this process."""
    if _Default.client is None:
        with _LOCK:
            if _Default.client is None:
                _Default.client = Client()
    return _Default.client


def track(*strange: Any, id: str | None = None, time: Any = None, **fields: Unpack[Fields]) -> str:  # noqa: A002 - the field's name
    """Tell of an interaction; gives its id. See `Client.track`."""
    return default().track(*strange, id=id, time=time, **fields)


def interaction(
    *strange: Any,
    id: str | None = None,  # noqa: A002 - the field's name
    time: Any = None,
    **fields: Unpack[Fields],
) -> Interaction:
    """Measure latency and status, as a context manager or a decorator. See `Client.interaction`."""
    if strange:
        default().by_name("interaction", strange)
    return Interaction(default, {"id": id, "time": time, **fields})


def wrap(create: Function, **fields: Unpack[Fields]) -> Function:
    """A provider's function, each call tracked with model and tokens of its answer. See `Client.wrap`."""
    return wrapped(default, create, fields)


def outcome(interaction: str | None = None, outcome: str | None = None, *strange: Any, **fields: Any) -> str | None:
    """Report what came of an interaction: by its id, or of the one under way. See `Client.outcome`."""
    return default().outcome(interaction, outcome, *strange, **fields)


def current_id() -> str | None:
    """The id of the interaction that is under way here."""
    current = CURRENT.get()
    return None if current is None else current.id


def flush(timeout: float = 5.0) -> bool:
    """Send what waits; True where the server has answered for all of it."""
    return default().flush(timeout)


def close(timeout: float | None = None) -> None:
    """Send what waits, put the rest aside, and take nothing more."""
    default().close(timeout)


def stats() -> Stats:
    """What became of the records so far."""
    return default().stats()
