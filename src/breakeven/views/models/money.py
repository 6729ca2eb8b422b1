"""Where the money of the calls goes: models by what they cost in the period."""

from __future__ import annotations

from breakeven.views.charting.bars import ranked
from breakeven.views.charting.data import Bar
from breakeven.views.content import Empty, Panel
from breakeven.views.models.asked import in_period
from breakeven.views.operations.watching import model_link, name_of
from breakeven.views.operations.words import number
from breakeven.views.question import Question

MOST = 10


def panel(question: Question) -> Panel:
    """The dearest models first."""
    costs = [(one.model, number(one.figures, "ai_cost")) for one in in_period(question).models]
    known = sorted(((model, cost) for model, cost in costs if cost is not None), key=lambda one: -one[1])
    bars = [Bar(label=name_of(model), value=cost, key="cost", href=model_link(question, model))
            for model, cost in known[:MOST]]  # fmt: skip
    plot = ranked(bars, unit="money", show=question.show, title="Cost of calls by model", digits=2)
    unknown = len(costs) - len(known)
    said = f"{unknown} {'model has' if unknown == 1 else 'models have'} no known cost." if unknown else ""
    body = plot if plot is not None else Empty(title="No cost is known", text="No call says or was given a price.")
    return Panel(id="money", title="Cost of calls", sub=f"The {min(MOST, len(known))} dearest models", body=body,
                 foot=said, hourly=True)  # fmt: skip
