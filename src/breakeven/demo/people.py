"""How the demo company's people take to it: use of the platform, and answers to surveys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from breakeven.demo.benefits import SQUADS
from breakeven.demo.company import COMPONENTS, MONTHS, PLATFORM, PRACTITIONERS
from breakeven.demo.timeline import Timeline, trouble, use_at

Record = dict[str, Any]

FEATURE_STORE_SHARE = 0.74
"""Share of practitioners who build on the feature store in the end."""


def activities(timeline: Timeline) -> pa.Table:
    """Use of the platform by practitioner, day and component; more of them as it grows, fewer at weekends."""
    generator = timeline.generator("activity")
    start = timeline.instant(0)
    days = (timeline.instant(MONTHS) - start).days
    keen = np.sort(generator.random(PRACTITIONERS))
    part: dict[str, list[Any]] = {name: [] for name in ("time", "actor", "team", "component", "quantity")}
    for day in range(days):
        moment = start + timedelta(days=day, hours=14)
        joined = keen < 0.1 + 0.86 * use_at(PLATFORM.growth, day / days * MONTHS)
        present = generator.random((PRACTITIONERS, len(COMPONENTS)))
        uses = generator.integers(1, 9, (PRACTITIONERS, len(COMPONENTS)))
        odds = 0.05 if (start + timedelta(days=day)).weekday() >= 5 else 0.34
        open_to = np.ones((PRACTITIONERS, len(COMPONENTS)), np.bool_)
        open_to[:, 0] = np.arange(PRACTITIONERS) < FEATURE_STORE_SHARE * PRACTITIONERS
        for person, component in np.argwhere((present < odds) & joined[:, None] & open_to):
            part["time"].append(moment + timedelta(minutes=int(person) * 3))
            part["actor"].append(f"practitioner-{person:02d}")
            part["team"].append(SQUADS[person % len(SQUADS)])
            part["component"].append(COMPONENTS[component])
            part["quantity"].append(float(uses[person, component]))
    size = len(part["time"])
    table = pa.table(
        {
            "id": [f"use-{number:06d}" for number in range(size)],
            "source": ["platform-log"] * size,
            "project": [PLATFORM.id] * size,
            **part,
        }
    )
    return table.filter(pa.array([timeline.past(moment) for moment in part["time"]]))


def surveys(timeline: Timeline) -> list[Record]:
    """Practitioners' recommendation each quarter, and callers' satisfaction each week."""
    return timeline.until_now(sorted([*_nps(timeline), *_csat(timeline)], key=lambda record: record["time"]))


def _nps(timeline: Timeline) -> Iterator[Record]:
    generator = timeline.generator("nps")
    for number, month in enumerate(range(2, MONTHS, 3)):
        scores = np.clip(np.rint(generator.normal(7.2 + 0.36 * number, 1.6, 34)), 0, 10)
        for person, score in enumerate(scores):
            yield {
                "id": f"nps-{number}-{person:02d}",
                "source": "survey-tool",
                "time": timeline.instant(month + 0.6, 15) + timedelta(minutes=17 * person),
                "project": PLATFORM.id,
                "kind": "nps",
                "score": int(score),
                "respondent": f"practitioner-{person:02d}",
                "team": SQUADS[person % len(SQUADS)],
            }


def _csat(timeline: Timeline) -> Iterator[Record]:
    generator = timeline.generator("csat")
    position = timeline.position(timeline.hours())
    bad = trouble(position)
    for week in range(8, len(position) // (24 * 7)):
        mean = 3.9 + 0.5 * float(position[week * 24 * 7]) / MONTHS - 0.9 * float(bad[week * 24 * 7])
        for number, score in enumerate(np.clip(np.rint(generator.normal(mean, 0.8, 6)), 1, 5)):
            yield {
                "id": f"csat-{week:03d}-{number}",
                "source": "survey-tool",
                "time": timeline.instant(0) + timedelta(days=7 * week + number, hours=20),
                "project": "support-assistant",
                "kind": "csat",
                "score": int(score),
                "respondent": None,
                "team": None,
            }
