"""What a scenario says, in sentences made from its figures."""

from __future__ import annotations

from decimal import Decimal

from breakeven.ledger.scenarios.explored import Explored
from breakeven.ledger.scenarios.results import Difference
from breakeven.views.format import Display, count_word, decimal_of

ONE, HUNDRED = Decimal(1), Decimal(100)


def finding(found: Explored, show: Display) -> str:
    """Counted cautiously, AI still returns $3.68 for every $1, but misses the 300% goal."""
    roi, value, cost = (found.figures[name] for name in ("roi_percent", "total_value", "investment"))
    if roi.after is None or value.after is None or not cost.after:
        return f"The return is not known: {roi.reason or value.reason or cost.reason or 'no cost is recorded'}."
    back = Display(currency=show.currency, locale=show.locale)
    each, one = back.full_money((1 + roi.after / HUNDRED).quantize(Decimal("0.01"))), _one(back)
    pays = roi.after >= 0
    if not found.changes:
        lead, verb = "AI", "returns" if pays else "returns only"
    else:
        lead, verb = _manner(roi), "returns" if pays else "returns only"
        if pays and roi.before is not None and roi.after < roi.before:
            verb = "still returns"
    return f"{lead} {verb} {each} for every {one}{_goal(found, pays)}."


def _one(show: Display) -> str:
    """One unit of the currency: $1."""
    return show.money(ONE).replace("1.00", "1").replace("1,00", "1")


def _manner(roi: Difference) -> str:
    if roi.before is None or roi.after is None or roi.after == roi.before:
        return "With these assumptions, AI"
    return "Counted cautiously, AI" if roi.after < roi.before else "Counted generously, AI"


def _goal(found: Explored, pays: bool) -> str:
    goal = found.goal
    if goal is None:
        return "" if pays else ", and does not pay back"
    words = f"the {goal.value.normalize():f}% goal"
    if goal.met == "green":
        return f", and meets {words}"
    return f", but misses {words}" if pays else f", and misses {words}"


def exception(found: Explored, show: Display) -> str:
    """Three assumptions differ from the baseline. Value could fall another 73% before this stops paying back."""
    number = len({(change.name, change.project) for change in found.changes})
    what = "assumption differs" if number == 1 else "assumptions differ"
    first = f"{count_word(number).capitalize()} {what} from the baseline. " if number else ""
    value, cost = found.figures["total_value"].after, found.figures["investment"].after
    if value is None or cost is None or value <= 0 or cost <= 0:
        return (first + ("" if found.changes else "Move an assumption to see what would follow.")).strip()
    which = "this scenario" if number else "AI"
    if value >= cost:
        share = show.percent((1 - cost / value) * HUNDRED)
        return f"{first}Value could fall {'another ' if number else ''}{share} before {which} stops paying back."
    return f"{first}Value would have to rise by {show.percent((cost / value - 1) * HUNDRED)} before {which} pays back."


def said(found: Explored, show: Display) -> str:
    """The answer in one sentence, said once when the reader pauses."""
    roi, net = found.figures["roi_percent"], found.figures["net_value"]
    parts = [f"ROI {show.roi(roi.after)}" if roi.after is not None else "ROI is not known"]
    if roi.before is not None:
        parts.append(f"baseline {show.roi(roi.before)}")
    if net.after is not None:
        parts.append(f"net value {show.money(net.after)}")
    if found.after.chance_of_goal is not None:
        parts.append(f"chance of the goal {show.percent(found.after.chance_of_goal * HUNDRED)}")
    return ", ".join(parts) + "."


def points(difference: Difference) -> Decimal | None:
    """Change in percent points, from the rounded figures on screen."""
    if difference.before is None or difference.after is None:
        return None
    return round(decimal_of(difference.after)) - round(decimal_of(difference.before)) + Decimal(0)
