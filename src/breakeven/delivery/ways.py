"""What every way of sending takes and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from breakeven.delivery.message import Message
from breakeven.workspace.pulls import Secret
from breakeven.workspace.reports import MailServer, Recipient


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it was kept."""

    form: str
    name: str
    media: str
    content: bytes


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """What one recipient gets."""

    message: Message
    files: Sequence[File]
    """What is attached, or laid into a folder."""
    page: bytes = b""
    """The report as a page that mail programs show."""


class Sent(msgspec.Struct, frozen=True):
    """It was taken by the other side."""


class Refused(msgspec.Struct, frozen=True):
    """It was not sent, or turned down: nobody got it. It can be tried again."""

    reason: str


class Unclear(msgspec.Struct, frozen=True):
    """Whether it arrived is not known: it is not tried again by itself."""

    reason: str


Answer = Sent | Refused | Unclear


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What ways of sending need beside the parcel."""

    folder: Path
    """The workspace's, for paths that are relative."""
    secret: Callable[[Secret], str]
    """The secret itself. Raises UsageProblem with its name."""
    mail: MailServer | None


class Way(Protocol):
    """Sends a parcel to a recipient. It raises nothing that it can say in its answer."""

    def __call__(self, parcel: Parcel, recipient: Recipient, around: Surroundings) -> Answer: ...


Ways = Mapping[str, Way]
"""Channel → how it is sent."""
