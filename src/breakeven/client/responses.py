"""What a model's answer says about its usage, in the shapes of OpenAI and of Anthropic; objects or dicts alike.

`input_tokens` are all tokens read, those from the cache among them; `output_tokens` all tokens written, reasoning among
them. OpenAI counts so itself (`prompt_tokens` of chat completions, `input_tokens` of the Responses API). Anthropic's
`input_tokens` are only those that the cache neither gave nor took, so the three are added up. Usage that has a price of
its own beside these (tokens written to a cache, audio, tools) goes along as the provider sent it, in `usage`.
"""

from __future__ import annotations

from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PLAIN = frozenset({"cached_tokens", "reasoning_tokens", "accepted_prediction_tokens", "rejected_prediction_tokens",
                    "text_tokens", "thinking_tokens"})  # fmt: skip
"""Details of OpenAI's usage that have no price of their own."""
_KNOWN = ("prompt_tokens", "completion_tokens", "prompt_tokens_details", "completion_tokens_details", "input_tokens",
          "output_tokens", "input_tokens_details", "output_tokens_details", "cached_tokens", "reasoning_tokens",
          "cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation", "server_tool_use")  # fmt: skip
"""Attributes that are looked for even where an object does not list them."""
_USUAL = ("default", "standard", "auto")
"""Service tiers that have the list price."""
_DEEPEST = 4
"""Levels of a usage object that are read."""


def usage_of(answer: Any) -> dict[str, Any]:
    """Fields of an interaction that an answer, or an event of a stream, says: model, tokens, usage, labels.

    Empty where it says nothing. What it does not say is not there: unknown is not zero.
    """
    return observed(answer, {})[0]


def observed(answer: Any, before: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """The same for a part of an answer: `before` is the usage of the parts before it, the second value with this one.

    A stream tells its usage in parts: what was read at the beginning, what was written at the end.
    """
    if answer is None or isinstance(answer, str | bytes | bool | int | float):
        return {}, before
    body = answer
    for inner in ("response", "message", "chunk"):  # the events of streams hold the answer itself
        if _get(body, "usage") is None and _get(_get(body, inner), "usage") is not None:
            body = _get(body, inner)
    said = _plain(_get(body, "usage"))
    usage = {**before, **said} if isinstance(said, dict) else before
    found = _tokens(usage) if usage else {}
    model, tier = _get(body, "model"), _get(body, "service_tier") or usage.get("service_tier")
    if isinstance(model, str) and model and (found or _get(body, "object") or _get(body, "type")):
        found["model"] = model
    if found and isinstance(tier, str) and tier not in _USUAL:
        found["labels"] = {"service_tier": tier}
    return found, usage


def _tokens(usage: Any) -> dict[str, Any]:
    if _get(usage, "prompt_tokens") is not None or _get(usage, "completion_tokens") is not None:
        names = ("prompt_tokens", "completion_tokens", "prompt_tokens_details", "completion_tokens_details")
        return _openai(usage, *names)
    if _get(usage, "cache_read_input_tokens") is None and _get(usage, "cache_creation_input_tokens") is None:
        return _openai(usage, "input_tokens", "output_tokens", "input_tokens_details", "output_tokens_details")
    return _anthropic(usage)


def _openai(usage: Any, read: str, written: str, read_details: str, written_details: str) -> dict[str, Any]:
    details, more = _get(usage, read_details), _get(usage, written_details)
    found = {"input_tokens": _number(usage, read), "output_tokens": _number(usage, written),
             "cached_tokens": _number(details, "cached_tokens")}  # fmt: skip
    special = any(number for name, number in [*_numbers(details), *_numbers(more)] if name not in _PLAIN)
    return _known({**found, "usage": usage if special else None})


def _anthropic(usage: Any) -> dict[str, Any]:
    fresh, cached = _number(usage, "input_tokens"), _number(usage, "cache_read_input_tokens")
    stored = _number(usage, "cache_creation_input_tokens")
    parts = [part for part in (fresh, cached, stored) if part is not None]
    tools = any(number for _, number in _numbers(_get(usage, "server_tool_use")))
    found = {"input_tokens": sum(parts) if parts else None, "output_tokens": _number(usage, "output_tokens"),
             "cached_tokens": cached}  # fmt: skip
    return _known({**found, "usage": usage if stored or tools else None})


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _get(body: Any, name: str) -> Any:
    """A key or an attribute, None where there is none."""
    if isinstance(body, Mapping):
        return body.get(name)
    return None if body is None else getattr(body, name, None)


def _number(body: Any, name: str) -> int | None:
    value = _get(body, name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _numbers(body: Any) -> list[tuple[str, int | float]]:
    return [(name, value) for name, value in _parts(body).items() if isinstance(value, int | float)]


def _parts(body: Any) -> dict[str, Any]:
    """The keys of a dict or the attributes of an object."""
    if isinstance(body, Mapping):
        return {str(name): value for name, value in body.items()}
    names = [*getattr(body, "__dict__", ()), *(name for name in _KNOWN if hasattr(body, name))]
    return {name: getattr(body, name) for name in names if not name.startswith("_")}


def _plain(body: Any, level: int = 0) -> Any:
    """A usage object as JSON has it: numbers and texts, nested."""
    if isinstance(body, bool | int | float | str):
        return body
    if body is None or level >= _DEEPEST or callable(body):
        return None
    return _known({name: _plain(value, level + 1) for name, value in _parts(body).items()})
