"""Pages are tested over the small company of the ledger's tests (tests/ledger/conftest.py)."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def _module(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    spec.loader.exec_module(made)
    return made


_ledger = _module(Path(__file__).parents[1] / "ledger" / "conftest.py", "tests_ledger_conftest")
evaluator, new_company, company = _ledger.evaluator, _ledger.new_company, _ledger.company
lasting_company = _ledger.lasting_company
