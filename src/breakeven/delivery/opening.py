"""A courier with every way of sending, and what wakes it; their libraries are loaded when something is scheduled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from typing import Protocol, get_args

from breakeven.delivery.courier import Courier
from breakeven.delivery.folder import to_folder
from breakeven.delivery.ways import Answer, Parcel, Surroundings, Way
from breakeven.ledger.ledger import Ledger
from breakeven.reports.archive import Archive
from breakeven.workspace.pulls import Secret
from breakeven.workspace.reports import Channel, Recipient


class Closing(Protocol):
    """What is to be closed."""

    def close(self) -> None: ...


def by_apprise(parcel: Parcel, recipient: Recipient, around: Surroundings) -> Answer:
    """Mail, chats, webhooks: loads Apprise when the first one is sent."""
    way: Way = import_module("breakeven.delivery.apprising").WAYS[recipient.channel]
    return way(parcel, recipient, around)


WAYS: dict[str, Way] = {**dict.fromkeys(get_args(Channel), by_apprise), "folder": to_folder}


def open_courier(
    ledger: Ledger, archive: Archive, secret: Callable[[Secret], str], clock: Callable[[], datetime]
) -> Courier:
    """The courier of a ledger's workspace; `secret` reads what reports.yaml names."""
    return Courier(ledger.workspace, ledger, archive, secret, WAYS, clock=clock)


def started(courier: Courier) -> Closing | None:
    """What wakes the courier when something is due; None where nothing is scheduled."""
    if not courier.schedules:
        return None
    timetable = import_module("breakeven.delivery.timetable").Timetable(courier)
    timetable.start()
    found: Closing = timetable
    return found
