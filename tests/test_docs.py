"""The documentation is true: what it names exists, what exists is named, and its samples work."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path

import click
import msgspec
import pytest

from breakeven import calculate_monthly_roi, facts
from breakeven.cli import COMMANDS, breakeven
from breakeven.formula import FORMULA, MAPPING
from breakeven.ingest.events import Parser
from breakeven.ingest.pipeline import Pipeline
from breakeven.ingest.staging import Staging
from breakeven.pricing import make_pricer
from breakeven.settings import PREFIX, Settings
from breakeven.store.duckdb import DuckDBStore
from breakeven.views.pages import PAGES as SITE
from breakeven.workspace import check, create, default_workspace

ROOT = Path(__file__).parents[1]
SCRIPT = spec_from_file_location("tables", ROOT / "docs" / "tables.py")
assert SCRIPT is not None
assert SCRIPT.loader is not None
tables = module_from_spec(SCRIPT)
SCRIPT.loader.exec_module(tables)
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
DOCS = ROOT / "docs"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
CODE_PATH = re.compile(r"`((?:src|tests|docs|bench)/[\w./-]+)`")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_every_page_is_documented() -> None:
    said = text(DOCS / "pages.md")
    for kind in SITE:
        assert f"`{kind.path}`" in said, f"docs/pages.md does not name {kind.path}"


def samples(language: str) -> list[object]:
    """Place and text of every sample in a language, as parameters of a test."""
    return [
        pytest.param(place := f"{name(path)}:{text(path)[: found.start()].count(chr(10)) + 1}", found[3], id=place)
        for path in PAGES
        for found in FENCE.finditer(text(path))
        if found[2] == language
    ]


def anchors(path: Path) -> set[str]:
    """Anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_links_lead_somewhere(path: Path) -> None:
    for link in LINK.findall(FENCE.sub("", text(path))):
        if link.startswith(("https://", "mailto:")):
            continue
        target, _, anchor = link.partition("#")
        file = (path.parent / target).resolve() if target else path
        assert file.exists(), f"{name(path)}: there is no {link}"
        assert not anchor or anchor in anchors(file), f"{name(path)}: {name(file)} has no heading #{anchor}"


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_files_that_are_named_exist(path: Path) -> None:
    for file in CODE_PATH.findall(text(path)):
        assert (ROOT / file).exists(), f"{name(path)} names {file}, which does not exist"


def test_the_architecture_page_is_one_screen_and_names_every_room() -> None:
    page = text(DOCS / "architecture.md")
    rooms = {path.name for path in (ROOT / "src" / "breakeven").iterdir() if path.is_dir() and path.name[0] != "_"}
    missing = [room for room in sorted(rooms) if f"{room}/" not in page]
    assert not missing, f"docs/architecture.md does not say what is in {missing}"
    assert len(page.splitlines()) <= 70


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    assert any(re.search(rf"\bbreakeven {command}\b|`{command}`", text(path)) for path in PAGES)


@pytest.mark.parametrize("field", msgspec.structs.fields(Settings), ids=lambda field: field.name)
def test_every_setting_is_documented_with_its_default(field: msgspec.structs.FieldInfo) -> None:
    (row,) = re.findall(rf"^\| `{PREFIX}{field.name.upper()}` .*$", text(DOCS / "operations.md"), re.MULTILINE)
    if isinstance(field.default, str | int):
        assert f"`{field.default}`" in row


@pytest.mark.parametrize("reason", facts.Reason, ids=str)
def test_every_reason_is_documented(reason: facts.Reason) -> None:
    assert f"| `{reason}` |" in text(DOCS / "ingest.md")


@pytest.mark.parametrize("page", ["formulas.md", "ingest.md"])
def test_tables_taken_from_the_code_are_up_to_date(page: str) -> None:
    written = text(DOCS / page)
    assert written == tables.current(page, written), f"docs/{page} is out of date: make docs"


def commands(sample: str) -> Iterator[str]:
    """The commands of a console sample, continued lines joined."""
    joined = sample.replace("\\\n", " ")
    yield from re.findall(r"^\$ (.*(?:\n(?!\$).*)*)", joined, re.MULTILINE)


@pytest.mark.parametrize(("place", "sample"), samples("console"))
def test_commands_in_samples_exist_and_have_their_options(place: str, sample: str) -> None:
    for line in commands(sample):
        words = shlex.split(line, comments=True)
        if words[0] == "make":
            targets = [word for word in words[1:] if "=" not in word]
            assert all(re.search(rf"^{target}:", text(ROOT / "Makefile"), re.MULTILINE) for target in targets), place
        elif words[0] == "breakeven":
            assert_command(place, words[1:])
        else:
            assert words[0] in ("curl", "pip", "cd"), f"{place}: {line}"


def assert_command(place: str, words: list[str]) -> None:
    context = click.Context(breakeven)
    command = breakeven.get_command(context, words[0])
    assert command is not None, f"{place}: there is no command {words[0]}"
    while isinstance(command, click.Group):
        words = words[1:]
        command = command.get_command(context, words[0])
        assert command is not None, f"{place}: there is no command {words[0]}"
    known = {option for parameter in command.params for option in parameter.opts}
    options = [word.partition("=")[0] for word in words[1:] if word.startswith("-")]
    assert set(options) <= known, f"{place}: {words[0]} has no option {set(options) - known}"
    for parameter in command.params:
        if isinstance(parameter.type, click.Choice) and isinstance(parameter, click.Option):
            given = [after for before, after in pairwise(words) if before in parameter.opts]
            assert set(given) <= set(parameter.type.choices), f"{place}: {given}"


@pytest.mark.parametrize(("place", "sample"), samples("yaml"))
def test_yaml_samples_pass_the_check(place: str, sample: str, tmp_path: Path) -> None:
    first = sample.splitlines()[0]
    assert re.fullmatch(r"# \w+\.yaml", first), f"{place}: the first line must name the file: # projects.yaml"
    create(tmp_path / "company", name="Sample", currency="USD")
    file = tmp_path / "company" / first.removeprefix("# ")
    file.write_text(sample, encoding="utf-8")
    if file.name == "methodology.yaml":
        (tmp_path / "company" / "tests.yaml").write_text("cases: []\n", encoding="utf-8")
        for leaning in ("targets.yaml", "views.yaml"):
            (tmp_path / "company" / leaning).unlink()
    assert [str(problem) for problem in check(tmp_path / "company")] == [], place


def posted() -> list[object]:
    """Content type and body of every curl sample."""
    found = []
    for path in PAGES:
        for sample in FENCE.finditer(text(path)):
            for line in commands(sample[3]) if sample[2] == "console" else ():
                words = shlex.split(line)
                if words[0] == "curl":
                    options = dict(pairwise(words))
                    media = options["-H"].removeprefix("Content-Type: ")
                    found.append(pytest.param(media, options["-d"], id=f"{name(path)} {media}"))
    return found


@pytest.mark.parametrize(("media", "body"), posted())
def test_bodies_in_samples_are_accepted(media: str, body: str) -> None:
    workspace = default_workspace()
    store = DuckDBStore.open(":memory:")
    pipeline = Pipeline(workspace, store, make_pricer(workspace.prices, ROOT))
    staging = Staging("UTC", "256MB", 1)
    try:
        parsed = Parser(staging).parse(body.encode(), {"content-type": media})
        outcome = pipeline.ingest_all(
            parsed.tables, source="sample", now=datetime(2026, 11, 22, tzinfo=UTC), refused=parsed.refusals
        )
        assert (outcome.accepted, outcome.refused) == (parsed.rows, 0)
    finally:
        staging.close()
        pipeline.close()
        store.close()


@pytest.mark.parametrize("function", sorted({*FORMULA.functions, *MAPPING.functions}))
def test_every_function_of_the_language_is_documented(function: str) -> None:
    assert re.search(rf"(?<!\w){re.escape(function)}(?!\w)", text(DOCS / "formulas.md"))


@pytest.mark.parametrize(("place", "sample"), samples("json"))
def test_json_samples_are_json(place: str, sample: str) -> None:
    json.loads(sample)


def test_the_python_sample_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (sample,) = [found[3] for found in FENCE.finditer(text(ROOT / "README.md")) if found[2] == "python"]
    exec(compile(sample, "README.md", "exec"), {"calculate_monthly_roi": calculate_monthly_roi})
    value, roi = capsys.readouterr().out.split()
    assert (float(value), float(roi)) == (504_000, 404)


@pytest.mark.parametrize("path", [path for path in PAGES if path.parent.name == "decisions"], ids=name)
def test_decisions_have_their_parts(path: Path) -> None:
    headings = re.findall(r"^## (.+)$", text(path), re.MULTILINE)
    assert headings == ["Question", "Decision", "Evidence", "Consequences"]


def test_no_page_names_a_machine() -> None:
    for path in [*PAGES, ROOT / "Makefile", ROOT / "requirements-dev.lock", ROOT / "pyproject.toml"]:
        found = re.search(r"/(?:home|root|work|Users|tmp)/|index-url|find-links", text(path))
        assert found is None, f"{name(path)}: {found and found[0]}"
