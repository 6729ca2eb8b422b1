"""Everything that a move of a lever changes, as texts and pictures."""

from __future__ import annotations

from decimal import Decimal

from breakeven.ledger.scenarios.explore import explore
from breakeven.ledger.scenarios.explored import Explored, Goal
from breakeven.ledger.scenarios.results import Difference
from breakeven.views.comparison import Arrow, Change
from breakeven.views.format import Display, Shown
from breakeven.views.question import Question
from breakeven.views.what_if.asked import Fault, Scenario, scope_of_page
from breakeven.views.what_if.levers import slider
from breakeven.views.what_if.pictures import cumulative_picture, density_picture, interval_words, tornado_picture
from breakeven.views.what_if.saved import baseline_row, current_row, payback_words
from breakeven.views.what_if.shapes import Answer, Result, Slider
from breakeven.views.what_if.words import exception, finding, points, said

HUNDRED = Decimal(100)
SUPPOSED = "A value that is supposed counts as exactly known; one that is moved by a percentage keeps its range."


def answer(question: Question, scenario: Scenario) -> Answer:
    """The answer to a scenario. Raises UsageProblem for a period that is not of whole months."""
    found = explore(question.desk, scenario.changes, scope_of_page(question), scenario.also)
    show, faults = question.show, {fault.key: fault for fault in scenario.faults if fault.key}
    sliders = tuple(slider(question, lever, faults.get(lever.key)) for lever in found.levers)
    moved = sum(one.moved for one in sliders)
    uncertain = found.after.roi is not None and bool(found.after.density)
    return Answer(
        finding=finding(found, show), exception=exception(found, show),
        counted=f"{moved} of {len(sliders)} changed" if moved else "None changed", roi=_roi(found, show),
        results=(_net(found, show), _payback(found, show), _chance(found, show)),
        interval=interval_words(found.after, show) if uncertain else "none: nothing behind it is uncertain",
        draws=f"{found.draws:,} draws, seed {found.seed}", density=density_picture(question, found),
        tornado=tornado_picture(question, found), cumulative=cumulative_picture(question, found),
        cumulative_note=f"80% interval of {found.band_draws:,} draws. {SUPPOSED}" if found.band_draws else SUPPOSED,
        sliders=sliders, current=current_row(question, found), baseline=baseline_row(question, found),
        address=question.filters.link(question.path, scenario.parameters), hidden=hidden(question, scenario),
        said=said(found, show), faults=tuple(_fault(fault, sliders) for fault in scenario.faults),
    )  # fmt: skip


def hidden(question: Question, scenario: Scenario) -> tuple[tuple[str, str], ...]:
    """The filters and the scenario, as a form hands them on."""
    own = [(name, value) for name, values in scenario.parameters.items() for value in values.split("\n")]
    return (*question.filters.items(), *own)


def _fault(fault: Fault, sliders: tuple[Slider, ...]) -> str:
    label = next((one.label for one in sliders if one.key == fault.key), "")
    return f"{label}: {fault.message}" if label else f"“{fault.typed}” is left out. {fault.message}"


def _roi(found: Explored, show: Display) -> Result:
    roi = found.figures["roi_percent"]
    return Result(label="Return on investment", value=Shown(show.roi(roi.after)), change=_points(roi, found),
                  baseline=_against(roi, show.roi(roi.before), found), exact=_exact(roi))  # fmt: skip


def _points(roi: Difference, found: Explored) -> Change | None:
    moved = points(roi)
    if moved is None or not found.changes:
        return None
    arrow: Arrow = "up" if moved > 0 else "down" if moved < 0 else "flat"
    return Change(arrow=arrow, tone="good" if moved > 0 else "bad" if moved < 0 else "flat", value=f"{abs(moved):,} pp",
                  words="")  # fmt: skip


def _against(of: Difference, before: str, found: Explored) -> str:
    if of.after is None:
        return of.reason or "not known"
    if not found.changes:
        return "as it stands"
    return f"against baseline {before}" if of.before is not None else "the baseline is not known"


def _net(found: Explored, show: Display) -> Result:
    net = found.figures["net_value"]
    words = _baseline(net, show.money(net.before), found)
    return Result(label="Net value", value=Shown(show.money(net.after)), change=None, baseline=words,
                  exact=_exact(net))  # fmt: skip


def _payback(found: Explored, show: Display) -> Result:
    paid = found.figures["payback_months"]
    if paid.after is None:
        words = payback_words(None, paid.reason, show)
        before = f"baseline {show.quantity(paid.before, 'month')}" if paid.before is not None else ""
        return Result(label="Payback", value=Shown(words), change=None,
                      baseline=before or (paid.reason or "not known").partition(":")[0])  # fmt: skip
    return Result(label="Payback", value=show.quantity(paid.after, "month"), change=None,
                  baseline=_baseline(paid, str(show.quantity(paid.before, "month")), found),
                  exact=_exact(paid))  # fmt: skip


def _exact(of: Difference) -> str:
    return "" if of.after is None else f"{of.after:f}"


def _baseline(of: Difference, before: str, found: Explored) -> str:
    if of.after is None:
        return of.reason or "not known"
    if not found.changes:
        return "as it stands"
    return f"baseline {before}" if of.before is not None else "baseline not known"


def _chance(found: Explored, show: Display) -> Result:
    goal = found.goal
    after, before = (spread.chance_of_return if goal is None else spread.chance_of_goal
                     for spread in (found.after, found.before))  # fmt: skip
    label = "Chance of a return" if goal is None else "Chance of goal"
    was = show.percent(None if before is None else before * HUNDRED)
    words = f"baseline {was}" if found.changes else goal_words(goal, show)
    value = Shown(show.percent(None if after is None else after * HUNDRED))
    return Result(label=label, value=value, change=None, baseline=words if after is not None else "ROI is not known")


def goal_words(goal: Goal | None, show: Display) -> str:
    """What the chance is of."""
    return "of an ROI above 0%" if goal is None else f"of {show.roi(goal.value)} or more"
