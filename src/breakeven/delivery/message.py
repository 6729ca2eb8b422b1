"""What a report says in the few lines of a mail, a chat or a webhook: made from the document, and kept with the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from breakeven.reports import Document, content_hash, footer, form_named


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A report in a few lines, and the names of its files."""

    schedule: str
    run: str
    subject: str
    """Company: title, period."""
    summary: tuple[str, ...]
    figures: tuple[str, ...]
    """Net value: $1.2M, on track."""
    footer: str
    hash: str
    period: str
    """As it is asked for: 2026-10."""
    scope: str
    files: Mapping[str, str]
    """Form → name of its file."""
    attached: tuple[str, ...]
    """Forms that go along; the body of a mail is none of them, unless it is asked for."""

    def text(self) -> str:
        """The lines as plain text."""
        parts = ["\n".join(self.summary), "\n".join(f"• {line}" for line in self.figures), self.footer]
        return "\n\n".join(part for part in parts if part)


def message_of(
    document: Document, schedule: str, run: str, day: str, forms: Sequence[str], attached: Sequence[str]
) -> Message:  # fmt: skip
    """The message about a document; `day` stands in the names of files."""
    stem = f"{schedule}_{document.period_name}_{day}"
    return Message(
        schedule=schedule, run=run, subject=f"{document.company}: {document.title}, {document.period}",
        summary=document.summary, figures=tuple(_line(document, place) for place in range(len(document.figures))),
        footer=footer(document), hash=content_hash(document), period=document.period_name, scope=document.scope,
        files={form: f"{stem}{'-mail' if form == 'mail' else ''}.{form_named(form).suffix}" for form in forms},
        attached=tuple(attached),
    )  # fmt: skip


def _line(document: Document, place: int) -> str:
    one = document.figures[place]
    said = (one.text if one.exact is not None else f"not known ({one.reason})" if one.reason else "not known",
            one.word.lower(), one.goal, one.change)  # fmt: skip
    return f"{one.label}: {', '.join(part for part in said if part)}"
