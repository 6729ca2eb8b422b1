"""A price list beside the workspace: a text as in prices.yaml, for a question that does not change the workspace."""

from __future__ import annotations

from pathlib import Path

from breakeven.errors import FileUnreadable, Problem, UsageProblem, WorkspaceInvalid
from breakeven.pricing import Prices
from breakeven.workspace.company import Company
from breakeven.workspace.definitions import Workspace
from breakeven.workspace.document import MAX_BYTES, read_document
from breakeven.workspace.sources import read_prices


def price_file(path: Path, workspace: Workspace) -> Prices:
    """The prices of a file; a book that it names lies beside it. Raises FileUnreadable, WorkspaceInvalid."""
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_BYTES + 1).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileUnreadable(f"{path}: not UTF-8 text: {error.reason} at byte {error.start}") from error
    except OSError as error:
        raise FileUnreadable(f"{path}: cannot be read: {error.strerror or error}") from error
    return price_text(text, path.name, workspace, path.resolve().parent)


def price_text(text: str, name: str, workspace: Workspace, folder: Path | None = None) -> Prices:
    """The prices of a text that is called `name` in messages; without a folder it may name no book.

    Raises WorkspaceInvalid with every problem and its line, UsageProblem where no price is in it.
    """
    company = Company(
        name=workspace.name, currency=workspace.currency, calendar=workspace.calendar, rates=workspace.rates
    )
    problems: list[Problem] = []
    node = read_document(text, name, problems)
    prices = read_prices(node, company, folder, problems) if node is not None else Prices()
    if prices.book is not None and folder is None:
        problems.append(Problem(message="a book is a file and can only be named in one", file=name))
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise WorkspaceInvalid(errors)
    if not prices.own and prices.book is None:
        raise UsageProblem(f"{name} has no prices: write a list under the key prices, as in prices.yaml")
    return prices
