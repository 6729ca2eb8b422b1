"""Whether a source's calls are counted from its traces or from its metrics: never from both.

What the workspace declares holds. Where it says nothing, the way that a source took first is its way: what comes the
other way is acknowledged and left aside, and the sender is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from breakeven.workspace.otlp_rules import OtlpRules

Way = Literal["traces", "metrics"]
FIRST, BOTH = "first", "both"


class Ways:
    """The way of each source."""

    def __init__(self, rules: OtlpRules) -> None:
        self._declared = rules.usage_from
        self._taken: dict[str, str] = {}

    def remember(self, taken: Mapping[str, str]) -> None:
        """The ways that sources took before this process began."""
        self._taken = {**taken, **self._taken}

    def counts(self, source: str, way: Way) -> bool:
        """Whether a source's calls are counted from this way, which it takes from now on if it had none."""
        declared = self._declared.get(source) or self._declared.get("default") or FIRST
        if declared != FIRST:
            return declared in (way, BOTH)
        return self._taken.setdefault(source, way) == way

    @staticmethod
    def told(sources: Sequence[str], way: Way) -> str:
        """What the sender of calls that are not counted hears."""
        other = "metrics" if way == "traces" else "traces"
        return (f"calls of {', '.join(sorted(sources)[:5])} are counted from {other}, so these {way} are left aside"
                " (usage_from under otlp in sources.yaml decides)")  # fmt: skip
