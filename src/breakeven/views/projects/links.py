"""Addresses of project pages."""

from __future__ import annotations

from collections.abc import Mapping

from breakeven.views.question import Question
from breakeven.views.records_links import segment

ALL, ALLOCATION = "/projects", "/projects/allocation"


def project_path(project: str) -> str:
    """Path of a project's page, whatever its id is made of."""
    return f"{ALL}/{segment(project)}"


def project_link(question: Question, project: str, also: Mapping[str, str] | None = None) -> str:
    """Address of a project's page under the same period and rules."""
    return question.link(project_path(project), also, project=(), category="")
