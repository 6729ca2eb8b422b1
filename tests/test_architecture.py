"""The layout and its limits: who may import whom, where each outside library stays, and how large things may get.

A failing message says where the code should go instead.
"""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "breakeven"
TESTS = ROOT / "tests"
MODULES = sorted(SOURCE.rglob("*.py"))
TEST_MODULES = sorted([*TESTS.rglob("*.py"), *(ROOT / "tests_real").rglob("*.py"), *(ROOT / "bench").rglob("*.py")])

LAYERS = (
    ("client",),
    ("errors",),
    ("period", "money", "facts", "measures"),
    ("formula",),
    ("pricing",),
    ("workspace",),
    ("store",),
    ("ingest",),
    ("evidence",),
    ("ledger",),
    ("views",),
    ("reports",),
    ("delivery",),
    ("exposition",),
    ("web",),
    ("demo",),
    ("settings", "app", "cli", "__main__", "__init__"),
)
"""From the bottom to the top: a room imports from its own line and from the lines before it."""

LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}

LIBRARIES = {
    "litestar": ("web/", "app.py"),
    "duckdb": ("store/duckdb.py", "store/engine.py", "store/export_file.py", "ingest/", "formula/evaluate.py"),
    "sqlglot": ("formula/", "store/"),
    "pint": ("formula/",),
    "genai_prices": ("pricing.py", "pricing/"),
    "ruamel": ("workspace/", "exposition/grafana/files.py"),
    "python_calamine": ("ingest/",),
    "opentelemetry": ("ingest/otlp/",),
    "google": ("ingest/otlp/",),
    "vl_convert": ("views/charting/drawing.py",),
    "altair": ("views/charting/cumulative.py",),
    "jinja2": ("views/", "web/", "reports/writers/pages.py"),
    "uvicorn": ("app.py", "cli/", "cli.py"),
    "click": ("cli/", "cli.py"),
    "rich": ("cli/", "cli.py"),
    "numpy": ("store/", "ingest/", "demo/", "evidence/", "ledger/scenarios/"),
    "scipy": ("evidence/",),
    "pyxirr": ("ledger/returns.py",),
    "sqlalchemy": ("store/state*", "ingest/pulling/database.py"),
    "httpx2": ("ingest/pulling/host.py",),
    "pypdf": ("reports/proving/reading.py",),
    "typst": ("reports/writers/pdf.py",),
    "pptx": ("reports/writers/slides/", "reports/writers/pptx.py"),
    "xlsxwriter": ("reports/writers/workbook/", "reports/writers/xlsx.py"),
    "apprise": ("delivery/apprising.py",),
    "apscheduler": ("delivery/timetable.py",),
    "grafana_foundation_sdk": ("exposition/grafana/",),
    "croniter": ("ingest/pulling/schedule.py", "workspace/pull_reading.py"),
}
"""Library → the only places that may import it."""

CLOCK = re.compile(r"\b(datetime\.now|datetime\.utcnow|datetime\.today|date\.today|time\.time|time\.time_ns)\(")
CLOCK_PLACES = ("cli/", "cli.py", "app.py", "settings.py", "web/", "client/")
STOPWATCH = re.compile(r"\btime\.(monotonic|perf_counter)(_ns)?\(")
STOPWATCH_PLACES = (*CLOCK_PLACES, "ingest/", "store/timing.py")
ENVIRONMENT_PLACES = ("settings.py", "client/settings.py")
ENVIRONMENT = re.compile(r"\bos\.(environ|getenv|putenv)\b")

VAGUE = {"utils", "util", "common", "helpers", "helper", "lib", "core", "misc", "shared"}

MODULE_LINES = 500
FUNCTION_LINES = 60
MEDIAN_LINES = 150


def place(path: Path) -> str:
    """Path inside the package, with slashes."""
    return path.relative_to(SOURCE).as_posix()


def room(path: Path) -> str:
    """The package or module directly under `breakeven` that a file belongs to."""
    first = path.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


class Function(NamedTuple):
    """What the limits ask of a function."""

    name: str
    line: int
    size: int
    imports: list[int]
    """Lines of the imports inside."""


class Written(NamedTuple):
    """What the limits ask of a file; its tree is not kept, for all of them together fill the memory."""

    imports: list[ast.Import | ast.ImportFrom]
    functions: list[Function]


@cache
def written(path: Path) -> Written:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))))
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    functions = [
        Function(
            name=node.name,
            line=node.lineno,
            size=(node.end_lineno or node.lineno) - node.lineno + 1,
            imports=[one.lineno for one in imports if node.lineno <= one.lineno <= (node.end_lineno or 0)],
        )
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return Written(imports, functions)


def imported(node: ast.stmt) -> Iterator[str]:
    """Dotted names that an import statement brings in; `from a import b` gives a and a.b."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"line {node.lineno}: write imports from the root: from breakeven.… import …"
        yield str(node.module)
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def imports(path: Path) -> list[tuple[int, str]]:
    """All imports of a file, with their lines."""
    return [(node.lineno, name) for node in written(path).imports for name in imported(node)]


def allowed(path: Path, places: tuple[str, ...]) -> bool:
    """Whether a file is one of the places: a path, or the beginning of one that ends with / or *."""
    return any(place(path) == one or (one[-1] in "/*" and place(path).startswith(one.rstrip("*"))) for one in places)


def module_name(path: Path) -> str:
    dotted = ".".join(("breakeven", *path.relative_to(SOURCE).with_suffix("").parts))
    return dotted.removesuffix(".__init__")


def faults(check: Callable[[Path], Iterator[str]], paths: Sequence[Path] = MODULES) -> str:
    """What a check finds in all files, a line each. A test for each file would take longer than the check."""
    return "\n".join(fault for path in paths for fault in check(path))


def pointing_up(path: Path) -> Iterator[str]:
    here = room(path)
    if here not in LEVEL:
        yield f"{place(path)}: {here} is no room of DESIGN 8; put it into one of {', '.join(LEVEL)}"
        return
    for line, name in imports(path):
        parts = name.split(".")
        if parts[0] != "breakeven" or len(parts) == 1 or parts[1] not in LEVEL:
            continue
        if LEVEL[parts[1]] > LEVEL[here]:
            yield (
                f"{place(path)}:{line}: {here} must not import {parts[1]}, which lies above it: "
                f"pass the thing in, or move the code up to {parts[1]}/"
            )


def out_of_place(path: Path) -> Iterator[str]:
    for line, name in imports(path):
        library = name.split(".")[0]
        if library in LIBRARIES and not allowed(path, LIBRARIES[library]):
            yield (
                f"{place(path)}:{line}: {library} belongs into {' or '.join(LIBRARIES[library])}; "
                "call a function that lives there"
            )


def reading_the_world(path: Path) -> Iterator[str]:
    for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where = f"{place(path)}:{line}"
        if ENVIRONMENT.search(text) and place(path) not in ENVIRONMENT_PLACES:
            yield f"{where}: only settings.py reads the environment; add a setting and pass it in"
        if CLOCK.search(text) and not allowed(path, CLOCK_PLACES):
            yield f"{where}: the clock is read at the edge ({', '.join(CLOCK_PLACES)}); take `now` as an argument"
        if STOPWATCH.search(text) and not allowed(path, STOPWATCH_PLACES):
            yield f"{where}: durations are measured at the edge and in ingest/"


def importing_inside(path: Path) -> Iterator[str]:
    for function in written(path).functions:
        if function.imports:
            yield (
                f"{place(path)}:{function.imports[0]}: move the import to the top of the file; "
                "if that makes a cycle, the code is in the wrong room"
            )


def too_long(path: Path) -> Iterator[str]:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    where = path.relative_to(ROOT).as_posix()
    if lines > MODULE_LINES:
        yield f"{where} has {lines} lines, at most {MODULE_LINES}: which two things are in it?"
    for name, line, size, _ in written(path).functions:
        if size > FUNCTION_LINES:
            yield f"{where}:{line}: {name} has {size} lines, at most {FUNCTION_LINES}: name its steps"


def test_imports_point_down() -> None:
    assert not faults(pointing_up)


def test_libraries_stay_in_their_place() -> None:
    assert not faults(out_of_place)


def test_environment_and_clock_are_read_at_the_edge() -> None:
    assert not faults(reading_the_world)


def test_no_import_inside_a_function() -> None:
    assert not faults(importing_inside)


def test_sizes() -> None:
    assert len(MODULES) > 500
    assert len(TEST_MODULES) > 100
    assert not faults(too_long, [*MODULES, *TEST_MODULES])


@pytest.mark.parametrize(
    ("check", "name", "text", "said"),
    [
        (pointing_up, "store/wrong.py", "from breakeven.web.server import build", "store must not import web"),
        (pointing_up, "odd/wrong.py", "", "odd is no room"),
        (out_of_place, "web/wrong.py", "import duckdb", "duckdb belongs into store/duckdb.py"),
        (reading_the_world, "store/wrong.py", "os.environ", "only settings.py reads the environment"),
        (reading_the_world, "store/wrong.py", "datetime.now()", "the clock is read at the edge"),
        (reading_the_world, "store/wrong.py", "time.monotonic()", "durations are measured at the edge"),
        (importing_inside, "store/wrong.py", "def f():\n    import os", "store/wrong.py:2: move the import"),
        (too_long, "store/wrong.py", "\n" * 500, "has 501 lines, at most 500"),
        (too_long, "store/wrong.py", "def f():\n" + "    x = 1\n" * 60, "wrong.py:1: f has 61 lines, at most 60"),
    ],
)
def test_the_checks_see_what_they_are_for(
    check: Callable[[Path], Iterator[str]], name: str, text: str, said: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for root in ("ROOT", "SOURCE"):
        monkeypatch.setitem(globals(), root, tmp_path)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text + "\n", encoding="utf-8")
    assert said in faults(check, [tmp_path / name])


def test_modules_are_small() -> None:
    sizes = [len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES]
    assert statistics.median(sizes) <= MEDIAN_LINES, f"the median module has {statistics.median(sizes)} lines"


def test_names_say_what_is_inside() -> None:
    vague = [place(path) for path in MODULES if VAGUE & set(Path(place(path)).with_suffix("").parts)]
    assert not vague, f"{', '.join(vague)}: name it after what it does, or put each function beside its first user"


def test_no_cycles() -> None:
    names = {module_name(path): path for path in MODULES}
    graph = {name: direct_imports(path, names) - {name} for name, path in names.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"import cycle: {' → '.join((*trail[trail.index(name) :], name))}"
        if name not in done:
            for other in sorted(graph[name]):
                visit(other, (*trail, name))
            done.add(name)

    for name in sorted(graph):
        visit(name, ())


def direct_imports(path: Path, names: dict[str, Path]) -> set[str]:
    """Modules of the package that a file imports.

    `from package import module` needs the module, not what the package's __init__ offers.
    """
    found: set[str] = set()
    for node in written(path).imports:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in names}
        elif node.module in names:
            modules = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= modules & names.keys()
            if not modules <= names.keys():
                found.add(str(node.module))
    return found


REMOTE = re.compile(
    r"""(?ix)
    (?:src|srcset|poster|data|action) \s* = \s* ["']? (?:https?:)? //
    | <link\b [^>]* \b href \s* = \s* ["']? (?:https?:)? //
    | url\( \s* ["']? (?:https?:)? //
    | @import \s+ ["'] (?:https?:)? //
    | \b (?:fetch|import|importScripts|EventSource|WebSocket) \s* \( \s* ["'`] (?:https?|wss?): //
    """
)


def test_pages_load_nothing_from_other_hosts() -> None:
    suffixes = {".html", ".js", ".css", ".svg", ".jinja", ".j2"}
    for path in sorted(path for path in SOURCE.rglob("*") if path.suffix in suffixes):
        text = path.read_text(encoding="utf-8").replace("\n", " ")
        found = REMOTE.search(text)
        assert found is None, f"{place(path)}: loads from another host ({found[0]}): put the file into web/static"


@pytest.mark.parametrize("text", ['<script src="https://x/a.js">', "url(//x/f.woff)", '<link rel="a" href="http://x">'])
def test_the_check_for_other_hosts_sees_them(text: str) -> None:
    assert REMOTE.search(text)
