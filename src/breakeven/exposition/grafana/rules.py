"""Recording and alert rules of Prometheus: one pair of alerts for each target, and those of breakeven's operation.

A target's alerts read the status that breakeven itself gives it: there is one judgement, not two.
"""

from __future__ import annotations

from typing import Any

from breakeven.exposition.monthly import NPS
from breakeven.exposition.naming import PREFIX
from breakeven.ledger.catalogue import figures
from breakeven.workspace.definitions import Workspace

Rule = dict[str, Any]
STATES = ((0, "OffTarget", "critical", "is off track"), (1, "NearTarget", "warning", "is near its target"))
JOB = "breakeven"


def rules(workspace: Workspace, url: str) -> dict[str, Any]:
    """The content of a rule file."""
    return {
        "groups": [
            {"name": "breakeven-recording", "rules": _recording(workspace)},
            {"name": "breakeven-targets", "rules": _targets(workspace, url)},
            {"name": "breakeven-operation", "rules": _operation(url)},
        ]
    }


def alert_name(figure: str, ending: str) -> str:
    """mttr_hours → BreakevenMttrHoursOffTarget."""
    return "Breakeven" + "".join(word.capitalize() for word in figure.split("_")) + ending


def _recording(workspace: Workspace) -> list[Rule]:
    days = "mlops_deployment_time_days"
    fixed = [
        ("breakeven:ingest_events:rate5m", "sum by (source, kind) (rate(breakeven_ingest_events_total[5m]))"),
        ("breakeven:interactions:rate5m", "sum(rate(breakeven_interactions_total[5m]))"),
        ("breakeven:interaction_errors:ratio_rate5m",
         "sum(rate(breakeven_interaction_errors_total[5m])) / sum(rate(breakeven_interactions_total[5m]))"),
        ("breakeven:query_duration_seconds:p95_rate5m",
         "histogram_quantile(0.95, sum by (le) (rate(breakeven_query_duration_seconds_bucket[5m])))"),
        ("breakeven:deployment_time_days:mean", f"{days}_sum / {days}_count"),
    ]  # fmt: skip
    made: list[Rule] = [{"record": name, "expr": text} for name, text in fixed]
    for target in workspace.targets:
        # People are asked by the quarter: the month alone often has no answer.
        reached = "mlops_platform_nps" if target.metric == NPS else PREFIX + target.metric
        expression = f'{reached} / on () breakeven_target{{figure="{target.metric}"}}'
        made.append({"record": "breakeven:figure_to_target:ratio", "expr": expression,
                     "labels": {"figure": target.metric}})  # fmt: skip
    return made


def _targets(workspace: Workspace, url: str) -> list[Rule]:
    known, made = figures(workspace), []
    for target in workspace.targets:
        label = target.label or known[target.metric].label
        name = known[target.metric].label if not target.label else f"{known[target.metric].label} ({label})"
        for status, ending, severity, words in STATES:
            made.append({
                "alert": alert_name(target.metric, ending),
                "expr": f'{PREFIX}{target.metric} and on () (breakeven_target_status{{figure="{target.metric}"}}'
                        f" == {status})",
                "for": "15m",
                "labels": {"severity": severity, "figure": target.metric},
                "annotations": {
                    "summary": f"{name} {words}: {{{{ $value | humanize }}}} in the last complete month",
                    "dashboard": f"{url}/cfo?period=last-month&explain={target.metric}",
                },
            })  # fmt: skip
    return made


def _operation(url: str) -> list[Rule]:
    day = 86_400
    table = (
        ("BreakevenDown", f'up{{job="{JOB}"}} == 0', "5m", "critical", "breakeven does not answer"),
        ("BreakevenWriterStopped", "breakeven_ingest_writer_up == 0", "1m", "critical", "nothing is written"),
        ("BreakevenStoreRefuses", "breakeven_ingest_store_up == 0", "5m", "critical",
         "the store takes nothing; records wait in the journal"),
        ("BreakevenStoreBehind", "breakeven_ingest_lag_seconds > 60", "5m", "warning",
         "acknowledged records are not visible after {{ $value | humanizeDuration }}"),
        ("BreakevenUpkeepFails", "breakeven_store_upkeep_up == 0", "15m", "warning",
         "the store cannot be tidied: it grows, and questions take longer"),
        ("BreakevenRejecting", "sum by (reason) (increase(breakeven_ingest_rejected_total[1h])) > 0", "0m", "warning",
         "records are refused: {{ $labels.reason }}"),
        ("BreakevenMonthNotClosed", f"time() - breakeven_closed_until_timestamp_seconds > {45 * day}", "1h", "warning",
         "a month that ended two weeks ago or earlier is not closed"),
    )  # fmt: skip
    return [
        {"alert": name, "expr": expression, "for": wait, "labels": {"severity": severity},
         "annotations": {"summary": f"breakeven: {words}", "dashboard": f"{url}/quality"}}
        for name, expression, wait, severity, words in table
    ]  # fmt: skip
