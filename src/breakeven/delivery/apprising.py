"""Mail, chats, webhooks and every other service that Apprise knows.

Apprise says whether it was sent, but not whether a failure came before or after the other side had the message. Its log
has that; what the log does not prove to have failed before counts as unclear, so that nothing is sent twice. Reasons
are written here and never copied from a log, where the secret part of an address may stand.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat
from apprise.attachment.memory import AttachMemory

from breakeven.delivery.ways import Answer, File, Parcel, Refused, Sent, Surroundings, Unclear, Ways
from breakeven.errors import UsageProblem
from breakeven.workspace.reports import MailServer, Recipient

CONNECT_SECONDS, READ_SECONDS = 15, 60
"""How long is waited for a connection, and for an answer."""
UNSURE = frozenset({502, 504, 520, 522, 524})
"""HTTP answers of something in between: whether what is behind it had the message is not known."""
MODES: Mapping[str, str] = {"starttls": "starttls", "ssl": "ssl", "none": "insecure"}

_ASSET = AppriseAsset(app_id="breakeven", app_desc="breakeven", app_url="", image_url_mask=None, image_url_logo=None)
_HTTP = re.compile(r"error=(\d{3})")
_SMTP = re.compile(r"\((\d{3}), b['\"]|was refused: (\d{3}) ")
_BEFORE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(text), words) for text, words in (
        (r"Failed to establish a new connection|Connection refused|Errno 111", "the connection was refused"),
        (r"connect timeout|ConnectTimeout", "no connection within its time"),
        (r"Failed to resolve|Name or service not known|nodename nor servname|getaddrinfo", "there is no such server"),
        (r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|SSLError|WRONG_VERSION_NUMBER", "it cannot be trusted"),
        (r"Network is unreachable|No route to host", "the server cannot be reached"),
        (r"Connection error while submitting email", "the mail server did not let it in"),
    )
)  # fmt: skip
"""What proves that it failed before anything was sent → what is said of it."""

# What Apprise notes is read here, and goes nowhere else.
_LOG = logging.getLogger("apprise")
_LOG.propagate = False
_LOG.setLevel(logging.DEBUG)
_LOG.addHandler(logging.NullHandler())


def by_mail(parcel: Parcel, recipient: Recipient, around: Surroundings) -> Answer:
    """One mail to one address, the page as its body, the files attached."""
    if around.mail is None:
        return Refused("reports.yaml names no mail server")
    try:
        address = _mail_address(around.mail, recipient, around)
    except UsageProblem as error:
        return Refused(str(error))
    headers = {"X-Breakeven-Run": parcel.message.run, "X-Breakeven-Hash": parcel.message.hash}
    text, form = (
        (parcel.page.decode(), NotifyFormat.HTML) if parcel.page else (parcel.message.text(), NotifyFormat.TEXT)
    )
    return _notify(address, parcel, parcel.files, text, form, what="mail", headers=headers)


def _mail_address(mail: MailServer, recipient: Recipient, around: Surroundings) -> str:
    """The address as Apprise takes it: mailto, user and password, host and port, recipient, and the rest as asked."""
    login = ""
    if mail.user is not None and mail.password is not None:
        user, password = around.secret(mail.user), around.secret(mail.password)
        login = f"{quote(user, safe='')}:{quote(password, safe='')}@"
    schema = "mailto" if mail.security == "none" else "mailtos"
    asked = {"from": mail.sender, "smtp": mail.host, "mode": MODES[mail.security], "format": "html",
             "cto": str(CONNECT_SECONDS), "rto": str(READ_SECONDS)}  # fmt: skip
    to = quote(recipient.address, safe="")
    return f"{schema}://{login}{mail.host}:{mail.port}/{to}?{urlencode(asked)}"


def to_chat(parcel: Parcel, recipient: Recipient, around: Surroundings) -> Answer:
    """The message into Slack, Teams or any service that Apprise knows; files go along where the service takes some."""
    try:
        address = _secret(recipient, around)
    except UsageProblem as error:
        return Refused(str(error))
    files = parcel.files if recipient.channel == "service" else ()
    return _notify(address, parcel, files, parcel.message.text(), NotifyFormat.TEXT, what=recipient.channel)


def to_webhook(parcel: Parcel, recipient: Recipient, around: Surroundings) -> Answer:
    """The message as JSON, files in base64, to an address of one's own; the run's name is an idempotency key."""
    try:
        address = _secret(recipient, around)
    except UsageProblem as error:
        return Refused(str(error))
    said = parcel.message
    headers = {"Idempotency-Key": said.run}
    more = {"run": said.run, "schedule": said.schedule, "period": said.period, "scope": said.scope, "hash": said.hash}
    return _notify(_as_json(address), parcel, parcel.files, said.text(), NotifyFormat.TEXT, what="webhook",
                   headers=headers, more=more)  # fmt: skip


def _as_json(address: str) -> str:
    """An address of the web as one of Apprise's JSON service; its parameters go along."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https"):
        return address
    schema = "jsons" if parts.scheme == "https" else "json"
    asked = urlencode([(f"-{name}", value) for name, value in parse_qsl(parts.query, keep_blank_values=True)])
    plain = f"{schema}://{parts.netloc}{parts.path or '/'}"
    return f"{plain}?{asked}" if asked else plain


def _secret(recipient: Recipient, around: Surroundings) -> str:
    if recipient.url is None:
        raise UsageProblem(f"{recipient.name} has no address")
    return around.secret(recipient.url)


def _notify(
    address: str, parcel: Parcel, files: Sequence[File], text: str, form: NotifyFormat, *, what: str,
    headers: Mapping[str, str] | None = None, more: Mapping[str, str] | None = None,
) -> Answer:  # fmt: skip
    service = Apprise.instantiate(address, asset=_ASSET, suppress_exceptions=True)
    if not isinstance(service, NotifyBase):
        return Refused(f"the address is none that {what} has")
    service.socket_connect_timeout, service.socket_read_timeout = CONNECT_SECONDS, READ_SECONDS
    for name, added in (("headers", headers), ("payload_extras", more)):
        if added and hasattr(service, name):
            getattr(service, name).update(added)
    front = Apprise(asset=_ASSET)
    front.add(service)
    attached = [_attached(file) for file in files]
    result = front.notify(
        body=text, title=parcel.message.subject, body_format=form, attach=attached or None, log_level=logging.DEBUG
    )
    return Sent() if result else judged([entry.message for one in result for entry in one.logs()])


def _attached(file: File) -> AttachMemory:
    media = file.media.partition(";")[0]
    return AttachMemory(content=file.content, name=file.name, mimetype=media)  # type: ignore[no-untyped-call]


def judged(log: list[str]) -> Refused | Unclear:
    """Whether a failure came before anybody can have had the message, by what Apprise noted."""
    said = "\n".join(log)
    if found := _HTTP.search(said):
        code = int(found[1])
        return (Unclear if code in UNSURE else Refused)(f"the other side answered with HTTP {code}")
    if found := _SMTP.search(said):
        return Refused(f"the mail server answered with {found[1] or found[2]}")
    for pattern, words in _BEFORE:
        if pattern.search(said):
            return Refused(words)
    return Unclear("the connection ended without an answer: it may have arrived or not")


WAYS: Ways = {
    "mail": by_mail, "slack": to_chat, "teams": to_chat, "service": to_chat, "webhook": to_webhook,
}  # fmt: skip
