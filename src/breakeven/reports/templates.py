"""Templates of a workspace: the file, and what lies beside it that it may read, such as a logo."""

from __future__ import annotations

from pathlib import Path

from breakeven.errors import UsageProblem
from breakeven.reports.writers.options import Options
from breakeven.workspace.reports import Paper, Templates

BESIDE = frozenset({".typ", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".toml", ".yaml", ".json", ".csv"})
"""Endings of files that a Typst template may read from its own folder and those in it."""
MOST = 20_000_000
"""Bytes of a template with all that lies beside it."""


def options_of(folder: Path, paper: Paper, *templates: Templates) -> Options:
    """How reports of a workspace are written; of several templates for a form the first counts.

    Raises UsageProblem for a file that cannot be read.
    """
    pdf = next((one.pdf for one in templates if one.pdf), "")
    pptx = next((one.pptx for one in templates if one.pptx), "")
    return Options(
        paper=paper, typst=_read(folder / pdf) if pdf else b"", beside=beside(folder / pdf) if pdf else {},
        pptx=_read(folder / pptx) if pptx else b"",
    )  # fmt: skip


def beside(template: Path) -> dict[str, bytes]:
    """Path from the template's folder → content, of what a Typst template may read. Raises UsageProblem."""
    found: dict[str, bytes] = {}
    size = 0
    for path in sorted(template.parent.rglob("*")):
        if path == template or path.suffix.lower() not in BESIDE or not path.is_file() or path.name.startswith("."):
            continue
        size += path.stat().st_size
        if size > MOST:
            raise UsageProblem(f"{template.parent.name} holds more than {MOST // 1_000_000} MB: give the template a "
                               "folder of its own")  # fmt: skip
        found[path.relative_to(template.parent).as_posix()] = _read(path)
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageProblem(f"{path.name} cannot be read: {error.strerror}") from error
