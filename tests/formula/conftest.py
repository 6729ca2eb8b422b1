from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import cases_in

from breakeven.formula import Evaluator


@pytest.fixture(scope="session")
def evaluator() -> Iterator[Evaluator]:
    with Evaluator() as made:
        yield made


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests with an argument `accepted_case`, `refused_case`, … run once for each case of that file."""
    for kind in ("accepted", "refused", "mapping"):
        if f"{kind}_case" in metafunc.fixturenames:
            found: list[dict[str, Any]] = cases_in(Path(__file__).parent / "cases" / f"{kind}.yaml")
            names = [str(case.get("formula") or case.get("map") or case.get("repeat"))[:60] for case in found]
            metafunc.parametrize(f"{kind}_case", found, ids=names)
