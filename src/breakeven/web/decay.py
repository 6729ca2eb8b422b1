"""The route of decay."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import get
from litestar.openapi.datastructures import ResponseSpec

from breakeven.ledger.effects.decay_risk import Risk, risks
from breakeven.views.shapes.experiment_shapes import decay_json
from breakeven.web import filters
from breakeven.web.filters import Given


class Risks(msgspec.Struct, frozen=True, kw_only=True):
    """Every figure that values rest on."""

    items: list[Risk]
    next: None = None


@get("/decay", sync_to_thread=True, responses={200: ResponseSpec(Risks, False, "The figures")})
def decay(services: Given, as_of: filters.AsOfText = None) -> dict[str, Any]:
    """Figures that values rest on: where they stand, what is lost in the open month, and the money at risk per day."""
    now = services.clock()
    with services.ledger.desk(now, filters.moment(services, as_of, now)) as desk:
        return decay_json(risks(desk))
