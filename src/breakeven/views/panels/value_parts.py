"""Value by category, and the way from it to net value."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from breakeven.views.adding import adding
from breakeven.views.charting.data import CATEGORY, Key, Part, Step
from breakeven.views.charting.parts import donut, waterfall
from breakeven.views.comparison import title
from breakeven.views.content import Empty, Panel, Shares
from breakeven.views.format import Display
from breakeven.views.key_figures import ranges
from breakeven.views.panels.portfolio import proof_of
from breakeven.views.projects.money import KEYS
from breakeven.views.question import Question

COSTS = {
    "implementation": ("cost_implementation", "Implementation"),
    "direct": ("cost_direct", "Direct cost"),
    "metered": ("cost_metered", "Metered cost"),
    "allocated": ("cost_allocated", "Shared cost"),
    "unallocated": ("", "Cost of no project"),
}
"""Line of a statement's cost → its figure and what it is called, in the order of the way down."""
NO_VALUE = Empty(
    title="No value is known yet",
    text="Hours saved, incidents, revenue and savings stand here by category"
    " once records or assumptions say what they are.",
)


def value_by_category(question: Question) -> Panel:
    """The categories as a ring, with their ranges, and what they rest on."""
    statement = question.statement
    known = {name: amount for name, amount in statement.value.items() if amount}
    lines = ranges(question)
    show = adding(question.show, (list(known.values()), statement.total_value))
    keys = _keys(list(known))
    parts = [
        Part(
            label=label_of(question, name),
            value=amount,
            key=keys[name],
            explain=explained(question, name),
            sub=_range(show, lines, name),
        )
        for name, amount in known.items()
    ]
    made = donut(parts, unit="money", show=show, title="Value by category", words="total value")
    unknown = [label_of(question, name) for name, amount in statement.value.items() if amount is None]
    return Panel(
        id="value-by-category",
        title="Value by category",
        width=6,
        sub=_sub(question, show),
        explain="total_monthly_value",
        body=(made, Shares(evidence=proof_of(question))) if made is not None else NO_VALUE,
        foot=f"Not known: {', '.join(unknown)}." if unknown and made is not None else "",
    )


def _sub(question: Question, show: Display) -> str:
    total = ranges(question).get("total_value")
    if total is None or total.p10 is None or total.p10 == total.p90:
        return title(question.period, show.locale)
    return f"With 80% interval; total {show.span(total.p10, total.p90)}"


def _range(show: Display, lines: object, name: str) -> str:
    line = lines.get(name) if isinstance(lines, dict) else None
    if line is None or line.p10 is None or show.money(line.p10) == show.money(line.p90):
        return ""
    return show.span(line.p10, line.p90)


def _keys(names: Sequence[str]) -> dict[str, Key]:
    """Colours of categories; those of a methodology of one's own get what is free, in their order."""
    free = [key for key in (*CATEGORY, "muted", "peer") if key not in {KEYS.get(name) for name in names}]
    found: dict[str, Key] = {}
    for name in names:
        found[name] = KEYS[name] if name in KEYS else free.pop(0) if free else "muted"  # type: ignore[assignment]
    return found


def label_of(question: Question, name: str) -> str:
    """What a value category is called; one of an earlier methodology by its name."""
    return question.catalogue[name].label if name in question.catalogue else name.replace("_", " ").capitalize()


def explained(question: Question, name: str) -> str:
    """A figure that can be opened; empty for one of an earlier methodology."""
    return name if name in question.catalogue else ""


def value_to_net(question: Question) -> Panel:
    """Category by category up to the value, cost by cost down to what is left."""
    statement = question.statement
    total, net = statement.total_value, statement.net_value
    panel_title, sub = "From value to net", f"{title(question.period, question.show.locale)}, {_whose(question)}"
    if total is None or net is None:
        return Panel(
            id="value-to-net",
            title=panel_title,
            sub=sub,
            width=5,
            body=Empty(title="Net value is not known", text="It needs a known value and a known cost of the period."),
        )
    gains = {name: amount for name, amount in statement.value.items() if amount}
    costs = {name: -amount for name, amount in statement.cost.items() if amount}
    show = adding(question.show, (list(gains.values()), total), ([total, *costs.values()], net))
    steps = [
        Step(label=label_of(question, name), amount=amount, explain=explained(question, name))
        for name, amount in sorted(gains.items(), key=lambda one: -one[1])
    ]
    steps.append(Step(label="Total value", amount=total, key="muted", total=True, explain="total_monthly_value"))
    steps += [_cost(line, costs[line]) for line in COSTS if line in costs]
    steps.append(Step(label="Net value", amount=net, key="ink", total=True, explain="net_value"))
    made = waterfall(steps, show=show, title=panel_title)
    return Panel(id="value-to-net", title=panel_title, sub=sub, width=5, body=made or NO_VALUE)


def _cost(line: str, amount: Decimal) -> Step:
    figure, label = COSTS[line]
    return Step(label=label, amount=amount, key="cost" if line == "implementation" else "cost-weak", explain=figure)


def _whose(question: Question) -> str:
    if question.projects is None:
        return "all projects"
    return ", ".join(question.name_of(name) for name in question.projects[:2]) + (
        f" and {len(question.projects) - 2} more" if len(question.projects) > 2 else ""
    )
