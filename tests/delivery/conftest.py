"""What the tests of deliveries share: the company of the reports' tests, a clock set by hand, real receivers."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller

from breakeven.delivery import making
from breakeven.delivery.courier import Courier
from breakeven.delivery.opening import WAYS
from breakeven.ledger.ledger import Ledger
from breakeven.reports import Document, compose
from breakeven.reports.archive import Archive
from breakeven.store.state import State, file_url
from breakeven.views.asking.filters import Filters
from breakeven.workspace.pulls import Secret
from breakeven.workspace.reports import Cadence, MailServer, Recipient, Reporting, ReportSchedule


def _module(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[name] = made
    spec.loader.exec_module(made)
    return made


_reports = _module(Path(__file__).parents[1] / "reports" / "conftest.py", "tests_delivery_reports_conftest")
evaluator, new_company, company = _reports.evaluator, _reports.new_company, _reports.company
lasting_company, firm = _reports.lasting_company, _reports.firm


class Clock:
    """The time of a test."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


class Office:
    """A company that sends reports: its state and archive in a folder, and couriers over both."""

    def __init__(self, firm: Any, folder: Path) -> None:
        self.firm, self.folder, self.secrets = firm, folder, dict[str, str]()
        self.clock = Clock(datetime(2026, 4, 30, 12, tzinfo=UTC))
        self.reporting = Reporting()
        self.mail: MailServer | None = None
        self._states: list[State] = []
        self.state = self.open_state()
        self.archive = Archive(self.state, folder)

    def open_state(self) -> State:
        self._states.append(State.open(file_url(self.folder / "state.sqlite")))
        return self._states[-1]

    def declare(self, *to: Recipient, name: str = "monthly", **more: Any) -> None:
        """A schedule: the monthly summary as Markdown at 07:00, unless said otherwise."""
        given = {"report": "summary", "cadence": Cadence(every="month"), "formats": ("md",), **more}
        one = ReportSchedule(name=name, recipients=to, **given)
        self.reporting = msgspec.structs.replace(
            self.reporting, schedules={**self.reporting.schedules, name: one}, mail=self.mail
        )

    def courier(self, state: State | None = None, **ways: Any) -> Courier:
        workspace = msgspec.structs.replace(self.firm.workspace, reporting=self.reporting, path=str(self.folder))
        state = state if state is not None else self.state
        ledger = Ledger(workspace, self.firm.store, self.firm.evaluator, state)
        return Courier(workspace, ledger, Archive(state, self.folder), self._secret, {**WAYS, **ways}, clock=self.clock)

    def _secret(self, secret: Secret) -> str:
        return self.secrets[str(secret.env)]

    def close(self) -> None:
        for state in self._states:
            state.close()


@pytest.fixture(scope="module")
def composed() -> Callable[..., Document]:
    """Composes as the product does, what is asked twice once: most tests send the same report."""
    known: dict[Any, Document] = {}

    def once(ledger: Ledger, name: str, filters: Filters, now: datetime, **more: Any) -> Document:
        key = name, filters, now, tuple(more.items())
        if key not in known:
            known[key] = compose(ledger, name, filters, now, **more)
        return known[key]

    return once


@pytest.fixture
def office(
    firm: Any, composed: Callable[..., Document], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    monkeypatch.setattr(making, "compose", composed)
    made = Office(firm, tmp_path)
    yield made
    made.close()


class Postbox:
    """What a mail server does with a message: it keeps it, or answers as told."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.to: list[str] = []
        self.answer = ""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        if self.answer == "silence":
            session.peer = None
            server.transport.abort()
            return ""
        if self.answer:
            return self.answer
        self.got.append(message_from_bytes(envelope.content, EmailMessage, policy=policy.default))  # type: ignore[arg-type]
        self.to += envelope.rcpt_tos
        return "250 OK"


class Anywhere(Controller):
    """A mail server at a free port."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, MailServer]]:
    box = Postbox()
    controller = Anywhere(box, hostname="127.0.0.1", port=0)
    controller.start()
    yield box, MailServer(host="127.0.0.1", port=controller.port, security="none", sender="reports@acme.example")
    controller.stop()


class Receiver:
    """A web server that keeps what it is sent, and answers as told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.status: int | None = 200
        """None: it hangs up without an answer."""

        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                if receiver.status is None:
                    self.close_connection = True
                    return
                self.send_response(receiver.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: Any) -> None:
                """Tests print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()
