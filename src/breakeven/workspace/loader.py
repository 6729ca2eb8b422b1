"""A folder of YAML → `Workspace`, whole: all problems at once, each with its place. Pure but for reading the files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files as package_files
from pathlib import Path

from breakeven.errors import Problem, WorkspaceInvalid
from breakeven.measures import MEASURES
from breakeven.workspace.access import read_access
from breakeven.workspace.allocation import read_pools
from breakeven.workspace.assumptions import Reader
from breakeven.workspace.audiences import read_views
from breakeven.workspace.benefits import check_benefit_pools, read_benefit_pools, read_teams, shared_benefits_of
from breakeven.workspace.builtins import BUILTINS
from breakeven.workspace.cases import case_names, read_cases
from breakeven.workspace.checks import check_overlaps
from breakeven.workspace.company import Company, read_company
from breakeven.workspace.definitions import Methodology, Workspace
from breakeven.workspace.document import MAX_BYTES, Node, empty, read_document
from breakeven.workspace.effects import read_effects
from breakeven.workspace.hook_reading import read_hooks
from breakeven.workspace.meters import read_meters
from breakeven.workspace.methodology import Figures, read_figures, resolve_figures
from breakeven.workspace.otlp import read_otlp
from breakeven.workspace.projects import read_projects
from breakeven.workspace.report_reading import read_reports
from breakeven.workspace.reports import Reporting
from breakeven.workspace.sources import read_prices, read_sources
from breakeven.workspace.targets import Wanted, read_targets
from breakeven.workspace.version import methodology_version

MAIN = "workspace.yaml"
LEANS_ON: dict[str, tuple[str, ...]] = {
    MAIN: (),
    "projects.yaml": (),
    "assumptions.yaml": (MAIN, "projects.yaml"),
    "methodology.yaml": (MAIN, "assumptions.yaml"),
    "experiments.yaml": ("projects.yaml", "methodology.yaml"),
    "targets.yaml": ("methodology.yaml",),
    "allocation.yaml": ("projects.yaml",),
    "sources.yaml": (MAIN,),
    "prices.yaml": (MAIN,),
    "views.yaml": ("methodology.yaml",),
    "reports.yaml": (MAIN, "projects.yaml", "methodology.yaml", "access.yaml"),
    "access.yaml": ("projects.yaml", "assumptions.yaml", "methodology.yaml"),
    "tests.yaml": ("methodology.yaml",),
}
"""The files of a workspace, and those whose names each uses: a file is not judged while one it leans on is unreadable.
All but the first may be missing: then the shipped content holds."""


def load(path: Path) -> Workspace:
    """The workspace in a folder. Raises WorkspaceInvalid with every problem that is not a warning."""
    workspace, problems = _read(path)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors or workspace is None:
        raise WorkspaceInvalid(errors)
    return workspace


def check(path: Path) -> list[Problem]:
    """Every problem of the workspace in a folder, warnings included, in the order of files and lines."""
    return _read(path)[1]


@cache
def default_workspace() -> Workspace:
    """The shipped content as a workspace in memory: no projects, USD, UTC. Read once: it cannot change."""
    problems: list[Problem] = []
    workspace = _assemble({}, None, problems)
    if workspace is None:
        raise WorkspaceInvalid(problems)
    return workspace


def from_texts(texts: Mapping[str, str]) -> Workspace:
    """The workspace of some files' texts, as `Workspace.files` has them. Raises WorkspaceInvalid."""
    problems: list[Problem] = []
    workspace = _assemble(texts, None, problems)
    if workspace is None:
        raise WorkspaceInvalid([problem for problem in problems if problem.severity == "error"])
    return workspace


@cache
def shipped(file: str) -> str:
    """The text of a shipped file."""
    return (package_files("breakeven.workspace") / "defaults" / file).read_text(encoding="utf-8")


def _read(path: Path) -> tuple[Workspace | None, list[Problem]]:
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    if not (path / MAIN).is_file():
        return None, [Problem(message=f"no workspace in {path}: run breakeven init {path}")]
    for file in LEANS_ON:
        if (path / file).exists():
            texts[file] = _text(path / file, problems)
    workspace = _assemble(texts, path, problems)
    order = {file: place for place, file in enumerate(LEANS_ON)}
    problems.sort(key=lambda p: (order.get(p.file or "", len(order)), p.file or "", p.line or 0, p.column or 0))
    return workspace, problems


def _text(path: Path, problems: list[Problem]) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(Problem(message=f"not UTF-8 text: {error.reason} at byte {error.start}", file=path.name))
    except OSError as error:
        problems.append(Problem(message=f"cannot be read: {error.strerror}", file=path.name))
    return _UNREADABLE


_UNREADABLE = "\0"


class _Documents:
    """The files' content as nodes."""

    def __init__(self, texts: Mapping[str, str], problems: list[Problem]) -> None:
        self.own = frozenset(texts)
        self._nodes: dict[str, Node | None] = {}
        for file in LEANS_ON:
            text = texts.get(file)
            if text is None:
                self._nodes[file] = read_document(shipped(file), f"{file} (shipped)", problems)
            elif text is _UNREADABLE:
                self._nodes[file] = None
            else:
                self._nodes[file] = read_document(text, file, problems)

    def ready(self, file: str) -> bool:
        """Whether a file and all it leans on could be read."""
        return self._nodes[file] is not None and all(self.ready(other) for other in LEANS_ON[file])

    def node(self, file: str) -> Node:
        """The content; empty while it cannot be judged."""
        node = self._nodes[file]
        return node if node is not None and self.ready(file) else empty(file)


def _assemble(texts: Mapping[str, str], folder: Path | None, problems: list[Problem]) -> Workspace | None:
    """The workspace of some files' texts; None if a problem was added that is not a warning."""
    documents = _Documents(texts, problems)
    company = read_company(documents.node(MAIN), problems if documents.ready(MAIN) else [])
    written = read_projects(documents.node("projects.yaml"), problems)
    reader = Reader(company.currency, written, problems if documents.ready("assumptions.yaml") else [])
    assumptions = reader.read(documents.node("assumptions.yaml"))
    figures = read_figures(documents.node("methodology.yaml"), company.currency, reader.names, problems)
    definitions = resolve_figures(figures, assumptions, reader.names, problems)
    benefits = read_benefit_pools(documents.node("allocation.yaml"), written.projects, problems)
    benefit_pools = shared_benefits_of(written, benefits, problems)
    teams = read_teams(documents.node("allocation.yaml"), problems)
    if documents.ready("methodology.yaml"):
        categories = [d.name for d in figures.definitions.values() if d.section == "value"]
        check_overlaps(written, categories, problems)
        check_benefit_pools(benefits, categories, assumptions, problems)
    experiments = read_effects(
        documents.node("experiments.yaml"), company.currency, written, reader, assumptions, figures, definitions,
        problems if documents.ready("experiments.yaml") else [],
    )  # fmt: skip
    targets = read_targets(documents.node("targets.yaml"), _wanted(documents, figures, "targets.yaml"), problems)
    views = read_views(documents.node("views.yaml"), _wanted(documents, figures, "views.yaml"), problems)
    pools = read_pools(documents.node("allocation.yaml"), written.projects, problems)
    meters = read_meters(documents.node("allocation.yaml"), problems)
    coming = documents.node("sources.yaml")
    sources, hooks = read_sources(coming, company, problems), read_hooks(coming, problems)
    otlp = read_otlp(coming, problems)
    prices = read_prices(documents.node("prices.yaml"), company, folder, problems)
    access = read_access(
        documents.node("access.yaml"), {*MEASURES, *BUILTINS, *figures.names}, assumptions, written.projects,
        problems if documents.ready("access.yaml") else [],
    )  # fmt: skip
    reporting = _reporting(documents, company, written.projects, figures, folder, access, problems)
    if "tests.yaml" in documents.own:
        read_cases(documents.node("tests.yaml"), case_names(figures.names, reader.names, written.projects), problems)
    if any(problem.severity == "error" for problem in problems):
        return None
    version = methodology_version(
        company, written.projects, assumptions, definitions, targets, pools, benefit_pools, meters, experiments
    )
    return Workspace(
        path=str(folder or ""), name=company.name, currency=company.currency, calendar=company.calendar,
        rates=company.rates, unknown_project=company.unknown_project, projects=written.projects,
        assumptions=assumptions, methodology=Methodology(definitions=definitions, version=version), targets=targets,
        pools=pools, sources=sources, prices=prices, key_figures=views.key_figures, panels=views.panels,
        files={file: texts[file] if file in texts else shipped(file) for file in LEANS_ON},
        headline=company.headline, meters=meters, benefit_pools=benefit_pools, teams=teams, experiments=experiments,
        hooks=hooks, locale=company.locale, otlp=otlp, reporting=reporting, access=access,
    )  # fmt: skip


def _reporting(
    documents: _Documents, company: Company, projects: Collection[str], figures: Figures, folder: Path | None,
    readers: Collection[str], problems: list[Problem],
) -> Reporting:  # fmt: skip
    wanted = _wanted(documents, figures, "reports.yaml")
    return read_reports(documents.node("reports.yaml"), company, projects, wanted, folder, readers, problems)


def _wanted(documents: _Documents, figures: Figures, file: str) -> Wanted:
    """The figures that a file may name; the shipped file beside a methodology of the company's own may name others."""
    own = file in documents.own or "methodology.yaml" not in documents.own
    return Wanted({*MEASURES, *BUILTINS, *figures.names}, own)
