"""A REST endpoint is pulled over loopback: every paging style, from where it got to, from one host, at its pace."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from breakeven.errors import NotAllowed, SourceAway
from breakeven.ingest.pulling.host import Answer, Host
from breakeven.ingest.pulling.paging import page_of

from .conftest import NOON, Asked, Clock, Company, Reply, Site

DAYS = [f"2026-11-{day:02d}" for day in range(1, 8)]
TICKETS = [{"id": f"t{n}", "time": f"{day}T10:00:00Z", "actor": "ana", "changed": f"{day}T12:00:00Z"}
           for n, day in enumerate(DAYS)]  # fmt: skip
SIZE = 3


def json(value: Any) -> bytes:
    return msgspec.json.encode(value)


def source(site: Site, **rest: Any) -> dict[str, Any]:
    return {"kind": "activity", "pull": {"rest": {"url": f"{site.url}/tickets", **rest}}}


def by_link(asked: Asked) -> Reply:
    start = int(asked.parameters.get("from", 0))
    more = start + SIZE < len(TICKETS)
    link = {"Link": f'</tickets?from={start + SIZE}>; rel="next", </tickets>; rel="first"'} if more else {}
    return Reply(json(TICKETS[start : start + SIZE]), headers=link)


def by_next(asked: Asked) -> Reply:
    start = int(asked.parameters.get("from", 0))
    following = f"?from={start + SIZE}" if start + SIZE < len(TICKETS) else None
    return Reply(json({"data": {"items": TICKETS[start : start + SIZE]}, "links": {"next": following}}))


def by_cursor(asked: Asked) -> Reply:
    start = int(asked.parameters.get("after", "n0")[1:])
    following = f"n{start + SIZE}" if start + SIZE < len(TICKETS) else ""
    return Reply(json({"items": TICKETS[start : start + SIZE], "meta": {"next": following}}))


def by_page(asked: Asked) -> Reply:
    start = (int(asked.parameters["page"]) - 1) * SIZE
    return Reply(msgspec.json.format(json({"items": TICKETS[start : start + SIZE], "tags": ["x"]}), indent=2))


def by_offset(asked: Asked) -> Reply:
    start = int(asked.parameters.get("skip", 0))
    return Reply(json(TICKETS[start : start + SIZE]))


STYLES: list[tuple[Callable[[Asked], Reply], dict[str, Any], int]] = [
    (by_link, {"paging": {"link": True}}, 3),
    (by_next, {"paging": {"next": "links.next"}, "records": "data.items"}, 3),
    (by_cursor, {"paging": {"cursor": "meta.next", "parameter": "after"}, "records": "items"}, 3),
    (by_page, {"paging": {"page": "page"}, "records": "items"}, 4),
    (by_page, {"paging": {"page": "page", "size": SIZE}, "records": "items"}, 3),
    (by_page, {"paging": {"page": "page"}, "parameters": {"page": 2}}, 3),
    (by_offset, {"paging": {"offset": "skip"}}, 4),
    (by_offset, {"paging": {"offset": "skip", "size": SIZE}}, 3),
    (lambda _: Reply(json({"items": TICKETS, "tags": [1]})), {}, 1),
]


@pytest.mark.parametrize(("answer", "declared", "requests"), STYLES)
def test_every_page_is_read(
    company: Company, site: Site, answer: Callable[[Asked], Reply], declared: dict[str, Any], requests: int
) -> None:
    site.answer = answer
    found = company.declare(desk=source(site, **declared)).pull("desk")
    expected = TICKETS[SIZE:] if "parameters" in declared else TICKETS
    assert (found.status, found.accepted, found.error) == ("ok", len(expected), None)
    assert company.ids("activity") == [one["id"] for one in expected]
    assert len(site.asked) == requests


def test_only_what_is_new_is_asked_for(company: Company, site: Site, clock: Clock) -> None:
    site.answer = lambda asked: Reply(json(
        [one for one in TICKETS if one["changed"] >= asked.parameters.get("since", "")]
    ))  # fmt: skip
    since = {"parameter": "since", "field": "changed", "start": "2026-11-02", "overlap": "5m"}
    puller = company.declare(desk=source(site, since=since))
    assert puller.pull("desk").accepted == 6
    clock.forward(minutes=15)
    found = puller.pull("desk")
    assert (found.accepted, found.duplicates) == (0, 1)
    assert [one.parameters["since"] for one in site.asked] == ["2026-11-02", "2026-11-07T11:55:00Z"]


def test_without_a_field_the_begin_of_the_last_good_run_is_sent(company: Company, site: Site, clock: Clock) -> None:
    puller = company.declare(desk=source(site, since={"parameter": "since", "overlap": "1m"}))
    puller.pull("desk")
    clock.forward(minutes=15)
    site.answer = lambda _: Reply(b"no", 400)
    puller.pull("desk")
    site.answer = lambda _: Reply()
    puller.pull("desk")
    assert [one.parameters.get("since") for one in site.asked] == [None, *["2026-11-20T11:59:00Z"] * 2]


def test_a_run_that_breaks_off_does_not_move_on(company: Company, site: Site) -> None:
    def breaking(asked: Asked) -> Reply:
        return by_cursor(asked) if "after" not in asked.parameters else Reply(b"gone", 410)

    paging = {"cursor": "meta.next", "parameter": "after"}
    since = {"parameter": "since", "field": "changed"}
    puller = company.declare(desk=source(site, paging=paging, since=since, records="items"))
    site.answer = breaking
    found = puller.pull("desk")
    assert (found.status, company.known("desk").cursor) == ("failed", None)
    assert "answered 410 Gone: gone" in (found.error or "")
    site.answer = by_cursor
    assert puller.pull("desk").status == "ok"
    assert company.ids("activity") == [one["id"] for one in TICKETS]


def test_a_record_without_an_id_is_refused_and_costs_no_other(company: Company, site: Site) -> None:
    site.answer = lambda _: Reply(json([TICKETS[0], {"time": "2026-11-01", "actor": "bo"}, 7, "x", None]))
    found = company.declare(desk=source(site, records="")).pull("desk")
    assert (found.accepted, found.rejected) == (1, 4)
    reasons = company.store.query("SELECT reason, field FROM rejected ORDER BY reason, field").to_pylist()
    assert {"reason": "missing_field", "field": "id"} in reasons


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ({"token": {"env": "DESK"}}, "authorization", "Bearer s3cret"),
        ({"token": {"env": "DESK"}, "header": "X-Api-Key", "prefix": ""}, "x-api-key", "s3cret"),
        ({"token": {"file": "desk.txt"}}, "authorization", "Bearer from-file"),
        ({"user": {"env": "NAME"}, "password": {"env": "DESK"}}, "authorization",
         "Basic " + base64.b64encode(b"ana:s3cret").decode()),
    ],
)  # fmt: skip
def test_who_asks(company: Company, site: Site, auth: dict[str, Any], header: str, value: str) -> None:
    company.secrets |= {"DESK": "s3cret", "NAME": "ana"}
    (company.folder / "desk.txt").write_text("from-file\n")
    puller = company.declare(desk=source(site, auth=auth))
    assert puller.pull("desk").status == "ok"
    assert site.asked[0].headers[header] == value


def test_a_missing_secret_is_named_and_a_refused_one_never_shown(company: Company, site: Site) -> None:
    puller = company.declare(desk=source(site, auth={"token": {"env": "DESK"}}, parameters={"key": "p4ram"}))
    assert "the environment variable DESK" in (puller.pull("desk").error or "")
    company.secrets["DESK"] = "s3cret"
    site.answer = lambda _: Reply(b"who are you", 401)
    error = puller.pull("desk").error or ""
    assert "answered 401 Unauthorized: who are you; look at auth:" in error
    assert "s3cret" not in error
    assert "p4ram" not in error


ELSEWHERE = "http://169.254.169.254/latest/meta-data"


@pytest.mark.parametrize("kind", ["next", "link", "redirect"])
def test_data_cannot_point_elsewhere(company: Company, site: Site, kind: str) -> None:
    def answer(_: Asked) -> Reply:
        if kind == "redirect":
            return Reply(b"", 302, {"Location": ELSEWHERE})
        link = {"Link": f'<{ELSEWHERE}>; rel="next"'} if kind == "link" else {}
        return Reply(json({"items": TICKETS[:1], "next": ELSEWHERE}), headers=link)

    site.answer = answer
    paging = {"link": {"link": True}, "next": {"next": "next"}}.get(kind)
    declared = source(site, records="items", **({"paging": paging} if paging else {}))
    found = company.declare(desk=declared).pull("desk")
    assert (found.status, len(site.asked)) == ("failed", 1)
    assert "only the declared server is asked" in (found.error or "")


@pytest.mark.parametrize(
    "address", [ELSEWHERE, "http://localhost:8080/x", "https://127.0.0.1:8080/x", "//evil.example/x",
                "http://127.0.0.1:8080@evil.example/", "file:///etc/passwd", "http:\\\\evil.example", "http://[::1",
                "http://127.0.0.1:8080\\@evil.example/", "http://127.0.0.1:80800/x", "http://127.0.0.1:8080\n.evil/x"],
)  # fmt: skip
def test_addresses_elsewhere(address: str, clock: Clock) -> None:
    with Host("http://127.0.0.1:8080/tickets", {}, wait=lambda _: None, clock=clock) as host:
        assert host.allowed("http://127.0.0.1:8080/other?x=1") == "http://127.0.0.1:8080/other?x=1"
        with pytest.raises(NotAllowed):
            host.allowed(address)


def test_a_redirect_on_the_same_host_is_followed_and_a_circle_is_not(company: Company, site: Site) -> None:
    site.answer = lambda asked: Reply(json(TICKETS)) if asked.path == "/new" else Reply(b"", 307, {"Location": "/new"})
    assert company.declare(desk=source(site)).pull("desk").accepted == 7
    site.answer = lambda asked: Reply(b"", 302, {"Location": asked.path})
    assert "redirects more than 5 times" in (company.declare(desk=source(site)).pull("desk").error or "")


def test_pages_that_never_end_are_a_fault(company: Company, site: Site) -> None:
    site.answer = lambda _: Reply(json({"items": TICKETS[:1], "meta": {"next": "same"}}))
    paging = {"cursor": "meta.next", "parameter": "after"}
    found = company.declare(desk=source(site, paging=paging, records="items")).pull("desk")
    assert (found.status, len(site.asked)) == ("failed", 2)
    assert "do not end" in (found.error or "")


@pytest.mark.parametrize(
    ("body", "records", "says"),
    [
        (b"<html>", None, "is no JSON list of records"),
        (b'{"a": [{}], "b": [{}]}', None, "has 2 lists of records"),
        (b'{"a": 1}', None, "has 0 lists of records"),
        (b'{"a": {"b": 1}}', "a.b", "is no JSON list of records at 'a.b'"),
        (b'{"a": null}', "a.b", "has nothing at 'a.b'"),
        (b"[" * 100_000, None, "is no JSON list of records"),
    ],
)
def test_answers_that_are_no_records(body: bytes, records: str | None, says: str) -> None:
    with pytest.raises(SourceAway) as raised:
        page_of(Answer(url="http://h/x", body=body, links={}), records)
    assert says in str(raised.value)


def test_a_busy_server_is_asked_again_when_it_says(company: Company, site: Site) -> None:
    busy = iter([Reply(b"slow down", 429, {"Retry-After": "0"}), Reply(b"", 503, {"Retry-After": "0"})])
    site.answer = lambda _: next(busy, Reply(json(TICKETS)))
    assert company.declare(desk=source(site)).pull("desk").accepted == 7
    assert len(site.asked) == 3


@pytest.mark.parametrize("after", ["3600", "Fri, 20 Nov 2026 13:00:00 GMT"])
def test_a_long_wait_ends_the_run_and_holds_for_the_next(company: Company, site: Site, after: str) -> None:
    site.answer = lambda _: Reply(b"", 429, {"Retry-After": after})
    found = company.declare(desk=source(site)).pull("desk")
    assert (found.status, len(site.asked)) == ("failed", 1)
    assert company.known("desk").not_before == NOON.replace(hour=13)


def test_an_answer_has_a_largest_size(company: Company, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("breakeven.ingest.pulling.host.LARGEST", 1000)
    site.answer = lambda _: Reply(b" " * 1001)
    assert "has more than" in (company.declare(desk=source(site)).pull("desk").error or "")


def test_the_pace_is_kept(company: Company, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("breakeven.ingest.pulling.task.Taking.wait", lambda _, seconds: waits.append(seconds))
    site.answer = by_link
    declared = source(site, paging={"link": True}, per_minute=6)
    assert company.declare(desk=declared).pull("desk").accepted == 7
    assert [round(wait, -1) for wait in waits] == [10, 20], "ten seconds apart, counted from the first"


def test_many_records_go_through_files_of_bounded_size(
    company: Company, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("breakeven.ingest.pulling.spool.FILE_ROWS", 4)
    site.answer = by_link
    assert company.declare(desk=source(site, paging={"link": True})).pull("desk").accepted == 7
    assert company.store.versions().data == 2
