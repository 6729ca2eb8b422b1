"""The tables of the state. Amounts are decimal text, times ISO 8601 in UTC, structured content JSON text."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, String, Table, Text, UniqueConstraint

STATE_SCHEMA = 1
"""Number of this layout."""

TABLES = MetaData()

about = Table(
    "about",
    TABLES,
    Column("layout", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)
"""One row: the layout, and a number that grows with every transaction that wrote."""

audit = Table(
    "audit",
    TABLES,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", String(40), nullable=False),
    Column("who", String(200), nullable=False),
    Column("action", String(60), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("note", Text, nullable=False),
    Column("details", Text, nullable=False),
)
"""Who did what, when and why. Rows are only added."""

closing = Table(
    "closing",
    TABLES,
    Column("period", String(7), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("closed_at", String(40), nullable=False),
    Column("who", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("forced", Boolean, nullable=False),
    Column("methodology", String(40), nullable=False),
    Column("data_version", Integer, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("content", Text, nullable=False),
)
"""A closed month: version 1 by `close`, later ones by `restate`. `content` is the canonical text that is hashed."""

methodology = Table(
    "methodology",
    TABLES,
    Column("version", String(40), primary_key=True),
    Column("first_used", String(40), nullable=False),
    Column("content", Text, nullable=False),
)
"""The files of a workspace as they were under a methodology version, as JSON: file → text."""

validation = Table(
    "validation",
    TABLES,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("entry", String(300), nullable=False, index=True),
    Column("state", String(20), nullable=False),
    Column("amount", String(60), nullable=False),
    Column("who", String(200), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", String(40), nullable=False),
)
"""What finance said about an entry; the last row of an entry holds."""

scenario = Table(
    "scenario",
    TABLES,
    Column("name", String(100), primary_key=True),
    Column("description", Text, nullable=False),
    Column("changes", Text, nullable=False),
    Column("who", String(200), nullable=False),
    Column("at", String(40), nullable=False),
)
"""A saved what-if: `changes` is a JSON list."""

approval = Table(
    "approval",
    TABLES,
    Column("project", String(100), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("who", String(200), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", String(40), nullable=False),
    Column("plan", Text, nullable=False),
)
"""A business case as it was approved, as JSON; it does not change when the workspace does."""

pull = Table(
    "pull",
    TABLES,
    Column("name", String(200), primary_key=True),
    Column("declared", String(40), nullable=False),
    Column("cursor", Text),
    Column("status", String(20), nullable=False),
    Column("started", String(40)),
    Column("ended", String(40)),
    Column("succeeded", String(40)),
    Column("fed", String(40)),
    Column("newest", String(40)),
    Column("not_before", String(40)),
    Column("failures", Integer, nullable=False),
    Column("error", Text),
    Column("accepted", BigInteger, nullable=False),
    Column("duplicates", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("holder", String(200)),
    Column("held_until", String(40)),
)
"""One row for each source that is pulled: how far it was read, how its last run went, and who is running it now."""

pull_file = Table(
    "pull_file",
    TABLES,
    Column("name", String(200), primary_key=True),
    Column("path", String(1000), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("modified", String(40), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("declared", String(40), nullable=False),
    Column("taken_at", String(40), nullable=False),
    Column("error", Text),
)
"""Files of a pulled folder as they were when they were last read; `error` where they could not be."""

pull_run = Table(
    "pull_run",
    TABLES,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", String(200), nullable=False, index=True),
    Column("started", String(40), nullable=False),
    Column("ended", String(40), nullable=False),
    Column("status", String(20), nullable=False),
    Column("accepted", BigInteger, nullable=False),
    Column("duplicates", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    Column("error", Text),
)
"""The latest runs of each source."""

report_schedule = Table(
    "report_schedule",
    TABLES,
    Column("name", String(100), primary_key=True),
    Column("declared", String(40), nullable=False),
    Column("since", String(40), nullable=False),
)
"""When a schedule of reports.yaml was first seen with its cadence: times before it are not made up for."""

report_run = Table(
    "report_run",
    TABLES,
    Column("run", String(200), primary_key=True),
    Column("name", String(100), nullable=False, index=True),
    Column("due", String(40), nullable=False),
    Column("by_hand", Boolean, nullable=False),
    Column("status", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", String(40)),
    Column("holder", String(200)),
    Column("held_until", String(40)),
    Column("made_at", String(40)),
    Column("message", Text),
    Column("issues", Text),
    Column("error", Text),
)
"""A report at one time of its schedule, or by hand. `message` and `issues` are JSON: what is said, what was kept."""

report_delivery = Table(
    "report_delivery",
    TABLES,
    Column("run", String(200), primary_key=True),
    Column("recipient", String(300), primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("status", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", String(40)),
    Column("holder", String(200)),
    Column("held_until", String(40)),
    Column("changed_at", String(40), nullable=False),
    Column("error", Text),
)
"""A run on its way to one recipient."""

report_issue = Table(
    "report_issue",
    TABLES,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("report", String(100), nullable=False, index=True),
    Column("title", String(300), nullable=False),
    Column("period", String(100), nullable=False),
    Column("form", String(20), nullable=False),
    Column("name", String(300), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False, index=True),
    Column("hash", String(64), nullable=False),
    Column("data_version", BigInteger, nullable=False),
    Column("methodology", String(40), nullable=False),
    Column("origin", Text, nullable=False),
    Column("filters", Text, nullable=False),
    Column("recipients", Text, nullable=False),
    Column("scope", String(100), nullable=False),
    Column("schedule", String(200)),
    Column("run", String(300)),
    Column("issued_at", String(40), nullable=False),
    UniqueConstraint("run", "form", "scope"),
)
"""A report that was issued; its content is a file named by `sha256`. `origin` is what it was asked, as JSON."""
