"""The routes of experiments."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath

from breakeven.ledger.effects.effects import experiment, experiments
from breakeven.ledger.effects.experiment_answers import Effect
from breakeven.views.shapes.experiment_shapes import experiment_json, experiments_json
from breakeven.web import filters
from breakeven.web.filters import Given


class Effects(msgspec.Struct, frozen=True, kw_only=True):
    """Every declared experiment."""

    items: list[Effect]
    next: None = None


@get("/experiments", sync_to_thread=True, responses={200: ResponseSpec(Effects, False, "The experiments")})
def experiment_list(services: Given, as_of: filters.AsOfText = None) -> dict[str, Any]:
    """Every declared experiment with its effect, or why there is none."""
    now = services.clock()
    with services.ledger.desk(now, filters.moment(services, as_of, now)) as desk:
        return experiments_json(experiments(desk.reading, desk.evaluator), services.workspace.currency)


@get("/experiments/{name:str}", sync_to_thread=True, responses={200: ResponseSpec(Effect, False, "The experiment")})
def one_experiment(services: Given, name: FromPath[str], as_of: filters.AsOfText = None) -> dict[str, Any]:
    """Effect, interval and checks of an experiment; or why there is no effect, and what data would allow an answer."""
    now = services.clock()
    with services.ledger.desk(now, filters.moment(services, as_of, now)) as desk:
        return experiment_json(experiment(desk.reading, desk.evaluator, name), services.workspace.currency)
