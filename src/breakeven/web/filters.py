"""Query parameters: names and meaning for the API's description, and the one way from their text to what is asked.

A parameter that an address does not have, or a value that does not exist, is an error that names the valid ones.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.enums import ParamType
from litestar.handlers.base import BaseRouteHandler
from litestar.params import ParameterKwarg, QueryParameter, SkipValidation

from breakeven.errors import UnknownName, UsageProblem
from breakeven.ledger.operations.stretches import LENGTHS, stretch
from breakeven.ledger.window import Moment
from breakeven.period import FORMS, Grain, Period
from breakeven.views.asking.query import moment_of, period_of, rates_day_of, window_of
from breakeven.views.records_links import ABSENT
from breakeven.web.services import Services

Given = NamedDependency[SkipValidation[Services]]
"""What every handler works with."""

MOST = 1_000
"""Items that one page may have."""

PeriodText = Annotated[str, QueryParameter(description=f"One of: {FORMS}.")]
OptionalPeriod = Annotated[str | None, QueryParameter(name="period", description=f"Instead of from and to: {FORMS}.")]
ProjectText = Annotated[str | None, QueryParameter(description="One project instead of all.")]
ProjectTexts = Annotated[
    list[str] | None, QueryParameter(name="project", description="Only this project; may be given more than once.")
]
AsOfText = Annotated[
    str | None, QueryParameter(description="As it was known at the end of a day (2026-10-31) or at a time.")
]
RatesText = Annotated[
    str | None,
    QueryParameter(name="constant_currency", description="Every amount at the exchange rates of one day (2026-01-01)."),
]
HeadlineText = Annotated[
    str, QueryParameter(description="What counts: all, measured, or grades and realisations like A,B,cash.")
]
FromText = Annotated[str | None, QueryParameter(name="from", description="First period: 2026-01 or 2026-01-15.")]
ToText = Annotated[str | None, QueryParameter(name="to", description="Last period, included.")]
GrainText = Annotated[
    str, QueryParameter(description="Length of a row's period.", schema_extra={"enum": [str(one) for one in Grain]})
]
ByText = Annotated[
    str, QueryParameter(description="project, model, none, or another field of the records; several with a comma.")
]
LastText = Annotated[
    str | None,
    QueryParameter(
        description="Instead of from and to: a stretch that ends with the running minute, hour or day.",
        schema_extra={"enum": [*LENGTHS]},
    ),
]
ModelTexts = Annotated[
    list[str] | None,
    QueryParameter(name="model", description=f"Only this model, {ABSENT} for calls that name none; more than once."),
]
TeamTexts = Annotated[
    list[str] | None,
    QueryParameter(name="team", description=f"Only this team, {ABSENT} for records that name none; more than once."),
]
SourceText = Annotated[str | None, QueryParameter(description="Only what this source sent.")]
LimitNumber = Annotated[int, QueryParameter(ge=1, le=MOST, description="Items of a page.")]
OptionalLimit = Annotated[int | None, QueryParameter(name="limit", ge=1, le=MOST, description="Items of a page.")]
PageText = Annotated[str | None, QueryParameter(name="page", description="`next` of the page before.")]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows of a figure are asked for."""

    grain: Grain
    by: str
    projects: tuple[str, ...] | None
    window: tuple[date, date] | None
    """First day and the day after the last; None: all there is."""


def question(
    services: Services, now: datetime, *, grain: str, by: str, period: str | None, start: str | None, end: str | None,
    projects: Sequence[str] | None, as_of: datetime | None = None,
) -> Question:  # fmt: skip
    """What is asked of a figure. Raises UsageProblem, UnknownName."""
    if grain not in set(Grain):
        raise UnknownName("grain", grain, [str(one) for one in Grain])
    return Question(
        grain=Grain(grain), by=by, projects=tuple(projects) if projects else None,
        window=window(services, now, period=period, start=start, end=end, as_of=as_of),
    )  # fmt: skip


def window(
    services: Services,
    now: datetime,
    *,
    period: str | None = None,
    start: str | None,
    end: str | None,
    as_of: datetime | None = None,
) -> tuple[date, date] | None:
    """First day and the day after the last of a period, or between two; None where nothing is given."""
    if period is None:
        return window_of(services.ledger, start, end, now, as_of)
    if start is not None or end is not None:
        raise UsageProblem("give either period, or from and to")
    span = period_of(services.ledger, period, now, as_of)
    return span.start, span.end


def last_window(services: Services, text: str, now: datetime, others: Sequence[str | None]) -> tuple[Moment, Moment]:
    """The stretch of a name that ends now. Raises UnknownName, and UsageProblem beside another window."""
    if any(other is not None for other in others):
        raise UsageProblem("give either last, or period, or from and to")
    return stretch(text, now, services.workspace.calendar).span


def only(**wanted: Sequence[str] | None) -> dict[str, list[str | None]]:
    """Dimension → the values that are asked for; what is not given is not limited."""
    given = ((name, texts) for name, texts in wanted.items() if texts is not None)
    return {name: [None if text == ABSENT else text for text in texts] for name, texts in given}


def period(services: Services, text: str, now: datetime, as_of: datetime | None = None) -> Period:
    """The period that is meant. Raises UsageProblem."""
    return period_of(services.ledger, text, now, as_of)


def moment(services: Services, text: str | None, now: datetime) -> datetime | None:
    """The instant as of which is asked. Raises UsageProblem for one in the future."""
    return moment_of(services.ledger, text, now)


def rates_day(services: Services, text: str | None, now: datetime) -> date | None:
    """The day whose exchange rates all amounts take; None where nothing is given. Raises UsageProblem."""
    return rates_day_of(services.ledger, text, now)


def page_token(place: Any) -> str:
    """Where a page ends, as a text for addresses."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def page_place(token: str | None, shape: Any) -> Any:
    """Where a page begins; None: at the front. Raises UsageProblem."""
    if token is None:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)), type=shape)
    except (msgspec.DecodeError, binascii.Error, ValueError) as error:
        raise UsageProblem(f"{token!r} is no page: give the `next` of the page before, or leave it out") from error


def known_parameters(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Guard: refuse parameters that a route does not have. Raises UnknownName."""
    valid = [
        definition.name or name
        for name, parameter in handler.parsed_fn_signature.parameters.items()
        if isinstance(definition := parameter.kwarg_definition, ParameterKwarg)
        and definition.param_type is ParamType.QUERY
        and name not in handler.resolve_dependencies()
    ]
    for name in connection.query_params:
        if name not in valid:
            raise UnknownName("parameter", name, valid)
