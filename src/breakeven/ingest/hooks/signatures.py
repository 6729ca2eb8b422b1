"""Whether a delivery comes from who knows the secret, and when: over the raw body, compared in constant time.

GitHub      X-Hub-Signature-256: sha256=<hex of HMAC-SHA256 of the body>
GitLab      webhook-signature (Standard Webhooks, of a signing token whsec_…), or X-Gitlab-Token: the secret itself
Alertmanager  Authorization: Bearer <secret>, or Basic with the secret as the password; it signs nothing
PagerDuty   X-PagerDuty-Signature: v1=<hex>, several with commas between them while a secret is changed
generic     as declared

Standard Webhooks (standardwebhooks.com): `v1,<base64 of HMAC-SHA256 of id.timestamp.body>`, several with blanks between
them; the key is what follows whsec_, in base64; a delivery is refused when its time is more than five minutes off.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from breakeven.errors import Unverified
from breakeven.workspace.hooks import Hook, HookSignature

Headers = Mapping[str, str]
"""Names in small letters."""

STANDARD_PREFIX = "whsec_"
STANDARD_TOLERANCE = 300


def verify(hook: Hook, secrets: Sequence[bytes], headers: Headers, body: bytes, now: datetime) -> None:
    """Raises Unverified unless one of the secrets proves the delivery. An unsigned hook takes all."""
    if not hook.unsigned:
        _SCHEMES[hook.platform](hook, secrets, headers, body, now)


def delivery_id(hook: Hook, headers: Headers) -> str | None:
    """What the headers name the delivery, where its platform does: the same when it is sent again."""
    names = {
        "github": ("x-github-delivery",),
        "gitlab": ("webhook-id", "idempotency-key"),
        "generic": ("webhook-id",) if hook.signature.scheme == "standard" else (),
    }.get(hook.platform, ())
    if hook.signature.delivery_header is not None:
        names = (hook.signature.delivery_header.lower(),)
    return next((headers[name] for name in names if headers.get(name)), None)


def _github(hook: Hook, secrets: Sequence[bytes], headers: Headers, body: bytes, _now: datetime) -> None:
    given = _given(hook, headers, "X-Hub-Signature-256")
    _match(hook, [given], (f"sha256={_hex(secret, body)}" for secret in secrets), "X-Hub-Signature-256")


def _gitlab(hook: Hook, secrets: Sequence[bytes], headers: Headers, body: bytes, now: datetime) -> None:
    if "webhook-signature" in headers:
        _standard(hook, secrets, headers, body, now)
        return
    # A captured token proves nothing of a body: where a signing token is set, nothing less is taken.
    plain = [secret for secret in secrets if not secret.startswith(STANDARD_PREFIX.encode())]
    if not plain:
        raise Unverified(f"hook {hook.name}: the header webhook-signature is missing")
    _match(hook, [_given(hook, headers, "X-Gitlab-Token")], map(_text, plain), "X-Gitlab-Token")


def _alertmanager(hook: Hook, secrets: Sequence[bytes], headers: Headers, _body: bytes, _now: datetime) -> None:
    scheme, _, credentials = _given(hook, headers, "Authorization").partition(" ")
    if scheme.lower() == "basic":
        try:
            credentials = base64.b64decode(credentials.strip(), validate=True).decode("latin-1").partition(":")[2]
        except (binascii.Error, ValueError):
            credentials = ""
    elif scheme.lower() != "bearer":
        raise Unverified(f"hook {hook.name}: Authorization must be Bearer, or Basic with the secret as the password")
    _match(hook, [credentials.strip()], map(_text, secrets), "Authorization")


def _pagerduty(hook: Hook, secrets: Sequence[bytes], headers: Headers, body: bytes, _now: datetime) -> None:
    given = [part.strip() for part in _given(hook, headers, "X-PagerDuty-Signature").split(",")]
    _match(hook, given, (f"v1={_hex(secret, body)}" for secret in secrets), "X-PagerDuty-Signature")


def _generic(hook: Hook, secrets: Sequence[bytes], headers: Headers, body: bytes, now: datetime) -> None:
    how = hook.signature
    if how.scheme == "standard":
        _standard(hook, secrets, headers, body, now, how.tolerance_seconds)
        return
    given = _given(hook, headers, how.header)
    if how.scheme == "token":
        _match(hook, [given.removeprefix(how.prefix).strip()], map(_text, secrets), how.header)
        return
    sent = ""
    if how.timestamp_header is not None:
        sent = _given(hook, headers, how.timestamp_header)
        _recent(hook, sent, now, how.timestamp_header, how.tolerance_seconds)
    content = body if how.signed == "body" else sent.encode() + b"." + body
    expected = (how.prefix + _digest(how, secret, content) for secret in secrets)
    _match(hook, [given], expected, how.header)


def _standard(
    hook: Hook, secrets: Sequence[bytes], headers: Headers, body: bytes, now: datetime,
    tolerance: int = STANDARD_TOLERANCE,
) -> None:  # fmt: skip
    identity, sent = _given(hook, headers, "webhook-id"), _given(hook, headers, "webhook-timestamp")
    given = _given(hook, headers, "webhook-signature").split()
    _recent(hook, sent, now, "webhook-timestamp", tolerance)
    content = f"{identity}.{sent}.".encode() + body
    expected = (
        "v1," + base64.b64encode(hmac.digest(_standard_key(secret), content, "sha256")).decode() for secret in secrets
    )
    _match(hook, given, expected, "webhook-signature")


def _standard_key(secret: bytes) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(STANDARD_PREFIX.encode()), validate=True)
    except binascii.Error:
        return secret


def _digest(how: HookSignature, secret: bytes, content: bytes) -> str:
    made = hmac.digest(secret, content, how.algorithm)
    return base64.b64encode(made).decode() if how.encoding == "base64" else made.hex()


def _hex(secret: bytes, body: bytes) -> str:
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def _text(secret: bytes) -> str:
    return secret.decode("latin-1")  # as header values are


def _given(hook: Hook, headers: Headers, name: str) -> str:
    value = headers.get(name.lower(), "").strip()
    if not value:
        raise Unverified(f"hook {hook.name}: the header {name} is missing")
    return value


def _recent(hook: Hook, sent: str, now: datetime, name: str, tolerance: int) -> None:
    # A number of more digits is no time of ours, and would be too large for the arithmetic.
    if not (sent.isascii() and sent.isdigit() and len(sent) <= 12):
        raise Unverified(f"hook {hook.name}: {name} is not a number of seconds since 1970")
    if abs(now.timestamp() - int(sent)) > tolerance:
        raise Unverified(f"hook {hook.name}: {name} is more than {tolerance} seconds from now: sent again, or a clock")


def _match(hook: Hook, given: Iterable[str], expected: Iterable[str], name: str) -> None:
    """Every pair is compared, each in constant time."""
    wanted = [text.encode("latin-1") for text in expected]
    pairs = [hmac.compare_digest(one.encode("latin-1", "replace"), two) for one in given for two in wanted]
    if not any(pairs):
        raise Unverified(f"hook {hook.name}: {name} does not match the body and the secret")


_SCHEMES: dict[str, Callable[[Hook, Sequence[bytes], Headers, bytes, datetime], None]] = {
    "github": _github,
    "gitlab": _gitlab,
    "alertmanager": _alertmanager,
    "pagerduty": _pagerduty,
    "generic": _generic,
}
