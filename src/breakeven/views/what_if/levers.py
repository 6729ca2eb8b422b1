"""The assumptions as sliders: where each stands, its declared range, and where it would break even."""

from __future__ import annotations

from decimal import Decimal

from breakeven.ledger.scenarios.explored import Lever
from breakeven.views.content import Grade
from breakeven.views.format import Display
from breakeven.views.question import Question
from breakeven.views.standing import GRADES
from breakeven.views.what_if.asked import Fault, scale
from breakeven.views.what_if.shapes import Slider, Track

LINES = {"break-even": "breaks even at", "goal": "meets the goal at"}
WORDS: dict[str, Grade] = {"measured": "measured", "estimated": "estimated", "assumed": "assumed"}


def slider(question: Question, one: Lever, fault: Fault | None = None) -> Slider:
    """One lever; `fault`: what was typed into it and cannot be used."""
    show = own_money(question)
    before, after = _around(one, show)
    where = "" if one.project is None else question.name_of(one.project)
    moved = bool(one.texts)
    value = one.value if one.value is not None else one.base if one.base is not None else one.least
    return Slider(
        key=one.key, id=f"lever-{one.key}", label=one.label, where=where, title=_title(question, one),
        value=_plain(value, one), base="" if one.base is None else _plain(one.base, one), least=_plain(one.least, one),
        most=_plain(one.most, one), step=_plain(one.step, one), before=before, after=after,
        words=said(one, value, show), moved=moved, baseline=_baseline(one, show),
        grade=WORDS[GRADES[one.evidence]], track=_track(one), fault="" if fault is None else fault.message,
        typed=_plain(value, one) if fault is None else fault.typed,
    )  # fmt: skip


def own_money(question: Question) -> Display:
    """Assumptions stand in the company's own currency, whichever the page shows amounts in."""
    return Display(currency=question.workspace.currency, locale=question.show.locale)


def said(one: Lever, value: Decimal | None, show: Display) -> str:
    """A lever's value in words: $62 per hour, 85%, +10%, as stated."""
    per = _per(one) if value is not None and not one.relative and scale(one) == 1 else ""
    return " ".join(part for part in (short(one, value, show), per) if part)


def short(one: Lever, value: Decimal | None, show: Display) -> str:
    """The same without what it is counted by: $62."""
    if value is None:
        return "not the same everywhere"
    if one.relative:
        return "as stated" if not value else show.percent(value, _digits(value), signed=True)
    if scale(one) != 1:
        return show.percent(value * 100, _digits(value * 100))
    return stated_words(one, value, show)


def stated_words(one: Lever, value: Decimal, show: Display) -> str:
    """One of the values of a lever, all its digits but no more: $54, $0.025, 1.4 months."""
    if one.unit.startswith("money"):
        whole = value == value.to_integral_value()
        return show.full_money(value).removesuffix(_cents(show)) if whole else show.full_money(value)
    number = show.plain(value, _digits(value, 9))
    word = str(show.quantity(value, one.unit).unit)
    return f"{number} {word}".strip()


def _cents(show: Display) -> str:
    """What a whole amount ends with: .00, or ,00 and a sign that stays."""
    zero = show.full_money(Decimal(0))
    return zero.partition("0")[2] if zero.endswith("0") else ""


def _per(one: Lever) -> str:
    """What an amount is counted by: per hour."""
    base = one.unit.partition("/")[2].strip("()").replace("*", " and ") if one.unit.startswith("money") else ""
    return f"per {base}" if base else ""


def _digits(value: Decimal, most: int = 2) -> int:
    exponent = value.normalize().as_tuple().exponent
    return min(most, max(0, -exponent)) if isinstance(exponent, int) else 0


def _plain(value: Decimal, one: Lever) -> str:
    """As a number field has it, in the unit that is shown."""
    return f"{(value * scale(one)).normalize():f}"


def _around(one: Lever, show: Display) -> tuple[str, str]:
    """What stands before and after the number."""
    if one.relative or scale(one) != 1:
        return "", "%"
    if one.unit.startswith("money"):
        sign = show.full_money(Decimal(0)).split("0")[0].strip()
        return (sign, _per(one)) if sign else ("", f"{show.currency} {_per(one)}".strip())
    return "", "" if one.unit == "1" else str(show.quantity(Decimal(2), one.unit).unit)


def _baseline(one: Lever, show: Display) -> str:
    """Where it stands without the scenario, and where ROI would be zero or at the goal."""
    if one.relative and one.stated:
        low, high = (stated_words(one, value, show) for value in one.stated)
        first = f"Baseline {low} to {high}" if low != high else f"Baseline {low}"
    elif one.base is None:
        first = "Not stated" if not one.stated else "Differs by project"
    else:
        first = f"Baseline {said(one, one.base, show)}"
    marks = [f"{LINES[mark.line]} {said(one, mark.value, show)}" for mark in one.markers]
    return ", ".join([first, *marks])


def _title(question: Question, one: Lever) -> str:
    """Who answers for it, where it comes from, and when it is looked at again."""
    parts = [one.description]
    parts += [f"Source: {one.source}."] if one.source else []
    parts += [f"Measured by the experiment {one.experiment}."] if one.experiment else []
    parts += [f"Owner: {one.owner}."] if one.owner else ["Nobody answers for it yet."]
    parts += [f"To be reviewed by {question.show.day(one.review_by)}."] if one.review_by else []
    parts += ["No range is declared: it counts as exactly known."] if one.low is None else []
    return " ".join(part for part in parts if part)


def _track(one: Lever) -> Track:
    width = float(one.most - one.least) or 1.0

    def at(value: Decimal) -> float:
        return round(min(max(float(value - one.least) / width * 100, 0.0), 100.0), 2)

    low, high = (None, 0.0) if one.low is None or one.high is None else (at(one.low), at(one.high))
    return Track(
        low=low, width=0.0 if low is None else round(high - low, 2), base=None if one.base is None else at(one.base),
        marks=tuple((mark.line, at(mark.value)) for mark in one.markers if one.least <= mark.value <= one.most),
    )  # fmt: skip
