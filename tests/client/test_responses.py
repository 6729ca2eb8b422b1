"""What answers in the shapes of OpenAI and Anthropic say, as dicts, as objects, and in the parts of streams."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from breakeven.client.responses import observed, usage_of

CHAT = {"object": "chat.completion", "model": "gpt-4o-mini-2024-07-18", "service_tier": "flex", "usage": {
    "prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
    "prompt_tokens_details": {"cached_tokens": 64, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 8, "audio_tokens": 0, "accepted_prediction_tokens": 3}},
}  # fmt: skip
RESPONSES = {"object": "response", "model": "gpt-4.1-mini", "service_tier": "default", "usage": {
    "input_tokens": 75, "input_tokens_details": {"cached_tokens": 25}, "output_tokens": 50,
    "output_tokens_details": {"reasoning_tokens": 10}, "total_tokens": 125}}  # fmt: skip
MESSAGE = {"type": "message", "model": "claude-sonnet-4-5", "usage": {
    "input_tokens": 10, "cache_creation_input_tokens": 200, "cache_read_input_tokens": 1000, "output_tokens": 99,
    "cache_creation": {"ephemeral_5m_input_tokens": 200}, "service_tier": "standard"}}  # fmt: skip
UNCACHED = {"type": "message", "model": "claude-sonnet-4-5", "usage": {
    "input_tokens": 10, "cache_creation_input_tokens": 0, "cache_read_input_tokens": None, "output_tokens": 9},
}  # fmt: skip

CASES: list[tuple[str, Any, dict[str, Any]]] = [
    ("chat", CHAT, {"model": "gpt-4o-mini-2024-07-18", "input_tokens": 100, "output_tokens": 20, "cached_tokens": 64,
                    "labels": {"service_tier": "flex"}}),
    ("audio", {"usage": {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"audio_tokens": 5}}},
     {"input_tokens": 9, "output_tokens": 2, "usage": {"prompt_tokens": 9, "completion_tokens": 2,
                                                      "prompt_tokens_details": {"audio_tokens": 5}}}),
    ("responses", RESPONSES, {"model": "gpt-4.1-mini", "input_tokens": 75, "output_tokens": 50, "cached_tokens": 25}),
    ("message", MESSAGE, {"model": "claude-sonnet-4-5", "input_tokens": 1210, "output_tokens": 99,
                          "cached_tokens": 1000, "usage": MESSAGE["usage"]}),
    ("uncached", UNCACHED, {"model": "claude-sonnet-4-5", "input_tokens": 10, "output_tokens": 9}),
    ("embedding", {"object": "list", "model": "e", "usage": {"prompt_tokens": 8, "total_tokens": 8}},
     {"model": "e", "input_tokens": 8}),
    ("no usage", {"object": "chat.completion", "model": "m", "usage": None}, {"model": "m"}),
    ("negative", {"usage": {"prompt_tokens": -1, "completion_tokens": True}}, {}),
    ("text", "usage", {}), ("nothing", None, {}), ("number", 3, {}), ("list", [1], {}),
    ("end of a stream of responses", {"type": "response.completed", "response": RESPONSES},
     {"model": "gpt-4.1-mini", "input_tokens": 75, "output_tokens": 50, "cached_tokens": 25}),
]  # fmt: skip


def as_object(value: Any) -> Any:
    if isinstance(value, dict):
        return SimpleNamespace(**{name: as_object(part) for name, part in value.items()})
    return value


class Slots:
    """Usage without a __dict__."""

    __slots__ = ("completion_tokens", "prompt_tokens")

    def __init__(self) -> None:
        self.prompt_tokens, self.completion_tokens = 5, 6


@pytest.mark.parametrize(("answer", "said"), [pytest.param(a, s, id=n) for n, a, s in CASES])
@pytest.mark.parametrize("form", [lambda answer: answer, as_object], ids=["dict", "object"])
def test_answers(form: Any, answer: Any, said: dict[str, Any]) -> None:
    assert usage_of(form(answer)) == said


def test_objects_with_slots() -> None:
    assert usage_of(SimpleNamespace(usage=Slots())) == {"input_tokens": 5, "output_tokens": 6}


@pytest.mark.parametrize("end", [{"output_tokens": 99}, {**MESSAGE["usage"]}], ids=["what changed", "everything"])  # type: ignore[dict-item]
def test_a_stream_tells_in_parts(end: dict[str, Any]) -> None:
    parts: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**MESSAGE, "usage": {**MESSAGE["usage"], "output_tokens": 1}}},  # type: ignore[dict-item]
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "hi"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": end},
        {"type": "message_stop"},
    ]
    fields: dict[str, Any] = {}
    before: Any = {}
    for part in parts:
        found, before = observed(part, before)
        fields |= found
    assert fields == usage_of(MESSAGE)
