"""The demo company's interactions, a table per project: drawn with numpy, whole columns at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from breakeven.demo.company import MONTHS, Model, Traffic, Undertaking
from breakeven.demo.timeline import Floats, Instants, Integers, Timeline, times, trouble

Flags = npt.NDArray[np.bool_]

SOURCE = "gateway"
"""Source of the interactions."""

PRICE_PER_TOKEN = {"claude-opus-4-1": (15e-6, 75e-6), "gemini-2.5-pro": (1.25e-6, 10e-6)}
"""What the underwriting copilot's gateway charges per input and output token; it reports cost itself."""


def interactions(timeline: Timeline, project: Undertaking) -> pa.Table:
    """All interactions of a project up to now, oldest first; columns are fields of the fact, unknown ones left out."""
    traffic = project.traffic
    if traffic is None:
        raise ValueError(f"{project.id} has no traffic")
    when = times(timeline, project.id, traffic.per_month, project.growth, traffic.hours)
    position = timeline.position(when)
    generator = timeline.generator(f"{project.id}/interactions")
    size = len(when)
    count = np.maximum(1, generator.poisson(traffic.count, size)) if traffic.count > 1 else np.ones(size, np.int64)
    failed = generator.random(size) < traffic.error_rate * (1 + 3 * trouble(position))
    chosen = _choose(generator, traffic.models, position)
    columns: dict[str, pa.Array] = {
        "id": _names(project.id, np.arange(size)),
        "source": _constant(SOURCE, size),
        "time": _instants(when),
        "count": pa.array(count),
        "project": _constant(project.id, size),
        "model": _pick([model.name for model in traffic.models], chosen),
        "provider": _pick([model.provider for model in traffic.models], chosen),
        "operation": _constant(traffic.operation, size),
        "status": pa.array(np.where(failed, "error", "ok")),
        "latency_ms": pa.array(np.round(traffic.latency_ms * generator.lognormal(-0.08, 0.4, size), 1)),
    }
    if traffic.teams:
        columns["team"] = _pick(list(traffic.teams), generator.integers(len(traffic.teams), size=size))
    if traffic.actors:
        columns["actor"] = _names("user", np.sqrt(generator.random(size)) * traffic.actors)
    if traffic.tokens is not None:
        columns |= _tokens(generator, traffic, count, chosen)
    treated = np.zeros(size, np.bool_)
    if traffic.trial is not None:
        within = (position >= traffic.trial.since) & (position < traffic.trial.until)
        treated = within & (timeline.generator(f"{project.id}/trial").random(size) < 0.5)
        arms = np.where(treated, traffic.trial.treatment, traffic.trial.control)
        columns["variant"] = pa.array(arms, mask=~within)
    if traffic.success is not None:
        columns |= _outcomes(generator, traffic, position, count, failed, treated)
    table = pa.table(columns)
    return table.slice(0, int(timeline.before_now(when).sum()))


def _choose(generator: np.random.Generator, models: tuple[Model, ...], position: Floats) -> Integers:
    """Index of the model that served each record: by share among those in service at that time."""
    shares = np.array(
        [np.where((position >= model.since) & (position < model.until), model.share, 0.0) for model in models]
    )
    shares[0] += np.where(shares.sum(axis=0) == 0, 1.0, 0.0)
    borders = np.cumsum(shares / shares.sum(axis=0), axis=0)
    return np.asarray((generator.random(len(position)) >= borders).sum(axis=0).clip(0, len(models) - 1), np.int64)


def _tokens(generator: np.random.Generator, traffic: Traffic, count: Integers, chosen: Integers) -> dict[str, pa.Array]:
    mean_in, mean_out = traffic.tokens or (0, 0)
    size = len(count)
    spread = 0.55 / np.sqrt(count)
    read = np.rint(count * mean_in * generator.lognormal(-0.1, spread, size)).astype(np.int64)
    written = np.rint(count * mean_out * generator.lognormal(-0.1, spread, size)).astype(np.int64)
    cached = np.rint(read * np.clip(generator.normal(traffic.cached, 0.12, size), 0, 0.9)).astype(np.int64)
    if not traffic.reports_cost:
        return {
            "input_tokens": pa.array(read),
            "output_tokens": pa.array(written),
            "cached_tokens": pa.array(cached),
        }
    prices = np.array([PRICE_PER_TOKEN[model.name] for model in traffic.models])[chosen]
    cost = (read - 0.9 * cached) * prices[:, 0] + written * prices[:, 1]
    return {
        "input_tokens": pa.array(read),
        "output_tokens": pa.array(written),
        "cached_tokens": pa.array(cached),
        "cost": _decimals(cost, 6),
        "cost_currency": _constant("USD", size),
    }


def _outcomes(
    generator: np.random.Generator, traffic: Traffic, position: Floats, count: Integers, failed: Flags, treated: Flags
) -> dict[str, pa.Array]:
    """Outcome, seconds saved, revenue and satisfaction; a failed run has none of them."""
    name, rate = traffic.success or ("", 0.0)
    size = len(count)
    quality = rate * (0.82 + 0.18 * np.minimum(position / (0.7 * MONTHS), 1)) * (1 - traffic.dip * trouble(position))
    if traffic.trial is not None:
        quality = quality + traffic.trial.uplift * treated
    good = generator.random(size) < quality
    unknown = failed | (generator.random(size) < 0.04)
    outcome = np.where(good, name, traffic.failure or "")
    columns = {"outcome": pa.array(outcome, mask=unknown | (outcome == ""))}
    if traffic.seconds_saved:
        saved = count * traffic.seconds_saved * generator.lognormal(-0.06, 0.35 / np.sqrt(count), size)
        lost = count * traffic.seconds_lost * generator.lognormal(-0.06, 0.35 / np.sqrt(count), size)
        columns["seconds_saved"] = pa.array(np.round(np.where(good, saved, -lost), 1), mask=unknown)
    if traffic.revenue:
        amount = count * traffic.revenue * generator.lognormal(-0.05, 0.3, size)
        columns["revenue"] = _decimals(amount, 2, mask=unknown | ~good)
    if traffic.csat is not None:
        answer = np.rint(traffic.csat - 0.9 * ~good * (traffic.dip > 0.2) + generator.normal(0, 0.8, size))
        columns["csat"] = pa.array(np.clip(answer, 1, 5), mask=failed | (generator.random(size) > 0.09))
    return columns


def _names(prefix: str, numbers: npt.NDArray[np.generic]) -> pa.Array:
    digits = pc.utf8_lpad(pc.cast(pa.array(numbers.astype(np.int64)), pa.string()), 6, "0")
    return pc.binary_join_element_wise(prefix, digits, "-")


def _pick(names: list[str], index: npt.NDArray[np.int64]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(index, pa.int32()), pa.array(names)).cast(pa.string())


def _constant(text: str, size: int) -> pa.Array:
    return pa.repeat(pa.scalar(text), size)


def _instants(when: Instants) -> pa.Array:
    return pa.array(when, pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))


def _decimals(amounts: Floats, places: int, mask: Flags | None = None) -> pa.Array:
    """Amounts with so many decimals; made from whole units, so that no binary fraction remains."""
    whole = pa.array(np.rint(amounts * 10**places).astype(np.int64), mask=mask)
    unit = pa.scalar(10**-places).cast(pa.decimal128(13, places), safe=False)
    return pc.multiply_checked(whole.cast(pa.decimal128(20, 0)), unit)
