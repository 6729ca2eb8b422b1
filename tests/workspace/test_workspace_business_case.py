"""What is read of a business case and of the headline rule, and that both are part of the methodology version."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from breakeven.workspace import load
from breakeven.workspace.definitions import BusinessCase, Headline, PlannedMonth, Workspace

D = Decimal
MAIN = "name: Case\ncurrency: USD\n"


def read(folder: Path, case: str = "{}", main: str = "") -> Workspace:
    (folder / "workspace.yaml").write_text(MAIN + main)
    (folder / "projects.yaml").write_text(
        f"projects: [{{id: bot, name: Bot, category: platform, business_case: {case}}}]")  # fmt: skip
    return load(folder)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{cost: 5, benefit: 9.5}", BusinessCase(cost=D(5), benefit=D("9.5"))),
        ("{cost: 5, benefit: -9, months: 3, start: 2026-02-17, approved: 2025-11-20}",
         BusinessCase(cost=D(5), benefit=D(-9), months=3, start=date(2026, 2, 1), approved=date(2025, 11, 20))),
        ("{benefit: 1, investment: 7, investment_months: 6, ramp: [0.1, 0.5, 1]}",
         BusinessCase(benefit=D(1), investment=D(7), investment_months=6, ramp={1: D("0.1"), 2: D("0.5"), 3: D(1)})),
        ("{cost: 1, benefit: 1, ramp_months: 3}",
         BusinessCase(cost=D(1), benefit=D(1), ramp={1: D("0.333333333333"), 2: D("0.666666666667"), 3: D(1)})),
        ("{plan: [{month: 2026-03, benefit: 4}, {month: 2026-01, cost: 5}]}",
         BusinessCase(plan={date(2026, 1, 1): PlannedMonth(cost=D(5), benefit=D(0)),
                            date(2026, 3, 1): PlannedMonth(cost=D(0), benefit=D(4))})),
    ],
)  # fmt: skip
def test_a_business_case_as_it_is_written(tmp_path: Path, text: str, wanted: BusinessCase) -> None:
    assert read(tmp_path, text).projects["bot"].business_case == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", Headline()),
        ("headline: {grades: [C, A]}", Headline(grades=("A", "C"))),
        ("headline: {realisations: [cash]}", Headline(realisations=("cash",))),
    ],
)
def test_the_headline_rule(tmp_path: Path, text: str, wanted: Headline) -> None:
    found = read(tmp_path, main=text).headline
    assert found == wanted
    assert found.everything is (text == "")


def test_both_decide_numbers(tmp_path: Path) -> None:
    cases = ("{cost: 1, benefit: 2, ramp: [0.1, 0.5]}", "{cost: 1, benefit: 2, ramp: [0.5, 0.1]}")
    versions = {read(tmp_path, text).methodology.version for text in cases}
    versions |= {read(tmp_path, main=text).methodology.version for text in ("", "headline: {grades: [A]}")}
    assert len(versions) == 4
