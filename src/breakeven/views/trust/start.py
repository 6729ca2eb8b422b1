"""The first steps of a new workspace: send an event, import a bill, see the figure appear."""

from __future__ import annotations

import secrets
from datetime import UTC

import msgspec

from breakeven.ledger.metrics import metrics
from breakeven.period import Grain
from breakeven.views.content import Fact, Facts, Link, Page, Panel
from breakeven.views.question import Question

FIGURES = ("interactions", "investment", "total_monthly_value")
"""What appears first: a call, then money spent, then value."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do, with lines to copy."""

    id: str
    title: str
    text: str
    lines: str
    done: bool


def start(question: Question) -> Page:
    """The steps, those that are done ticked, and what has arrived."""
    kinds = {one.kind for one in question.fresh}
    steps = (
        _event(question, "interaction" in kinds),
        _program(question, "interaction" in kinds),
        _traces(question, "interaction" in kinds),
        _bill("cost" in kinds),
        _project(bool(question.workspace.projects)),
    )
    done = sum(step.done for step in steps)
    finding = "Three steps to the first figure." if not kinds else "Records are arriving."
    if {"interaction", "cost"} <= kinds:
        finding = "Cost is counted. Say what it brings, and the return appears."
    return Page(
        title="First steps",
        finding=finding,
        exception="Copy, run, and watch the figures below change. No key is needed on this machine.",
        panels=(_arrived(question),),
        extra={"steps": steps, "done": done},
    )


def _event(question: Question, done: bool) -> Step:
    fields = {
        "specversion": "1.0",
        "id": secrets.token_hex(8),
        "source": "first-steps",
        "type": "interaction",
        "time": f"{question.now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "data": {
            "project": _first_project(question),
            "model": "gpt-4o-mini",
            "provider": "openai",
            "input_tokens": 1200,
            "output_tokens": 300,
            "latency_ms": 640,
            "status": "ok",
            "outcome": "resolved",
        },
    }
    body = msgspec.json.format(msgspec.json.encode(fields), indent=2).decode()
    lines = f"curl {_home(question)}/v1/events \\\n  -H 'Content-Type: application/cloudevents+json' \\\n  -d '{body}'"
    return Step(
        id="event",
        title="Send your first event",
        lines=lines,
        done=done,
        text="One call of a model. Its cost is worked out from the tokens at the price of the day.",
    )


def _program(question: Question, done: bool) -> Step:
    lines = (
        "from breakeven import client\n\n"
        f'client.configure("{_home(question)}", project="{_first_project(question)}")\n\n'
        'with client.interaction(model="gpt-4o-mini", provider="openai") as call:  # latency and status are measured\n'
        '    call.set(input_tokens=1200, output_tokens=300, outcome="resolved")\n\n'
        "# what came of it, when it is known\n"
        '# client.outcome(call.id, "converted", revenue="49.00", csat=5)\n\n'
        "# model and tokens from the answers of OpenAI, Anthropic and others in their shapes\n"
        "# ask = client.wrap(OpenAI().chat.completions.create)"
    )
    return Step(
        id="program",
        title="Send events from your program",
        lines=lines,
        done=done,
        text="Python: pip install breakeven. It sends in the background, and keeps records while the server is away.",
    )


def _traces(question: Question, done: bool) -> Step:
    lines = (
        "pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http"
        " opentelemetry-instrumentation-openai-v2\n"
        "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n"
        f"export OTEL_EXPORTER_OTLP_TRACES_ENDPOINT={_home(question)}/v1/traces\n"
        f"export OTEL_SERVICE_NAME={_first_project(question)}\n"
        "opentelemetry-instrument python program.py"
    )
    return Step(
        id="traces",
        title="Or send the traces that you have",
        lines=lines,
        done=done,
        text="OpenTelemetry in any language: point its exporter here.",
    )


def _bill(done: bool) -> Step:
    lines = (
        "breakeven import focus bill.csv          # a FOCUS bill of a cloud\n"
        "breakeven import cost costs.csv          # any table with amounts\n"
        "breakeven import benefit benefits.csv    # hours saved, revenue, avoided cost"
    )
    return Step(
        id="bill",
        title="Import your first bill",
        lines=lines,
        done=done,
        text="Run it in the workspace's folder while the server is stopped; CSV, Parquet, XLSX and JSON are read.",
    )


def _project(done: bool) -> Step:
    lines = (
        "projects:\n  - id: support-bot\n    name: Support bot\n    category: customer_service\n"
        "    start: 2026-01-01\n    budget: 5000"
    )
    return Step(
        id="project",
        title="Declare a project",
        lines=lines,
        done=done,
        text="In projects.yaml of the workspace; then `breakeven check`, and start the server again.",
    )


def _home(question: Question) -> str:
    """Where this server answers."""
    known = dict(question.server.settings)
    return f"http://{known.get('host', '127.0.0.1')}:{known.get('port', '8321')}"


def _first_project(question: Question) -> str:
    return next(iter(question.workspace.projects), "support-bot")


def _arrived(question: Question) -> Panel:
    tables = metrics(question.desk, FIGURES, grain=Grain.ALL, span=question.window)
    facts = [
        Fact(
            label="Records",
            value=question.show.quantity(sum(one.records for one in question.fresh), "1", 0),
            sub=", ".join(sorted({one.kind for one in question.fresh})) or "none yet",
            href=question.link("/records"),
        )
    ]
    for table in tables:
        one = question.catalogue[table.metric]
        value, reason = (table.rows[0].value, table.rows[0].reason) if table.rows else (None, "nothing is recorded")
        facts.append(
            Fact(
                label=one.label,
                value=question.show.quantity(value, one.unit, one.decimals),
                sub=reason or "",
                explain=one.name,
            )
        )
    return Panel(
        id="arrived",
        title="What has arrived",
        sub="Changes while you watch",
        body=Facts(facts=tuple(facts)),
        foot_link=Link(text="Open the board", href=question.link("/board")),
    )
