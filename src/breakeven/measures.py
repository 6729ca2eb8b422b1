"""The measures: every number that is taken from facts, declared once.

A measure is an aggregate of facts for one period and one scope. Most are additive (`SUM`): they may be taken per month
and project and added up. The others (`LEVEL`: distinct counts, percentiles, states) are taken anew at the level that is
asked for and never added. Formulas, pages and the API know measures by these names; `ledger/measuring/measures.py` asks
the store.

`expression` is SQL over the columns of `relation`:
- `interaction`: the roll-up columns of `store/schema.py` (raw rows have a view with the same columns).
- the other kinds: the current version of the facts, amounts already converted into the workspace's currency. A cost
  whose span reaches over several periods is cut into one piece for each; `starts` is true for its first. A deployment
  has `is_first`: whether it is the first successful one of its model.

Other forms of `expression`, all of them taken at the level that is asked for:
- `quantile:Q`             quantile Q of the response time
- `distinct:COLUMN[:WHERE]`  number of different values
- `weekly:COLUMN`          the same per week from Monday, mean over the weeks that begin in the period
- `state:WHERE`            models for which the condition holds at the end of the period
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Additivity(StrEnum):
    """Whether a measure may be added up."""

    SUM = "sum"
    LEVEL = "level"


class Measure(msgspec.Struct, frozen=True):
    """One number taken from facts."""

    name: str
    unit: str
    """For example money, hour, interaction, token, 1."""
    relation: str
    """Fact kind it is taken from."""
    expression: str
    """SQL aggregate; NULL where nothing was measured."""
    label: str
    additivity: Additivity = Additivity.SUM
    time: str | None = None
    """Field that decides the period, where it is not the kind's usual time field."""
    zero_when_silent: bool = True
    """Whether a period without records is a zero once the kind has reported at all; False: unknown."""
    reported_by: str = "true"
    """SQL condition on the records of the kind that show that somebody reports this at all."""
    missing: str = ""
    """SQL aggregate that counts what the measure could not see (calls without token counts); said beside the value."""
    missing_words: str = ""
    """What is wrong with those: "interactions have no token count", said after their number."""
    direction: str = "neutral"
    """up, down or neutral: which way is good."""

    @property
    def condition(self) -> str:
        """SQL condition on the records that the measure looks at."""
        _, _, rest = self.expression.partition("FILTER (WHERE ")
        depth = 1
        for place, sign in enumerate(rest):
            depth += (sign == "(") - (sign == ")")
            if depth == 0:
                return rest[:place]
        return "true"


def _exact(column: str) -> str:
    """Sum of a float column that does not depend on the order of the rows: each value at 12 decimals."""
    return f"sum(TRY_CAST({column} AS DECIMAL(30, 12)))"


# The catalogue reads as a table.
# fmt: off


def _interactions() -> tuple[Measure, ...]:
    ok = "FILTER (WHERE status = 'ok')"
    return (
        Measure("interactions", "interaction", "interaction", "sum(n)", "Interactions", direction="up"),
        Measure("errors", "interaction", "interaction", "sum(n) FILTER (WHERE status = 'error')", "Failed interactions",
                direction="down"),
        Measure("successful_interactions", "interaction", "interaction", f"sum(n) {ok}", "Successful interactions"),
        Measure("outcomes_known", "interaction", "interaction", "sum(n) FILTER (WHERE outcome IS NOT NULL)",
                "Interactions with a known outcome"),
        *(
            Measure(f"{outcome}_interactions", "interaction", "interaction",
                    f"sum(n) FILTER (WHERE outcome = '{outcome}')", f"Interactions {outcome}")
            for outcome in ("resolved", "converted", "accepted", "rejected", "escalated", "reworked")
        ),
        Measure("successful_outcomes", "interaction", "interaction",
                "sum(n) FILTER (WHERE status = 'ok' AND outcome IN ('resolved', 'converted', 'accepted'))",
                "Interactions resolved, converted or accepted"),
        Measure("input_tokens", "token", "interaction", "sum(input_tokens)", "Input tokens", zero_when_silent=False,
                missing="sum(n - input_n)", missing_words="interactions have no token count"),
        Measure("output_tokens", "token", "interaction", "sum(output_tokens)", "Output tokens", zero_when_silent=False,
                missing="sum(n - output_n)", missing_words="interactions have no token count"),
        Measure("cached_tokens", "token", "interaction", "sum(cached_tokens)", "Cached input tokens",
                zero_when_silent=False, missing="sum(n - cached_n)",
                missing_words="interactions have no count of cached tokens"),
        Measure("interactions_without_tokens", "interaction", "interaction", "sum(n - input_n)",
                "Interactions without token counts", direction="down"),
        Measure("ai_cost", "money", "interaction", "sum(cost)", "Cost of interactions", zero_when_silent=False,
                missing="sum(n) FILTER (WHERE cost IS NULL)", missing_words="interactions have no known cost",
                direction="down"),
        Measure("reported_ai_cost", "money", "interaction", "sum(cost) FILTER (WHERE cost_origin = 'reported')",
                "Cost of interactions as reported", direction="down"),
        Measure("metered_ai_cost", "money", "interaction", "sum(cost) FILTER (WHERE cost_origin = 'metered')",
                "Cost of interactions priced from tokens", direction="down"),
        Measure("unpriced_interactions", "interaction", "interaction",
                "sum(n) FILTER (WHERE cost_origin = 'unpriced')", "Interactions with usage and no price",
                direction="down"),
        Measure("unmetered_interactions", "interaction", "interaction",
                "sum(n) FILTER (WHERE cost_origin = 'unmetered')", "Interactions without cost or usage"),
        Measure("interaction_revenue", "money", "interaction", "sum(revenue)", "Revenue of interactions",
                zero_when_silent=False, direction="up"),
        Measure("interaction_hours_saved", "hour", "interaction", f"sum(seconds_saved) {ok} / 3600",
                "Hours saved in interactions", zero_when_silent=False, direction="up"),
        Measure("interaction_minutes_saved", "minute", "interaction", f"sum(seconds_saved) {ok} / 60",
                "Minutes saved in interactions", zero_when_silent=False, direction="up"),
        Measure("timed_interactions", "interaction", "interaction", f"sum(seconds_n) {ok}",
                "Successful interactions that say what time they saved"),
        Measure("latency_ms_sum", "ms", "interaction", "sum(latency_ms)", "Sum of response times"),
        Measure("latency_count", "1", "interaction", "sum(latency_n)", "Interactions with a response time"),
        Measure("interaction_csat_sum", "1", "interaction", "sum(csat)", "Sum of satisfaction in interactions"),
        Measure("interaction_csat_count", "1", "interaction", "sum(csat_n)", "Interactions with satisfaction"),
        Measure("latency_p50_ms", "ms", "interaction", "quantile:0.5", "Response time, median", Additivity.LEVEL,
                direction="down", zero_when_silent=False),
        Measure("latency_p95_ms", "ms", "interaction", "quantile:0.95", "Response time, 95th percentile",
                Additivity.LEVEL, direction="down", zero_when_silent=False),
    )


def _costs() -> tuple[Measure, ...]:
    categories = ("compute", "licence", "people", "implementation", "data", "other")
    return (
        Measure("cost", "money", "cost", "sum(amount)", "Billed cost", direction="down"),
        Measure("effective_cost", "money", "cost", "sum(effective_amount)", "Effective (amortised) cost",
                zero_when_silent=False, missing="count(*) FILTER (WHERE starts AND effective_amount IS NULL)",
                missing_words="cost records have no effective amount", direction="down"),
        Measure("list_cost", "money", "cost", "sum(list_amount)", "Cost at list prices",
                zero_when_silent=False, missing="count(*) FILTER (WHERE starts AND list_amount IS NULL)",
                missing_words="cost records have no list amount", direction="down"),
        Measure("credits", "money", "cost", "sum(amount) FILTER (WHERE charge_class = 'credit')", "Credits"),
        Measure("corrections", "money", "cost", "sum(amount) FILTER (WHERE charge_class = 'correction')",
                "Corrections"),
        *(
            Measure(f"{category}_cost", "money", "cost", f"sum(amount) FILTER (WHERE category = '{category}')",
                    f"{category.capitalize()} cost", direction="down")
            for category in categories
        ),
        Measure("direct_cost", "money", "cost", "sum(amount) FILTER (WHERE pool IS NULL)",
                "Cost billed to the project itself", direction="down"),
        Measure("cloud_cost", "money", "cost", "sum(amount) FILTER (WHERE category IN ('compute', 'data'))",
                "Cloud cost (compute and data)", direction="down"),
        Measure("cost_records", "1", "cost", "count(*) FILTER (WHERE starts)", "Cost records"),
    )


def _benefits() -> tuple[Measure, ...]:
    known = ("model_dev", "deployment", "debugging")
    others = ", ".join(f"'{activity}'" for activity in known)
    hours = _exact("quantity") + " FILTER (WHERE kind = 'hours_saved' AND {})"
    return (
        *(
            Measure(f"hours_saved_{activity}", "hour", "benefit", hours.format(f"activity = '{activity}'"),
                    f"Hours saved in {activity.replace('_', ' ')}", reported_by="kind = 'hours_saved'", direction="up")
            for activity in known
        ),
        Measure("hours_saved_other", "hour", "benefit",
                hours.format(f"coalesce(activity, '') NOT IN ({others})"), "Hours saved elsewhere",
                reported_by="kind = 'hours_saved'", direction="up"),
        Measure("benefit_revenue", "money", "benefit", "sum(amount) FILTER (WHERE kind = 'revenue')",
                "Revenue reported as benefit", reported_by="kind = 'revenue'", direction="up"),
        Measure("cost_avoided", "money", "benefit", "sum(amount) FILTER (WHERE kind = 'cost_avoided')",
                "Cost avoided", reported_by="kind = 'cost_avoided'", direction="up"),
        Measure("other_benefit", "money", "benefit", "sum(amount) FILTER (WHERE kind = 'other')", "Other benefit",
                reported_by="kind = 'other'", direction="up"),
        Measure("audit_findings_avoided", "finding", "benefit",
                f"{_exact('coalesce(quantity, 1)')} FILTER (WHERE kind = 'finding_avoided')", "Audit findings avoided",
                reported_by="kind = 'finding_avoided'", direction="up"),
    )


def _deployments() -> tuple[Measure, ...]:
    done = "status = 'succeeded'"
    days = "sum(date_diff('second', {}, deployed_at)) FILTER (WHERE " + done + " AND {} IS NOT NULL) / 86400.0"
    return (
        Measure("deployments", "deployment", "deployment", "count(*)", "Deployments", direction="up"),
        Measure("successful_deployments", "deployment", "deployment", f"count(*) FILTER (WHERE {done})",
                "Deployments that stayed", direction="up"),
        Measure("models_deployed", "model", "deployment", f"count(*) FILTER (WHERE {done} AND is_first)",
                "Models in production for the first time", direction="up"),
        Measure("time_to_production_days_sum", "day", "deployment", days.format("dev_complete_at", "dev_complete_at"),
                "Days from development complete to production"),
        Measure("time_to_production_count", "1", "deployment",
                f"count(*) FILTER (WHERE {done} AND dev_complete_at IS NOT NULL AND deployed_at IS NOT NULL)",
                "Deployments with a time to production"),
        Measure("cycle_time_days_sum", "day", "deployment", days.format("requested_at", "requested_at"),
                "Days from request to production"),
        Measure("cycle_time_count", "1", "deployment",
                f"count(*) FILTER (WHERE {done} AND requested_at IS NOT NULL AND deployed_at IS NOT NULL)",
                "Deployments with a cycle time"),
    )


def _incidents() -> tuple[Measure, ...]:
    happened = "coalesce(caught_before_impact, false) = false"
    hours = "sum(date_diff('second', opened_at, resolved_at)) / 3600.0"
    return (
        Measure("incidents", "incident", "incident", f"count(*) FILTER (WHERE {happened})", "Incidents",
                direction="down"),
        Measure("drift_incidents", "1", "incident", "count(*) FILTER (WHERE kind = 'drift')", "Drifts found"),
        Measure("drift_caught", "1", "incident", "count(*) FILTER (WHERE kind = 'drift' AND caught_before_impact)",
                "Drifts caught before impact"),
        Measure("resolved_incidents", "1", "incident", "count(*)", "Incidents resolved", time="resolved_at"),
        Measure("resolve_hours_sum", "hour", "incident", hours, "Hours to resolve", time="resolved_at"),
        Measure("resolve_hours_median", "hour", "incident",
                "median(date_diff('second', opened_at, resolved_at)) / 3600.0", "Hours to resolve, median",
                Additivity.LEVEL, time="resolved_at", zero_when_silent=False, direction="down"),
        Measure("incident_cost", "money", "incident", "sum(cost)", "Cost of incidents", direction="down"),
    )


def _quality_and_adoption() -> tuple[Measure, ...]:
    level, stage = Additivity.LEVEL, "stage = 'production'"
    compared = "metric = 'accuracy' AND baseline IS NOT NULL"
    return (
        Measure("accuracy_sum", "1", "evaluation",
                f"{_exact('value')} FILTER (WHERE metric = 'accuracy')", "Sum of accuracy"),
        Measure("accuracy_count", "1", "evaluation", "count(*) FILTER (WHERE metric = 'accuracy')",
                "Accuracy measurements"),
        Measure("accuracy_baseline_sum", "1", "evaluation",
                f"{_exact('baseline')} FILTER (WHERE {compared})", "Sum of baselines"),
        Measure("accuracy_compared_sum", "1", "evaluation",
                f"{_exact('value')} FILTER (WHERE {compared})",
                "Sum of accuracy where a baseline is known"),
        Measure("accuracy_compared_count", "1", "evaluation", f"count(*) FILTER (WHERE {compared})",
                "Accuracy measurements with a baseline"),
        Measure("active_users", "user", "activity", "distinct:actor", "Active users", level, direction="up"),
        Measure("weekly_active_users", "user", "activity", "weekly:actor", "Active users of an average week", level,
                direction="up"),
        Measure("feature_store_users", "user", "activity", "distinct:actor:component = 'feature_store'",
                "Users of the feature store", level, direction="up"),
        Measure("nps_answers", "1", "survey", "count(*) FILTER (WHERE kind = 'nps')", "NPS answers"),
        Measure("nps_promoters", "1", "survey", "count(*) FILTER (WHERE kind = 'nps' AND score >= 9)", "Promoters"),
        Measure("nps_detractors", "1", "survey", "count(*) FILTER (WHERE kind = 'nps' AND score <= 6)", "Detractors"),
        Measure("survey_csat_sum", "1", "survey", f"{_exact('score')} FILTER (WHERE kind = 'csat')",
                "Sum of CSAT answers"),
        Measure("survey_csat_count", "1", "survey", "count(*) FILTER (WHERE kind = 'csat')", "CSAT answers"),
        Measure("models_in_production", "model", "model_state", f"state:{stage}", "Models in production", level,
                direction="up"),
        Measure("models_on_platform", "model", "model_state", f"state:{stage} AND on_platform",
                "Models in production on the platform", level, direction="up"),
    )


# fmt: on

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for group in (_interactions, _costs, _benefits, _deployments, _incidents, _quality_and_adoption)
    for measure in group()
}
"""All measures by name."""
