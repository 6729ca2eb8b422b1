"""Interactions while they happen: latency, status, usage and outcome of every kind of function and block."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
import inspect
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from tests.client.conftest import Scripted

from breakeven.client import Client, client, current_id, interaction

CHUNKS = [{"object": "chunk", "model": "m-1", "usage": None},
          {"object": "chunk", "model": "m-1", "usage": {"prompt_tokens": 7, "completion_tokens": 3}}]  # fmt: skip
ANSWER = {"object": "chat.completion", "model": "m-1", "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
READ = {"model": "m-1", "input_tokens": 7, "output_tokens": 3}


class Broken(Exception):
    """What a program raises."""


@pytest.fixture
def told(make: Callable[..., Client], server: Scripted) -> Callable[[], list[dict[str, Any]]]:
    """What has arrived, without ids and latency (which is checked)."""
    one = make()

    def tell() -> list[dict[str, Any]]:
        assert one.flush()
        found = [dict(data) for data in server.data]
        for data in found:
            del data["id"]
            if "interaction" not in data:
                assert 0 <= data.pop("latency_ms") < 60_000
        server.events.clear()
        return found

    tell.client = one  # type: ignore[attr-defined]
    return tell


def test_a_block(told: Any) -> None:
    one = told.client
    with one.interaction(project="p", model="asked", operation="chat") as call:
        assert current_id() == call.id
        assert call.response(ANSWER) is ANSWER
        call.set(seconds_saved=310, labels={"a": 1})
    assert current_id() is None
    assert told() == [{"project": "p", "operation": "chat", "status": "ok", "seconds_saved": 310, "labels": {"a": 1},
                       **READ, "model": "asked"}]  # fmt: skip
    with pytest.raises(Broken), one.interaction(labels={"a": 1}):
        raise Broken
    assert told() == [{"status": "error", "labels": {"a": 1, "error": "Broken"}}]


def test_an_object_used_twice_is_two_interactions(told: Any) -> None:
    call = told.client.interaction(model="m")
    with call:
        first = call.id
    with call:
        assert call.id != first
    assert len(told()) == 2


def test_an_outcome_inside_a_block_goes_with_it(told: Any, server: Scripted) -> None:
    one = told.client
    with one.interaction() as call:
        assert one.outcome(outcome="resolved", csat=5) == call.id
        inside = contextvars.copy_context()
    assert told() == [{"status": "ok", "outcome": "resolved", "csat": 5}]
    # What was begun in the block and ends after it still knows the id; then it is a report of its own.
    assert inside.run(one.outcome, None, "converted", revenue="49.00", currency="EUR") == call.id
    call.set(csat=1)
    later = {"interaction": call.id}
    assert told() == [{**later, "outcome": "converted", "revenue": "49.00", "currency": "EUR"}, {**later, "csat": 1}]


def test_an_outcome_by_id(told: Any, server: Scripted) -> None:
    assert told.client.outcome("call-1", "resolved", time=0, source="helpdesk", model="no") == "call-1"
    assert told.client.outcome(outcome="resolved") is None
    told.client.flush()
    (event,) = server.events.values()
    assert (event["type"], event["time"]) == ("breakeven.outcome", "1970-01-01T00:00:00+00:00")
    assert event["data"] == {"interaction": "call-1", "interaction_source": "helpdesk", "outcome": "resolved"}
    stats = told.client.stats()
    assert (stats.failed, stats.dropped) == ({"argument model": 1}, {"no_interaction": 1})


def test_tasks_and_threads_have_their_own(told: Any) -> None:
    one, ids = told.client, []

    async def work() -> None:
        async with one.interaction() as call:
            await asyncio.sleep(0)
            assert current_id() == call.id
            one.outcome(outcome=call.id)
            ids.append(call.id)

    async def many() -> None:
        await asyncio.gather(*(work() for _ in range(20)))

    threads = [threading.Thread(target=asyncio.run, args=(many(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 80
    assert sorted(data["outcome"] for data in told()) == sorted(ids)


def plain(fail: bool) -> int:
    if fail:
        raise Broken
    return 1


async def coroutine(fail: bool) -> int:
    await asyncio.sleep(0)
    return plain(fail)


def generator(fail: bool) -> Iterator[int]:
    yield 1
    assert current_id() is not None
    yield plain(fail)


async def async_generator(fail: bool) -> AsyncIterator[int]:
    yield 1
    assert current_id() is not None
    yield plain(fail)


class Called:
    """Something that can be called."""

    def __call__(self, fail: bool) -> int:
        return plain(fail)


def drain(function: Callable[..., Any], fail: bool) -> None:
    async def parts(stream: Any) -> None:
        async for _ in stream:
            assert current_id() is None

    result = function(fail)
    if hasattr(result, "__aiter__"):
        asyncio.run(parts(result))
    elif inspect.isawaitable(result):
        asyncio.run(result)  # type: ignore[arg-type]
    elif hasattr(result, "__iter__"):
        for _ in result:
            assert current_id() is None


@pytest.mark.parametrize("function", [
    plain, coroutine, generator, async_generator, functools.partial(plain), functools.partial(coroutine), Called(),
    lambda fail: coroutine(fail), lambda fail: generator(fail),
])  # fmt: skip
def test_decorated_functions(told: Any, function: Callable[..., Any]) -> None:
    decorated = told.client.interaction(model="m")(function)
    assert inspect.iscoroutinefunction(decorated) == inspect.iscoroutinefunction(function)
    assert inspect.isasyncgenfunction(decorated) == inspect.isasyncgenfunction(function)
    drain(decorated, fail=False)
    drain(decorated, fail=False)
    assert told() == [{"model": "m", "status": "ok"}] * 2
    with pytest.raises(Broken):
        drain(decorated, fail=True)
    assert told() == [{"model": "m", "status": "error", "labels": {"error": "Broken"}}]


def test_a_decorator_of_the_module_waits_for_its_client(make: Any, server: Scripted, monkeypatch: Any) -> None:
    decorated = interaction(model="m")(plain)
    monkeypatch.setattr("breakeven.client.default._Default.client", made := make())
    assert decorated(False) == 1
    assert made.flush()
    assert [data["model"] for data in server.data] == ["m"]


@pytest.mark.parametrize("end", ["close", "let go", "drained", "with"])
def test_a_stream_that_ends_is_tracked_once(told: Any, end: str) -> None:
    stream = told.client.wrap(lambda **_: iter(CHUNKS))(model="asked")
    assert next(stream) == CHUNKS[0]
    if end == "close":
        stream._inner = generator(fail=False)
        stream.close()
    elif end == "with":
        stream._inner = Managed()
        with stream:
            pass
    elif end == "drained":
        assert list(stream) == CHUNKS[1:]
    del stream
    gc.collect()
    read = READ if end == "drained" else {"model": "m-1"}
    assert told() == [{"operation": "chat", "status": "ok", **read}]


class Hostile(dict[str, Any]):
    """Something that fails at everything."""

    def __str__(self) -> str:
        raise Broken

    __repr__ = items = keys = __iter__ = __str__  # type: ignore[assignment]


class Managed:
    """A stream that is entered, as providers' clients have."""

    current_message_snapshot = None

    def __enter__(self) -> Managed:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def test_streams_inside_a_block(told: Any) -> None:
    with told.client.interaction() as call:
        assert list(call.stream(iter(CHUNKS))) == CHUNKS
    assert told() == [{"status": "ok", **READ}]


@pytest.mark.parametrize("answer", [ANSWER, lambda: iter(CHUNKS)])
def test_wrapped_functions(told: Any, answer: Any) -> None:
    def create(**_: Any) -> Any:
        return answer() if callable(answer) else answer

    async def acreate(**_: Any) -> Any:
        return create()

    def fail(**_: Any) -> Any:
        raise Broken

    wrap = told.client.wrap
    found = wrap(create, provider="openai", project="p")(model="asked")
    assert found is ANSWER or list(found) == CHUNKS
    found = asyncio.run(wrap(acreate, provider="openai", project="p")(model="asked"))
    assert found is ANSWER or list(found) == CHUNKS
    assert told() == [{"provider": "openai", "project": "p", "operation": "chat", "status": "ok", **READ}] * 2
    with pytest.raises(Broken):
        wrap(fail)(model="asked")
    assert told() == [{"operation": "chat", "model": "asked", "status": "error", "labels": {"error": "Broken"}}]


@pytest.mark.parametrize(("address", "provider"), [
    ("https://api.openai.com/v1/", "openai"), ("https://api.anthropic.com", "anthropic"),
    ("http://127.0.0.1:8000/v1", None), ("https://api.openai.com.example/v1", None),
])  # fmt: skip
def test_the_provider_is_known_by_its_address(address: str, provider: str | None) -> None:
    class Completions:
        _client = type("C", (), {"base_url": address})()

        def create(self) -> None:
            pass

    assert client.provider_of(Completions().create) == provider


def test_wrong_arguments_cost_nothing(told: Any) -> None:
    one = told.client
    assert len(one.track(id=Hostile(), model=Hostile())) == 32
    one.track("gpt", model=7, input_tokens="many", csat=object(), labels={1: {2}}, usage="x", time="x" * 3, id=5)
    one.interaction("gpt")("not a function")
    one.interaction(labels=3)(plain)(False)
    one.wrap(None)
    with one.interaction(id=Hostile()) as call:
        call.set("x", labels=Hostile())
        call.set(labels=Hostile())
        call.response(object())
    one.outcome("i", "o", "x")
    one.flush("x")
    assert one.flush()
    stats = one.stats()
    assert (stats.sent, stats.dropped) == (5, {})
    assert "argument input_tokens" in stats.failed
    assert "argument of track" in stats.failed


def test_without_an_address_nothing_happens(make: Callable[..., Client], caplog: pytest.LogCaptureFixture) -> None:
    for url in (None, "ftp://x", "nonsense", "http://h:99999"):
        one = make(url)
        assert one.track(model="m")
        assert one.track(model="m")
        assert one.flush()
        assert one.stats().dropped == {"not_configured": 2}
    assert caplog.text.count("set BREAKEVEN_URL") == 4
