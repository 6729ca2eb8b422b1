"""One interaction while it happens: measured from its beginning to its end, then tracked.

Used as a context manager (`with`, `async with`) or as a decorator of functions, coroutine functions, generators and
async generators. What goes wrong in the program is recorded (status `error`) and raised again; what goes wrong in here
never is.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar, Token
from functools import partial, wraps
from time import perf_counter, time
from types import AsyncGeneratorType, CoroutineType, GeneratorType

from breakeven.client.event import new_id
from breakeven.client.responses import observed
from breakeven.client.stream import watched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol, TypeVar, Unpack

    from breakeven.client.event import Fields

    Function = TypeVar("Function", bound=Callable[..., Any])

    class Tracker(Protocol):
        """The client, as it is needed here."""

        @property
        def track(self) -> Callable[..., str]:
            """Tell of an interaction."""
            ...

        @property
        def outcome(self) -> Callable[..., str | None]:
            """Report what came of one."""
            ...

        def complain(self, name: str, message: str) -> None:
            """Count an argument that cannot be used."""
            ...

        def by_name(self, function: str, strange: tuple[Any, ...]) -> None:
            """Complain of arguments without a name."""
            ...

        def failed(self, problem: Exception) -> None:
            """Count a failure in here."""
            ...


CURRENT: ContextVar[Interaction | None] = ContextVar("breakeven_interaction", default=None)
"""The interaction that is under way here; copied into the tasks that are begun in it."""
_COROUTINE, _ASYNC_GENERATOR = 0x80, 0x200
"""Flags of a function's code (`inspect.CO_COROUTINE`, `inspect.CO_ASYNC_GENERATOR`)."""


class Interaction:
    """An interaction under way; made by `Client.interaction`."""

    def __init__(self, client: Callable[[], Tracker], fields: Mapping[str, Any], *, reads: bool = False) -> None:
        """`reads`: a decorated function's result is an answer, or a stream of one, whose usage is taken."""
        self._client, self._given, self._reads = client, dict(fields), reads
        self._token: Token[Interaction | None] | None = None
        self._begin()

    def _begin(self) -> None:
        given = self._given
        self.id = new_id(given.get("id"))
        """The id under which it is tracked, to report an outcome of it later."""
        self._fields = {name: value for name, value in given.items() if name not in ("id", "time")}
        self._said = set(self._fields)
        """Fields that the program gave: an answer changes none of them."""
        self._usage: Mapping[str, Any] = {}
        self._time = given.get("time")
        self._started, self._clock = time(), perf_counter()
        self._ended = self._used = False

    @property
    def ended(self) -> bool:
        """Whether it was tracked."""
        return self._ended

    def set(self, *strange: Any, **fields: Unpack[Fields]) -> None:
        """Say more about it: any field of `Client.track`. After its end only what may be said later, as an outcome."""
        if strange:
            self._client().by_name("set", strange)
        if self._ended:
            self._client().outcome(self.id, **fields)
        else:
            self._said |= fields.keys()
            try:
                self._merge(fields)
            except Exception as problem:  # noqa: BLE001 - labels of the host program may be anything
                self._client().failed(problem)

    def response(self, answer: Any) -> Any:
        """Take model and tokens from an answer in the shape of OpenAI or Anthropic; gives the answer back."""
        self._observe(answer)
        return answer

    def stream(self, parts: Any) -> Any:
        """The same parts, watched: usage is taken from them, and the interaction lasts until their end."""
        self._reads = self._used = True
        return watched(parts, self)

    def __enter__(self) -> Interaction:
        if self._ended or self._token is not None:
            self._begin()
        self._started, self._clock = time(), perf_counter()
        self._token = CURRENT.set(self)
        return self

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        self._leave()
        if error is not None or not self._used:  # a stream that was handed out ends it later
            self.end(error)

    async def __aenter__(self) -> Interaction:
        return self.__enter__()

    async def __aexit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self.__exit__(kind, error, trace)

    def __call__(self, function: Function) -> Function:
        """The function, of which each call is an interaction of its own."""
        known: Any = function
        if not callable(known):
            self._client().complain("function", f"{function!r} cannot be called: it is left as it is")
            return function
        flags = _flags(function)
        if flags & _COROUTINE:

            async def coroutine(*arguments: Any, **named: Any) -> Any:
                return await self._again(named).awaited(partial(function, *arguments, **named))

            made: Any = coroutine
        elif flags & _ASYNC_GENERATOR:

            async def generator(*arguments: Any, **named: Any) -> AsyncGenerator[Any, Any]:
                stream = self._again(named).handed_out(function(*arguments, **named))
                try:
                    async for part in stream:
                        yield part
                finally:
                    await stream.aclose()

            made = generator
        else:

            def called(*arguments: Any, **named: Any) -> Any:
                return self._again(named).called(partial(function, *arguments, **named))

            made = called
        with suppress(AttributeError, TypeError):
            made = wraps(function)(made)
        return made  # type: ignore[no-any-return]

    def end(self, error: BaseException | None = None) -> None:
        """Track it, once; `error` is what it ended with."""
        if self._ended:
            return
        self._ended = True
        try:
            fields = self._fields
            fields.setdefault("latency_ms", round((perf_counter() - self._clock) * 1000, 3))
            fields.setdefault("status", "ok" if error is None else "error")
            if error is not None:
                self._merge({"labels": {"error": type(error).__name__}})
            when = self._time if self._time is not None else self._started
            self._client().track(id=self.id, time=when, **self._fields)
        except Exception as problem:  # noqa: BLE001 - the program that is measured goes on
            self._client().failed(problem)

    @contextmanager
    def current(self) -> Iterator[None]:
        """Under way is this interaction meanwhile."""
        token = CURRENT.set(self)
        try:
            yield
        finally:
            with suppress(ValueError):  # another context: nothing was changed there
                CURRENT.reset(token)

    def part(self, part: Any) -> None:
        """Take what a part of a stream says, where answers are read."""
        if self._reads and not self._ended:
            self._observe(part)

    def _again(self, named: Mapping[str, Any]) -> Interaction:
        """An interaction for one call; the model that is asked for stands until an answer names one."""
        call = Interaction(self._client, self._given, reads=self._reads)
        if self._reads and isinstance(named.get("model"), str):
            call._fields.setdefault("model", named["model"])
        return call

    def called(self, function: Callable[[], Any]) -> Any:
        """The result of a function, measured."""
        with self.current():
            try:
                result = function()
            except BaseException as error:
                self.end(error)
                raise
        if isinstance(result, CoroutineType):
            return self.awaited(lambda: result)
        return self.handed_out(result)

    async def awaited(self, function: Callable[[], Any]) -> Any:
        """The result of a coroutine function, measured."""
        with self.current():
            try:
                result = await function()
            except BaseException as error:
                self.end(error)
                raise
        return self.handed_out(result)

    def handed_out(self, result: Any) -> Any:
        """What a function gave: a stream goes on until its end, anything else ends the interaction."""
        streams = isinstance(result, GeneratorType | AsyncGeneratorType)
        if streams or (self._reads and _is_stream(result)):
            return watched(result, self)
        if self._reads:
            self._observe(result)
        self.end()
        return result

    def _observe(self, answer: Any) -> None:
        """Fields from an answer; those that the program gave stay, those of an earlier part are replaced."""
        try:
            found, self._usage = observed(answer, self._usage)
            labels = found.pop("labels", None)
            self._fields.update((name, value) for name, value in found.items() if name not in self._said)
            if labels:
                self._merge({"labels": {**labels, **(self._fields.get("labels") or {})}})
        except Exception as problem:  # noqa: BLE001 - an answer of a strange shape costs its tokens, not the program
            self._client().failed(problem)

    def _merge(self, fields: Mapping[str, Any]) -> None:
        labels = fields.get("labels")
        before = self._fields.get("labels")
        self._fields.update(fields)
        if isinstance(labels, Mapping) and isinstance(before, Mapping):
            self._fields["labels"] = {**before, **labels}

    def _leave(self) -> None:
        token, self._token = self._token, None
        if token is not None:
            with suppress(ValueError):
                CURRENT.reset(token)


def _flags(function: Any) -> int:
    """Flags of the code behind a function, a method, a partial one or an object that can be called."""
    while isinstance(function, partial):
        function = function.func
    code = getattr(function, "__code__", None)
    if code is None:
        code = getattr(getattr(function, "__call__", None), "__code__", None)  # noqa: B004 - its code is wanted
    flags = getattr(code, "co_flags", 0)
    return flags if isinstance(flags, int) else 0


def _is_stream(result: Any) -> bool:
    """Whether parts come out of it, or a stream when it is entered; not a list, text, dict or finished answer."""
    kind = type(result)
    if hasattr(kind, "__next__") or hasattr(kind, "__anext__"):
        return True
    return (hasattr(kind, "__enter__") or hasattr(kind, "__aenter__")) and getattr(result, "usage", None) is None
