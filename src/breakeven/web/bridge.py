"""The route of the bridge between two statements."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from breakeven.ledger.bridge import FIGURES, Bridge, bridge
from breakeven.views.asking.ends import FORMS, end_of
from breakeven.views.shapes.bridge_shapes import bridge_json
from breakeven.web import filters
from breakeven.web.filters import Given

FromEnd = Annotated[str, QueryParameter(name="from", description=f"Where the way begins: {FORMS}.")]
ToEnd = Annotated[str, QueryParameter(name="to", description="Where it ends, written alike.")]
FigureText = Annotated[str, QueryParameter(description="What changed.", schema_extra={"enum": [*FIGURES]})]


@get("/bridge", sync_to_thread=True, responses={200: ResponseSpec(Bridge, False, "The bridge")})
def bridge_route(
    services: Given, start: FromEnd, end: ToEnd, project: filters.ProjectText = None, figure: FigureText = FIGURES[0]
) -> dict[str, Any]:
    """How one statement became another: parts in money that add up to the change, each with its largest drivers."""
    now = services.clock()
    first, last = (end_of(services.ledger, text, now) for text in (start, end))
    return bridge_json(bridge(services.ledger, first, last, now=now, project=project, figure=figure))
