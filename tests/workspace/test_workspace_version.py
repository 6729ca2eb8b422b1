"""The methodology version: the same for the same content however it is written, another for another content."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from tests.conftest import examples

from breakeven.workspace import default_workspace, load

FILES = {file.name: file.read_text() for file in (Path(__file__).parent / "example").glob("*.yaml")}
CONTENT: dict[str, Any] = {name: YAML(typ="safe", pure=True).load(text) for name, text in FILES.items()}


class _Spelling:
    """Writes plain data as YAML in an order, a style and a spelling of numbers that depend on the seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.yaml = YAML(typ="safe", pure=True)
        self.yaml.default_flow_style = self.random.choice([True, False, None])

    def write(self, content: Any) -> str:
        out = StringIO()
        self.yaml.dump(self.shuffled(content), out)
        lines = out.getvalue().splitlines()
        if self.yaml.default_flow_style is False:
            return "\n".join(line + self.random.choice(["", "  # why", "\n# note\n"]) for line in lines)
        return out.getvalue() + "# end\n"

    def shuffled(self, content: Any, key: str = "") -> Any:
        match content:
            case dict():
                pairs = list(content.items())
                self.random.shuffle(pairs)
                return {name: self.shuffled(value, name) for name, value in pairs}
            case list():
                items = [self.shuffled(item) for item in content]
                if key in ("projects", "values", "targets", "exchange_rates"):
                    self.random.shuffle(items)
                return items
            case bool() | str() | None:
                return content
            case int() | float() if key != "decimals":
                return self.number(content)
        return content

    def number(self, value: float) -> float:
        return float(value) if self.random.random() < 0.5 else value


def version_of(texts: dict[str, str], random: Random) -> str:
    with TemporaryDirectory() as folder:
        names = list(texts)
        random.shuffle(names)
        for name in names:
            (Path(folder) / name).write_text(texts[name])
        (Path(folder) / "book.json").write_text("[]")
        return load(Path(folder)).methodology.version


PLAIN = version_of(FILES, Random(0))


@examples(25)
@given(st.integers(0, 2**32))
def test_order_comments_and_spelling_do_not_matter(seed: int) -> None:
    spelling = _Spelling(seed)
    texts = {name: spelling.write(content) for name, content in CONTENT.items()}
    assert version_of(texts, spelling.random) == PLAIN


def changed(file: str, old: str, new: str) -> str:
    assert old in FILES[file]
    return version_of({**FILES, file: FILES[file].replace(old, new)}, Random(0))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("workspace.yaml", "name: Example", "name: Sample"),
        ("workspace.yaml", "source: ECB", "source: European Central Bank"),
        ("workspace.yaml", "rate: 0.925", "rate: 0.9250"),
        ("projects.yaml", "name: Support bot", "name: Helper"),
        ("assumptions.yaml", "value: 160", "value: 1.6e2"),
        ("assumptions.yaml", "unit: EUR/hour", "unit: money/hour"),
        ("methodology.yaml", "hours_saved_deployment * hourly_rate", "hours_saved_deployment  *  hourly_rate"),
        ("methodology.yaml", "* 100.0", "* 100"),
        ("methodology.yaml", "decimals: 0", "decimals: 1"),
        ("allocation.yaml", "[support-bot, b2]", "[b2, support-bot]"),
        ("sources.yaml", "minutes / 60", "minutes / 30"),
        ("prices.yaml", "10.00", "11.00"),
        ("views.yaml", "label: Fewer", "label: Less"),
        ("views.yaml", "label: Fewer}]}", "label: Fewer}]}\npanels: {board: [trend], cfo: {hide: [trend]}}"),
        ("workspace.yaml", "currency: EUR", "currency: EUR\nlocale: de"),
    ],
)
def test_the_same_method(file: str, old: str, new: str) -> None:
    assert changed(file, old, new) == PLAIN


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("workspace.yaml", "fiscal_year_start: 4", "fiscal_year_start: 1"),
        ("workspace.yaml", "rate: 0.925", "rate: 0.926"),
        ("projects.yaml", "budget: 20000.50", "budget: 20000.51"),
        ("projects.yaml", "baseline_incidents: 4", "baseline_incidents: 5"),
        ("assumptions.yaml", "value: 160", "value: 161"),
        ("assumptions.yaml", "distribution: pert", "distribution: uniform"),
        ("methodology.yaml", "evidence: D", "evidence: C"),
        ("methodology.yaml", "* 100.0", "* 10"),
        ("methodology.yaml", "direction: down", "direction: up"),
        ("targets.yaml", "at_least: 40000", "at_least: 40001"),
        ("allocation.yaml", "rule: interactions", "rule: even"),
    ],
)
def test_another_method(file: str, old: str, new: str) -> None:
    assert changed(file, old, new) != PLAIN


def test_form() -> None:
    version = default_workspace().methodology.version
    assert len(version) == 12
    assert int(version, 16) >= 0
