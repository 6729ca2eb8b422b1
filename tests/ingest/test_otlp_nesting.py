"""No call counts twice, whatever the order and the batches in which the spans of a trace come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from tests.ingest.otlp_requests import identity, interactions, protobuf, span

from breakeven.ingest.otlp.decode import Decoder
from breakeven.ingest.otlp.nesting import Nesting, Recent
from breakeven.ingest.otlp.spans import take
from breakeven.ingest.otlp.values import Values
from breakeven.workspace.otlp_rules import OtlpRules

AGENT = {"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 1_000}
PYDANTIC = {"agent_name": "a", "model_name": "m", "gen_ai.usage.input_tokens": 1_000}
CHAIN = {"openinference.span.kind": "CHAIN", "llm.model_name": "m", "llm.token_count.prompt": 1_000}
TOOL = {"openinference.span.kind": "TOOL"}
PLAIN = {"http.request.method": "POST"}
VERCEL = {"ai.operationId": "ai.generateText", "ai.model.id": "m", "ai.usage.promptTokens": 1_000}
CALL = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
WRAPPER = {"openinference.span.kind": "LLM", "llm.model_name": "m"}
EMBED = {"gen_ai.operation.name": "embeddings", "gen_ai.request.model": "e"}
GROUPS = (AGENT, PYDANTIC, CHAIN, TOOL, PLAIN, VERCEL)
"""Spans that are no call, whatever usage they repeat."""


class Sender:
    """Sends spans to a process without a store."""

    def __init__(self) -> None:
        values = Values(OtlpRules(), frozenset(), reject_unknown=False)
        self._decoder, self._nesting = Decoder(values), Nesting()

    def __call__(self, *spans: dict[str, Any]) -> dict[str, int]:
        """Ids of the calls that were counted, with their input."""
        taken = take(self._decoder.protobuf(protobuf(spans)), self._nesting)
        return {row["id"]: row.get("input_tokens") for row in interactions(taken.parsed)}


def used(attributes: dict[str, Any], tokens: int) -> dict[str, Any]:
    return {**attributes, "gen_ai.usage.input_tokens": tokens}


@st.composite
def traces(draw: st.DrawFn) -> tuple[list[dict[str, Any]], int]:
    """A tree of agents, tools and chains with calls as leaves, and the tokens of the calls."""
    groups = draw(st.lists(st.sampled_from(GROUPS), min_size=1, max_size=6))
    spans = [span(1, groups[0])]
    for place, attributes in enumerate(groups[1:], 2):
        spans.append(span(place, attributes, parent=draw(st.integers(1, place - 1))))
    total = 0
    for call in range(draw(st.integers(1, 5))):
        tokens = draw(st.integers(1, 50))
        total += tokens
        spans.append(span(100 + call, used(CALL, tokens), parent=draw(st.integers(1, len(groups)))))
    return spans, total


@given(traces(), st.data())
def test_agents_and_tools_never_count_in_any_order_and_batch(
    made: tuple[list[dict[str, Any]], int], data: st.DataObject
) -> None:
    spans, total = made
    order = data.draw(st.permutations(spans))
    send, found = Sender(), dict[str, int]()
    while order:
        size = data.draw(st.integers(1, len(order)))
        batch, order = order[:size], order[size:]
        for _ in range(data.draw(st.integers(1, 2))):  # a retry
            found |= send(*batch)
    assert sum(found.values()) == total


@given(st.permutations([1, 2, 3]), st.data())
@example([3, 2, 1], None)
def test_of_a_wrapper_and_its_call_one_counts(order: Sequence[int], data: st.DataObject | None) -> None:
    """1 is the wrapper's agent, 2 the wrapper, 3 the call; 2 and 3 repeat the same work."""
    spans = {1: span(1, AGENT), 2: span(2, used(WRAPPER, 70), parent=1), 3: span(3, used(CALL, 60), parent=2)}
    send, found, left = Sender(), dict[str, int](), list(order)
    together = False
    while left:
        size = data.draw(st.integers(1, len(left))) if data is not None else 1
        batch, left = left[:size], left[size:]
        together = together or {2, 3} <= set(batch)
        found |= send(*(spans[number] for number in batch))
    inner = together or order.index(3) < order.index(2)
    assert found == ({identity(3): 60} if inner else {identity(2): 70})


def test_a_wrapper_of_a_wrapper_and_plain_spans_between() -> None:
    spans = [span(1, used(WRAPPER, 9)), span(2, used(WRAPPER, 8), parent=1), span(3, PLAIN, parent=2),
             span(4, used(CALL, 7), parent=3)]  # fmt: skip
    assert Sender()(*spans) == {identity(4): 7}
    send = Sender()
    assert [send(one) for one in (spans[0], spans[1], *spans[2:])] == [{identity(1): 9}, {}, {}, {identity(4): 7}]
    send = Sender()
    assert send(spans[2], spans[3]) | send(spans[1]) | send(spans[0]) == {identity(4): 7}
    send = Sender()
    assert send(spans[0]) | send(spans[1], spans[2], spans[3]) == {identity(1): 9}


def test_a_tool_that_calls_a_model_is_another_call() -> None:
    spans = [span(1, used(CALL, 5)), span(2, TOOL, parent=1), span(3, used(CALL, 4), parent=2)]
    assert Sender()(*spans) == {identity(1): 5, identity(3): 4}


def test_an_embedding_below_a_chat_is_another_call() -> None:
    send = Sender()
    assert send(span(1, used(CALL, 5)), span(2, used(EMBED, 3), parent=1)) == {identity(1): 5, identity(2): 3}


def test_the_same_batch_again_gives_the_same() -> None:
    batch = [span(1, used(WRAPPER, 9)), span(2, used(CALL, 7), parent=1), span(3, used(CALL, 1), trace=2)]
    send = Sender()
    assert send(*batch) == send(*batch) == {identity(2): 7, identity(3, 2): 1}


def test_a_span_that_is_its_own_parent() -> None:
    assert Sender()(span(1, used(CALL, 5), parent=1)) == {identity(1): 5}


def test_what_is_remembered_is_bounded() -> None:
    recent = Recent(3)
    for number in range(10):
        recent.add([bytes([number])])
    held = [number for number in range(10) if bytes([number]) in recent]
    assert 3 <= len(held) <= 6
    assert held[-1] == 9
