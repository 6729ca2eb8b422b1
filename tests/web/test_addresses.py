"""Addresses of pages: read back as they were written, whatever stands in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.errors import NotFound, UnknownName
from breakeven.views.asking.filters import Filters
from breakeven.views.content import Page
from breakeven.views.pages import PAGES, Kind
from breakeven.views.question import Question
from breakeven.web.addresses import Address, address, read


def _nothing(_: Question) -> Page:
    return Page(title="", finding="")


ONE = Kind(name="one", path="/things/{thing}", title="One", build=_nothing, parameters=("tab",))
ALL = Kind(name="all", path="/things", title="All", build=_nothing)
KINDS = (ALL, ONE)

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).map(str.strip)
words = texts.filter(bool)
filters = st.builds(
    Filters, period=words, project=st.lists(words, max_size=3, unique=True).map(tuple), model=texts, as_of=texts
)


@given(thing=words.filter(lambda text: text not in (".", "..")), asked=filters, tab=texts)
def test_an_address_is_read_back(thing: str, asked: Filters, tab: str) -> None:
    at = Address(kind=ONE, values={"thing": thing}, own={"tab": tab} if tab else {}, filters=asked)
    assert read(at.text, KINDS) == at


@given(asked=filters)
def test_filters_survive_their_own_link(asked: Filters) -> None:
    assert read(asked.link("/things"), KINDS).filters == asked


def test_a_default_is_not_in_the_address() -> None:
    assert Filters().link("/board") == "/board"
    assert Filters(period="2026-Q3").link("/board", period="ytd") == "/board"


def test_the_last_of_several_wins_but_projects_add_up() -> None:
    found = address(ALL, {}, {"period": ["2025", "2026"], "project": ["a", " b ", "a", ""], "explain": ["x", "y"]})
    assert (found.filters.period, found.filters.project, found.explain) == ("2026", ("a", "b"), "y")


def test_an_unknown_parameter_is_named() -> None:
    with pytest.raises(UnknownName, match="perod"):
        address(ALL, {}, {"perod": ["2026"]})
    with pytest.raises(UnknownName, match="tab"):
        address(ALL, {}, {"tab": ["costs"]})


@pytest.mark.parametrize("text", ["/nothing", "/things/a/b", "", "/things//"])
def test_no_page_is_no_page(text: str) -> None:
    with pytest.raises(NotFound):
        read(text, (ONE,))


def test_every_page_has_an_address_and_a_name_of_its_own() -> None:
    assert len({kind.name for kind in PAGES}) == len({kind.path for kind in PAGES}) == len(PAGES)
