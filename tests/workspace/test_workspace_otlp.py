"""`otlp` in sources.yaml: what it says, and what is wrong with it."""

from __future__ import annotations

from breakeven.errors import WorkspaceInvalid
from breakeven.workspace.loader import default_workspace, from_texts
from breakeven.workspace.otlp_rules import OtlpRules

GOOD = """
sources: {}
otlp:
  project: [app.product, service.name]
  session: [thread]
  projects: {front: support-bot}
  labels: [region]
  usage_from: {default: first, batch-jobs: metrics}
"""
BAD = """
otlp:
  project: app.product
  colour: [x]
  usage_from: {jobs: sometimes}
"""
MAIN = "name: Test\ncurrency: USD\n"


def test_what_it_says() -> None:
    found = from_texts({"workspace.yaml": MAIN, "sources.yaml": GOOD}).otlp
    assert found == OtlpRules(
        fields={"project": ("app.product", "service.name"), "session": ("thread",)}, labels=("region",),
        projects={"front": "support-bot"}, usage_from={"default": "first", "batch-jobs": "metrics"},
    )  # fmt: skip


def test_it_may_be_missing() -> None:
    assert default_workspace().otlp == OtlpRules()
    assert from_texts({"workspace.yaml": MAIN, "sources.yaml": "otlp:\n"}).otlp == OtlpRules()


def test_every_problem_has_its_place() -> None:
    try:
        from_texts({"workspace.yaml": MAIN, "sources.yaml": BAD})
    except WorkspaceInvalid as error:
        said = sorted(str(problem) for problem in error.problems)
    else:
        said = []
    wanted = [
        "sources.yaml:3:12: project of otlp must be a list (lines that begin with -), not text",
        "sources.yaml:4:3: unknown key 'colour' in otlp",
        "sources.yaml:5:22: unknown way 'sometimes' for jobs in usage_from of otlp",
    ]
    assert len(said) == 3
    assert all(line.startswith(start) for line, start in zip(said, wanted, strict=True)), said
