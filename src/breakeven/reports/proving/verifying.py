"""Whether a report can be made again: composed anew of what was known then, and held against the file.

Two questions are answered apart. Does the ledger still give what the report says (the hash that the file names is that
of the document composed anew)? And does the file say what breakeven wrote (its bytes, else its lines, are those of the
document written anew in its form)? Only both make it equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from typing import Literal

import msgspec

from breakeven.errors import WorkspaceInvalid
from breakeven.ledger.ledger import Ledger
from breakeven.reports.archive import Archive, Issue
from breakeven.reports.composing import compose
from breakeven.reports.document import Document
from breakeven.reports.hashing import content_hash
from breakeven.reports.provenance import Provenance
from breakeven.reports.proving.reading import ReportFile, lines_of, read_report, words_of
from breakeven.reports.writers.options import Options
from breakeven.reports.writers.registry import form_named, write
from breakeven.store.state_methodology import archived
from breakeven.workspace.loader import from_texts
from breakeven.workspace.version import files_digest

MANY = 4_000
"""Lines from which those that come often are not looked for one by one."""
State = Literal["exact", "same words", "changed"]
WORDS = {
    "exact": "the file is byte for byte what breakeven writes",
    "same words": "the file was saved by another program or in other looks, and says the same line by line",
    "changed": "the file does not say what breakeven writes",
}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Lines that are not the same."""

    file: tuple[str, ...]
    """In the file; empty: it lacks them."""
    anew: tuple[str, ...]
    """In the report as it is made anew; empty: the file has them beside what is said."""


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What the comparison gave."""

    equal: bool
    form: str
    provenance: Provenance
    hash_anew: str
    file: State
    differences: tuple[Difference, ...]
    remarks: tuple[str, ...]
    """What the reader must know: an older methodology, a version of the data that is not reached."""
    issue: Issue | None
    """Where the archive has exactly this file."""


def verify(
    ledger: Ledger, archive: Archive, content: bytes, now: datetime, looks: Sequence[Options] = (Options(),)
) -> Verified:  # fmt: skip
    """Hold a file against the ledger. `looks`: papers and templates in which it may have been written.

    Raises FileUnreadable for what is no report; UnknownName, FilterProblem, UsageProblem where it cannot be made again.
    """
    found, issue = read_report(content), archive.find(content)
    origin, remarks = found.provenance, list[str]()
    then = _under(ledger, origin, remarks)
    document = compose(then, origin.report, origin.filters, now, live=form_named(found.form).live, known=origin.known,
                       locale=origin.locale, rights=origin.scope)  # fmt: skip
    anew = content_hash(document)
    if document.versions.data != origin.data_version:
        remarks.append(f"the store now gives data version {document.versions.data} for that moment, the report says "
                       f"{origin.data_version}: records were taken away, or it is another store")  # fmt: skip
    state, differences = held(found, content, document, looks)
    return Verified(
        equal=anew == origin.hash and state != "changed", form=found.form, provenance=origin, hash_anew=anew,
        file=state, differences=differences, remarks=tuple(remarks), issue=issue,
    )  # fmt: skip


def held(
    found: ReportFile, content: bytes, document: Document, looks: Sequence[Options]
) -> tuple[State, tuple[Difference, ...]]:  # fmt: skip
    """A file against what is written anew, in the looks that come nearest to it."""
    best: tuple[Difference, ...] | None = None
    same = False
    for options in looks:
        anew = write(document, found.form, options)
        if anew == content:
            return "exact", ()
        differences = tuple(_differences(found.lines, lines_of(anew)))
        if not differences or (found.form == "pdf" and words_of(content) == words_of(anew)):
            # Other fonts break the lines of a PDF at other words.
            same = True
        if best is None or len(differences) < len(best):
            best = differences
    return ("same words", ()) if same else ("changed", best or ())


def _differences(file: Sequence[str], anew: Sequence[str]) -> Iterator[Difference]:
    """Where they differ; what they begin and end with alike is set aside, for files have many equal lines."""
    start, most = 0, min(len(file), len(anew))
    while start < most and file[start] == anew[start]:
        start += 1
    end = 0
    while end < most - start and file[-1 - end] == anew[-1 - end]:
        end += 1
    one, other = file[start : len(file) - end], anew[start : len(anew) - end]
    for kind, a, b, c, d in SequenceMatcher(None, one, other, autojunk=max(len(one), len(other)) > MANY).get_opcodes():
        if kind != "equal":
            yield Difference(file=tuple(one[a:b]), anew=tuple(other[c:d]))


def _under(ledger: Ledger, origin: Provenance, remarks: list[str]) -> Ledger:
    """The ledger under what was declared when the report was made, where that was kept."""
    present = ledger.workspace
    if origin.declared and origin.declared == files_digest(present.files):
        return ledger
    texts = archived(ledger.state, origin.declared) or archived(ledger.state, origin.methodology)
    if texts is not None:
        try:
            return ledger.under(from_texts(texts))
        except WorkspaceInvalid as error:
            remarks.append(f"what was declared then cannot be read any more: {error}")
    if origin.methodology != present.methodology.version:
        remarks.append(f"methodology {origin.methodology} was not kept: the report is made anew by "
                       f"{present.methodology.version}, which may give other figures")  # fmt: skip
    else:
        remarks.append("the workspace's files have changed since, and those of then were not kept; the methodology is "
                       "the same")  # fmt: skip
    return ledger
