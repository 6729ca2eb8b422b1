"""Ways of sending against real receivers: what arrives, and what is said of what did not."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
import pytest
from apprise.plugins.slack import NotifySlack
from apprise.plugins.workflows import NotifyWorkflows
from tests.delivery.conftest import Office, Postbox, Receiver

from breakeven.delivery.apprising import judged
from breakeven.delivery.ways import Refused, Unclear
from breakeven.store.state_deliveries import deliveries
from breakeven.workspace.pulls import Secret
from breakeven.workspace.reports import MailServer, Recipient

HOOK = Recipient(name="hook", channel="webhook", url=Secret(env="HOOK"))
ANA = Recipient(name="ana", channel="mail", address="ana@acme.example")


def sent(office: Office) -> tuple[str, str | None]:
    """How the one delivery of the one run by hand ended."""
    run = office.courier().send("monthly")
    (one,) = deliveries(office.state, [run.run])[run.run]
    return one.status, one.error


def test_a_mail_has_the_page_as_its_body_and_the_file_attached(
    office: Office, postbox: tuple[Postbox, MailServer]
) -> None:
    box, office.mail = postbox
    office.declare(ANA, Recipient(name="ben", channel="mail", address="ben@acme.example"), formats=("md", "csv"))
    run = office.courier().send("monthly")
    assert [one.status for one in deliveries(office.state, [run.run])[run.run]] == ["sent", "sent"]
    assert box.to == ["ana@acme.example", "ben@acme.example"]
    mail = box.got[0]
    assert (mail["To"], mail["Subject"]) == ("ana@acme.example", "My company: Executive summary, March 2026")
    assert "reports@acme.example" in mail["From"]
    assert mail["X-Breakeven-Run"] == run.run
    page = mail.get_body(("html",))
    assert page is not None
    issues = {form: office.archive.get(number) for form, number in run.issues.items()}
    assert (
        page.get_content().replace("\r\n", "\n").strip() == office.archive.content(run.issues["mail"]).decode().strip()
    )
    attached = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    assert list(attached) == ["monthly_2026-03_2026-04-30_120000.md", "monthly_2026-03_2026-04-30_120000.csv"]
    text = attached["monthly_2026-03_2026-04-30_120000.md"]
    assert text.encode() if isinstance(text, str) else text == office.archive.content(run.issues["md"])
    assert {issue.hash for issue in issues.values()} == {mail["X-Breakeven-Hash"]}
    assert {issue.recipients for issue in issues.values()} == {("ana", "ben")}


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        ("550 no such box", "retry", "the mail server answered with 550"),
        ("451 later", "retry", "the mail server answered with 451"),
        ("silence", "unclear", "the connection ended without an answer: it may have arrived or not"),
    ],
)
def test_a_mail_server_that_says_no_is_asked_again_and_one_that_falls_silent_is_not(
    office: Office, postbox: tuple[Postbox, MailServer], answer: str, status: str, error: str
) -> None:
    box, office.mail = postbox
    box.answer = answer
    office.declare(ANA)
    assert sent(office) == (status, error)


def test_a_mail_server_that_is_not_there(office: Office) -> None:
    office.mail = MailServer(host="127.0.0.1", port=1, security="none", sender="reports@acme.example")
    office.declare(ANA)
    status, error = sent(office)
    assert (status, error) == ("retry", "the connection was refused")


def test_a_webhook_gets_json_with_the_file(office: Office, receiver: Receiver) -> None:
    office.secrets["HOOK"] = f"{receiver.url}/in/reports?token=s3cret&x=1"
    office.declare(HOOK)
    run = office.courier().send("monthly")
    ((path, headers, body),) = receiver.got
    told = json.loads(body)
    assert path == "/in/reports?token=s3cret&x=1"
    assert headers["idempotency-key"] == run.run
    assert told["title"] == "My company: Executive summary, March 2026"
    assert (told["schedule"], told["period"], told["run"]) == ("monthly", "2026-03", run.run)
    (file,) = told["attachments"]
    assert base64.b64decode(file["base64"]) == office.archive.content(run.issues["md"])
    assert told["hash"] == office.archive.get(run.issues["md"]).hash


@pytest.mark.parametrize(
    ("status", "ends", "error"),
    [
        (404, "retry", "the other side answered with HTTP 404"),
        (503, "retry", "the other side answered with HTTP 503"),
        (504, "unclear", "the other side answered with HTTP 504"),
        (None, "unclear", "the connection ended without an answer: it may have arrived or not"),
    ],
)
def test_what_a_webhook_answers_decides(
    office: Office, receiver: Receiver, status: int | None, ends: str, error: str
) -> None:
    office.secrets["HOOK"], receiver.status = receiver.url, status
    office.declare(HOOK)
    assert sent(office) == (ends, error)
    assert len(receiver.got) == 1


def test_no_reason_shows_the_secret(office: Office) -> None:
    office.secrets["HOOK"] = "http://user:s3cret@127.0.0.1:1/s3cret?s3cret=s3cret"
    office.declare(HOOK)
    assert sent(office) == ("retry", "the connection was refused")


def test_an_address_that_is_none_is_said(office: Office) -> None:
    office.secrets["HOOK"] = "no address"
    office.declare(HOOK)
    assert sent(office) == ("retry", "the address is none that webhook has")


def test_slack_gets_the_summary(office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NotifySlack, "webhook_url", f"{receiver.url}/services")
    office.secrets["SLACK"] = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    office.declare(Recipient(name="slack", channel="slack", url=Secret(env="SLACK")))
    assert sent(office) == ("sent", None)
    ((path, _, body),) = receiver.got
    assert path == "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    (block,) = json.loads(body)["attachments"]
    assert block["title"] == "My company: Executive summary, March 2026"
    assert "data version" in block["text"]
    assert "apprise" not in body.decode().lower()


def test_teams_gets_a_card(office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workflows are asked by https only: the plugin's own request is led to the receiver."""
    posted = _led_to(receiver)
    monkeypatch.setattr("apprise.plugins.workflows.requests.post", posted)
    office.secrets["TEAMS"] = (
        "https://prod-161.westeurope.logic.azure.com:443/workflows/643e69f83c8944438d68119179a10a64/triggers/manual/"
        "paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=KODuebWbDGYFr0z0eu-6Rj8aUKz7108W3w"
    )
    office.declare(Recipient(name="teams", channel="teams", url=Secret(env="TEAMS")))
    assert sent(office) == ("sent", None)
    ((path, _, body),) = receiver.got
    assert path.startswith("/workflows/643e69f83c8944438d68119179a10a64/triggers/manual/paths/invoke?")
    said = json.loads(body)["attachments"][0]["content"]
    assert said["type"] == "AdaptiveCard"
    assert "My company: Executive summary, March 2026" in json.dumps(said)
    assert NotifyWorkflows.secure_protocol


def _led_to(receiver: Receiver) -> Any:
    import requests  # noqa: PLC0415 - of Apprise, not of this package

    post = requests.post

    def led(url: str, **more: Any) -> Any:
        return post(url.replace("https://prod-161.westeurope.logic.azure.com:443", receiver.url), **more)

    return led


def test_a_folder_gets_whole_files_and_says_what_is_in_the_way(office: Office) -> None:
    out = Recipient(name="out", channel="folder", address="out/reports")
    office.declare(out, formats=("md", "json"))
    run = office.courier().send("monthly")
    files = sorted((office.folder / "out" / "reports").iterdir())
    assert [file.suffix for file in files] == [".json", ".md"]
    assert files[1].read_bytes() == office.archive.content(run.issues["md"])
    office.declare(msgspec.structs.replace(out, address="state.sqlite/reports"))
    office.clock.pass_(minutes=1)
    assert sent(office) == ("retry", "state.sqlite/reports: Not a directory")


@pytest.mark.parametrize(
    ("log", "answer"),
    [
        (["Max retries exceeded with url: /s3cret (Caused by ConnectTimeoutError('(connect timeout=15)'))"], Refused),
        (["Socket Exception: HTTPSConnectionPool(host='x'): Read timed out. (read timeout=60)"], Unclear),
        (["Socket Exception: (535, b'5.7.8 Error: authentication failed')"], Refused),
        (["Socket Exception: {'a@b.c': (550, b'no')}"], Refused),
        (["Socket Exception: Connection unexpectedly closed", 'Sending email to "a" failed.'], Unclear),
        (["Connection error while submitting email to \"x\"", "Socket Exception: timed out"], Refused),
        (["Socket Exception: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"], Refused),
        ([], Unclear),
    ],
)  # fmt: skip
def test_only_what_proves_that_nobody_got_it_is_tried_again(log: list[str], answer: type) -> None:
    found = judged(log)
    assert isinstance(found, answer)
    assert "s3cret" not in found.reason
