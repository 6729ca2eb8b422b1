"""The demo company of a fixed seed and day, as /metrics shows it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.demo.made import NOW, STATE, demo_company, opened

from breakeven.ledger.ledger import Ledger
from breakeven.store.state import State, file_url
from breakeven.web.running import serving
from breakeven.web.services import Services


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The demo company, ready to be served; its tests change nothing."""
    folder, _ = demo_company(tmp_path_factory)
    workspace, store, pipeline = opened(folder)
    state = State.open(file_url(folder / STATE))
    with store, serving(workspace, store, Ledger(workspace, store, state=state), pipeline, lambda: NOW) as made:
        yield made
        pipeline.close()
    state.close()
