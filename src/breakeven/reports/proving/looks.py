"""In which looks a file may have been written: both papers, with the workspace's templates, a given one, or none."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from breakeven.errors import UsageProblem
from breakeven.reports.templates import options_of
from breakeven.reports.writers.options import Options, Paper
from breakeven.workspace.definitions import Workspace
from breakeven.workspace.reports import Templates

FORMS = {".typ": "pdf", ".pptx": "pptx"}
"""Ending of a template → form."""


def looks_of(workspace: Workspace, content: bytes, template: Path | None = None) -> tuple[Options, ...]:
    """The looks to try, the likeliest first. Raises UsageProblem for a template that is none."""
    declared = workspace.reporting
    sets = [declared.templates, *(one.templates for one in declared.schedules.values()), Templates()]
    folder = Path(workspace.path)
    if template is not None:
        form = FORMS.get(template.suffix)
        if form is None:
            raise UsageProblem(f"{template.name} is no template: {', '.join(FORMS)}")
        folder, sets = Path(), [Templates(**{form: str(template)})]
    papers: tuple[Paper, ...] = get_args(Paper) if content.startswith(b"%PDF") else ("a4",)
    return tuple(options_of(folder, paper, one) for one in dict.fromkeys(sets) for paper in papers)
