"""Reports: one document model, composed per audience, written in any form.

    compose(ledger, "cfo", filters, now) -> Document     from the same view functions as the pages
    compose(…, known=document.made) -> Document          the same again, later: verification
    write(document, "pdf", options) -> bytes             md, html, mail, pdf, pptx, xlsx, csv, json

These two are the whole seam: cadence, delivery, archive and the web call them and nothing below. `Document`
(document.py) is frozen; `content_hash(document)` is the same for the same figures and words, whatever the form and the
moment of writing, so that a report that was issued can be composed anew as of its data version and compared. A form's
writer and its libraries are loaded when it is first asked for (writers/registry.py). `live=True` adds to a document
what a live spreadsheet needs; `form_named(form).live` says whether a form wants that.
"""

from __future__ import annotations

from breakeven.reports.composing import REPORTS, compose, report_named, report_of
from breakeven.reports.document import Document
from breakeven.reports.hashing import content_hash, footer
from breakeven.reports.progress import watched
from breakeven.reports.writers.options import Options
from breakeven.reports.writers.registry import FORMS, form_named, write

__all__ = ["FORMS", "REPORTS", "Document", "Options", "compose", "content_hash", "footer", "form_named",
           "report_named", "report_of", "watched", "write"]  # fmt: skip
