"""Where the records of an answer are, and where the next page is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

import msgspec

from breakeven.errors import SourceAway
from breakeven.ingest.pulling.host import Answer, shown
from breakeven.workspace.pulls import Paging

_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Request(msgspec.Struct, frozen=True):
    """One page as it is asked for."""

    url: str
    parameters: Mapping[str, str]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page as it came."""

    answer: Answer
    records: list[msgspec.Raw]


def page_of(answer: Answer, path: str | None) -> Page:
    """The records of an answer, each as JSON text. Raises SourceAway."""
    where = shown(answer.url)
    try:
        found = reach(msgspec.Raw(answer.body), path)
        if found is None:
            raise SourceAway(f"the answer of {where} has nothing at {path!r}: say with records: where the list is")
        if path is None and not bytes(found).lstrip().startswith(b"["):
            found = _only_list(found, where)
        return Page(answer=answer, records=_LIST.decode(found))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        at = f" at {path!r}" if path is not None else ""
        raise SourceAway(f"the answer of {where} is no JSON list of records{at}: {error}") from error


def reach(document: msgspec.Raw, path: str | None) -> msgspec.Raw | None:
    """The value at a dotted path; None where it is missing or null. Raises msgspec.DecodeError."""
    for key in path.split(".") if path else ():
        if not bytes(document).lstrip().startswith(b"{"):
            return None
        found = _OBJECT.decode(document).get(key)
        if found is None:
            return None
        document = found
    return None if bytes(document).strip() == b"null" else document


def text_at(document: msgspec.Raw, path: str) -> str | None:
    """The text, number or truth at a dotted path; None where it is missing, null or empty."""
    found = reach(document, path)
    if found is None:
        return None
    value: Any = msgspec.json.decode(found)
    if isinstance(value, str):
        return value or None
    return bytes(found).strip().decode() if isinstance(value, bool | int | float) else None


def next_request(paging: Paging, request: Request, page: Page) -> Request | None:
    """The page after one, or None at the end. Raises SourceAway."""
    answer, count = page.answer, len(page.records)
    match paging.style:
        case "none":
            return None
        case "link":
            link = answer.links.get("next")
            return Request(urljoin(answer.url, link), {}) if link else None
        case "next":
            link = text_at(msgspec.Raw(answer.body), paging.field)
            return Request(urljoin(answer.url, link), {}) if link and link != "false" else None
        case "cursor":
            after = text_at(msgspec.Raw(answer.body), paging.field)
            return _with(request, paging.parameter, after) if after and after != "false" else None
    if count == 0 or (paging.size is not None and count < paging.size):
        return None
    first = paging.start if paging.style == "page" else 0
    here = int(request.parameters.get(paging.parameter, first))
    return _with(request, paging.parameter, str(here + (1 if paging.style == "page" else count)))


def first_request(paging: Paging, url: str, parameters: Mapping[str, str]) -> Request:
    """The first page."""
    start = {paging.parameter: str(paging.start)} if paging.style == "page" else {}
    return Request(url, {**start, **parameters})


def _with(request: Request, parameter: str, value: str) -> Request:
    return Request(request.url, {**request.parameters, parameter: value})


def _only_list(document: msgspec.Raw, where: str) -> msgspec.Raw:
    """The one list of objects that an object holds (or the one empty list)."""
    lists = [value for value in _OBJECT.decode(document).values() if bytes(value).lstrip().startswith(b"[")]
    full = [one for one in lists if all(bytes(item).lstrip().startswith(b"{") for item in _LIST.decode(one))]
    if len(full) != 1:
        raise SourceAway(f"the answer of {where} has {len(full)} lists of records: say with records: which one it is")
    return full[0]
