"""For all tests: properties are judged by what they find, not by how fast a loaded machine finds it.

How many examples a property is tried on stands beside it; BREAKEVEN_EXAMPLES multiplies that (`make fuzz`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("BREAKEVEN_EXAMPLES", "1"))
LEAST = 10
"""Fewer tell little of a property."""

settings.register_profile(
    "breakeven", deadline=None, max_examples=100 * TIMES, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("breakeven")


def examples(number: int, **more: Any) -> settings:
    """Try a property on so many examples; it may make its own things with a fixture of the test."""
    assert number >= LEAST
    return settings(
        max_examples=number * TIMES,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        **more,
    )


def cases_in(path: Path) -> Any:
    """What a YAML file of cases says. Every process reads them when it collects the tests: with the parser in C."""
    with path.open("rb") as file:
        return yaml.load(file, yaml.CSafeLoader)
