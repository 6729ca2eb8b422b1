"""meters of allocation.yaml: what they are read into, and every way to write them wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from breakeven.workspace import check, load
from breakeven.workspace.definitions import Meter
from breakeven.workspace.meters import plain_name

MAIN = "name: Case\ncurrency: USD\n"


def write(folder: Path, text: str) -> Path:
    (folder / "workspace.yaml").write_text(MAIN)
    (folder / "allocation.yaml").write_text(text)
    return folder


def test_meters(tmp_path: Path) -> None:
    text = """
meters:
  openai: {providers: [openai, azure-openai, openai], vendor: OpenAI, services: [API usage]}
  rest: {providers: [other], vendor: OpenAI}
"""
    made = load(write(tmp_path, text)).meters
    assert made == {
        "openai": Meter(name="openai", providers=("azure-openai", "openai"), vendor="OpenAI", services=("API usage",)),
        "rest": Meter(name="rest", providers=("other",), vendor="OpenAI"),
    }


PROBLEMS = {
    "meters: [openai]": "must be a mapping of names, not a list",
    "meters: {a: {vendor: A}}": "meter a has no providers",
    "meters: {a: {providers: [p]}}": "meter a has no vendor",
    "meters: {a: {providers: [], vendor: A}}": "meter a names no providers",
    "meters: {a: {providers: [p], vendor: A, services: []}}": "meter a names no services",
    "meters: {a: {providers: p, vendor: A}}": "must be a list",
    "meters: {a: {providers: [p], vendor: A, service: [x]}}": "unknown key 'service' in meter a",
    "meters: {a: {providers: [p], vendor: A}, b: {providers: [P], vendor: B}}": "provider 'p' is in meter a already",
    "meters: {a: {providers: [p], vendor: A}, b: {providers: [q], vendor: a.}}": "belong to meter a already",
    "meters: {a: {providers: [p], vendor: A, services: [x]}, b: {providers: [q], vendor: A, services: [y, X]}}":
        "the lines of A for x belong to meter a already",
}  # fmt: skip


@pytest.mark.parametrize("text", PROBLEMS)
def test_problems(tmp_path: Path, text: str) -> None:
    (problem,) = check(write(tmp_path, text))
    assert PROBLEMS[text] in f"{problem.message} ({problem.hint})"
    assert (problem.file, problem.line) == ("allocation.yaml", 1)


def test_meters_count_towards_the_methodology(tmp_path: Path) -> None:
    def version(text: str) -> str:
        return load(write(tmp_path, text)).methodology.version

    one = version("meters: {a: {providers: [p, q], vendor: A}}")
    assert one == version("meters:\n  a: {vendor: A, providers: [q, p]}  # the same")
    assert one != version("meters: {a: {providers: [p, q], vendor: A, services: [x]}}")
    assert one != version("")


@pytest.mark.parametrize(
    ("name", "plain"), [("Open-AI", "openai"), (" Amazon  Bedrock ", "amazonbedrock"), ("Ümlaut AG", "ümlautag"),
                        ("a_b.c", "abc"), ("***", "***")]
)  # fmt: skip
def test_plain_names(name: str, plain: str) -> None:
    assert plain_name(name) == plain
