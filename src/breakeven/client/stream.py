"""An answer that comes in parts: passed on as it is, watched for its usage, and finished with its end."""

from __future__ import annotations

from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from typing import Any, Protocol

    class Call(Protocol):
        """The interaction, as it is needed here."""

        def end(self, error: BaseException | None = None) -> None:
            """Track it."""
            ...

        def part(self, part: Any) -> None:
            """Take what a part says."""
            ...

        def current(self) -> AbstractContextManager[None]:
            """Be the interaction under way."""
            ...


SNAPSHOTS = ("current_message_snapshot", "current_completion_snapshot")
"""Attributes in which the streams of Anthropic's and OpenAI's clients hold the answer so far."""


class _Watched:
    """Stands for a stream; everything but its parts is the original's.

    The interaction ends with the last part, with an exception (status `error`), or when the stream is closed or let go.
    """

    def __init__(self, inner: Any, call: Call) -> None:
        self._inner, self._call = inner, call
        self._parts: Any = None
        self._entered: Any = None

    def __getattr__(self, name: str) -> Any:
        if name in ("_inner", "_call"):  # a copy that was not made by __init__
            raise AttributeError(name)
        return getattr(self._inner, name)

    def __del__(self) -> None:
        self._call.end()

    def _source(self) -> Any:
        return self._inner if self._parts is None else self._parts

    def _snapshot(self) -> None:
        """Usage of streams whose parts were taken by another way (`text_stream`)."""
        for name in SNAPSHOTS:
            with suppress(Exception):
                self._call.part(getattr(self._entered, name, None))

    def _ended(self, error: BaseException) -> None:
        over = isinstance(error, StopIteration | StopAsyncIteration | GeneratorExit)
        self._call.end(None if over else error)


class Stream(_Watched):
    """An iterator, a generator or a provider's stream."""

    def __iter__(self) -> Stream:
        self._parts = iter(self._inner)
        return self

    def __next__(self) -> Any:
        return self._step(next, self._source())

    def send(self, value: Any) -> Any:
        return self._step(self._inner.send, value)

    def throw(self, *error: Any) -> Any:
        return self._step(self._inner.throw, *error)

    def close(self) -> Any:
        try:
            return self._inner.close()
        finally:
            self._call.end()

    def __enter__(self) -> Stream:
        self._entered = self._inner.__enter__()
        return self if self._entered is self._inner else Stream(self._entered, self._call)

    def __exit__(self, *error: Any) -> Any:
        self._snapshot()
        try:
            return self._inner.__exit__(*error)
        finally:
            self._call.end(error[1])

    def _step(self, function: Any, *arguments: Any) -> Any:
        with self._call.current():
            try:
                part = function(*arguments)
            except BaseException as error:
                self._ended(error)
                raise
        self._call.part(part)
        return part


class AsyncStream(_Watched):
    """An async iterator, an async generator or a provider's async stream."""

    def __aiter__(self) -> AsyncStream:
        self._parts = aiter(self._inner)
        return self

    async def __anext__(self) -> Any:
        return await self._step(anext, self._source())

    async def asend(self, value: Any) -> Any:
        return await self._step(self._inner.asend, value)

    async def athrow(self, *error: Any) -> Any:
        return await self._step(self._inner.athrow, *error)

    async def aclose(self) -> Any:
        try:
            return await self._inner.aclose()
        finally:
            self._call.end()

    async def close(self) -> Any:
        try:
            return await self._inner.close()
        finally:
            self._call.end()

    async def __aenter__(self) -> AsyncStream:
        self._entered = await self._inner.__aenter__()
        return self if self._entered is self._inner else AsyncStream(self._entered, self._call)

    async def __aexit__(self, *error: Any) -> Any:
        self._snapshot()
        try:
            return await self._inner.__aexit__(*error)
        finally:
            self._call.end(error[1])

    async def _step(self, function: Any, *arguments: Any) -> Any:
        with self._call.current():
            try:
                part = await function(*arguments)
            except BaseException as error:
                self._ended(error)
                raise
        self._call.part(part)
        return part


def watched(parts: Any, call: Call) -> Stream | AsyncStream:
    """The same parts, sync or async as they are."""
    names = ("__anext__", "__aiter__", "__aenter__")
    return (AsyncStream if any(hasattr(type(parts), name) for name in names) else Stream)(parts, call)
