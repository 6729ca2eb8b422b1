"""workspace.yaml: name, currency, calendar, locale, exchange rates."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import Literal, get_args
from zoneinfo import available_timezones

import msgspec
from babel import Locale, UnknownLocaleError
from babel.localedata import locale_identifiers

from breakeven.errors import Problem, choices
from breakeven.money import CURRENCIES, Rate
from breakeven.period import Calendar
from breakeven.workspace.definitions import Grade, Headline, Realisation, Record
from breakeven.workspace.document import Node, Place
from breakeven.workspace.fields import Fields

_KEYS = (
    "name", "currency", "time_zone", "fiscal_year_start", "locale", "unknown_project", "exchange_rates", "headline",
)  # fmt: skip
LOCALE = "en"
_RATE_KEYS = ("currency", "rate", "start", "source")


class Company(Record, frozen=True, kw_only=True):
    """What the whole workspace shares."""

    name: str
    currency: str
    calendar: Calendar
    rates: tuple[Rate, ...] = ()
    unknown_project: Literal["accept", "reject"] = "accept"
    headline: Headline = Headline()
    locale: str = LOCALE
    """How pages write numbers and dates, as CLDR spells it."""

    def without_rate(self, currency: str) -> bool:
        """Whether amounts in a currency could never be converted."""
        return currency != self.currency and all(rate.currency != currency for rate in self.rates)


def read_company(node: Node, problems: list[Problem]) -> Company:
    """The content of workspace.yaml; faults are added to `problems` and stand-ins used in their place."""
    fields = Fields(node, "workspace.yaml", _KEYS, problems, required=("name", "currency"))
    currency = read_currency(fields, "currency") or ""
    zone = fields.text("time_zone") or "UTC"
    zones = known_zones()
    if zone not in zones:
        fields.fault("time_zone", f"unknown time zone {zone!r}", choices(zone, sorted(zones), most=5))
        zone = "UTC"
    policy = fields.choice("unknown_project", ("accept", "reject"), "accept")
    return Company(
        name=fields.words("name"),
        currency=currency,
        calendar=Calendar(time_zone=zone, fiscal_year_start=fields.whole("fiscal_year_start", 1, 1, 12)),
        rates=_rates(fields, currency, problems),
        unknown_project="reject" if policy == "reject" else "accept",
        headline=_headline(fields, problems),
        locale=_locale(fields),
    )


@cache
def known_zones() -> frozenset[str]:
    """IANA's names of time zones; the library reads a folder of files each time that it is asked for them."""
    return frozenset(available_timezones())


def _locale(fields: Fields) -> str:
    """A locale of CLDR; de-CH and de_ch are de_CH."""
    text = fields.text("locale")
    found = LOCALE if text is None else known_locale(text)
    if text is not None and found is None:
        near = get_close_matches(text.replace("-", "_"), locale_identifiers(), n=3, cutoff=0.75)
        hint = f"did you mean {', '.join(near)}" if near else "a language, or one and a country: de, en_GB, fr_CH, ja"
        fields.fault("locale", f"unknown locale {text!r}", hint)
    return found or LOCALE


def known_locale(text: str) -> str | None:
    """The locale as CLDR spells it; None: there is none of the name."""
    try:
        return str(Locale.parse(text.strip().replace("-", "_")))
    except (UnknownLocaleError, ValueError, TypeError):
        return None


def _headline(fields: Fields, problems: list[Problem]) -> Headline:
    """Grades and realisations that count; what is not said counts whole."""
    node = fields.node("headline")
    if node is None:
        return Headline()
    entry = Fields(node, "headline", ("grades", "realisations"), problems)
    return Headline(
        grades=msgspec.convert(_counted(entry, "grades", get_args(Grade)), tuple[Grade, ...]),
        realisations=msgspec.convert(_counted(entry, "realisations", get_args(Realisation)), tuple[Realisation, ...]),
    )


def _counted(fields: Fields, key: str, options: tuple[str, ...]) -> tuple[str, ...]:
    """The options that are listed, in their own order; all of them where nothing is said."""
    node, listed = fields.node(key), fields.texts(key)
    if node is not None and node.value == []:
        fields.fault(key, f"{key} of {fields.what} is empty: nothing would count", f"valid: {', '.join(options)}")
    for item in listed:
        if item.text.strip() not in options:
            message = f"unknown {key[:-1]} {item.text.strip()!r} in {fields.what}"
            fields.problems.append(item.at.problem(message, choices(item.text.strip(), options)))
    found = {item.text.strip() for item in listed}
    return tuple(option for option in options if option in found) or options


def read_currency(fields: Fields, key: str) -> str | None:
    """A currency code that exists."""
    code = fields.text(key)
    if code is not None and code not in CURRENCIES:
        fields.fault(key, f"unknown currency {code!r}", _similar(code))
        return None
    return code


def _similar(code: str) -> str:
    return choices(code.upper(), sorted(CURRENCIES), most=5)


def _rates(fields: Fields, currency: str, problems: list[Problem]) -> tuple[Rate, ...]:
    rates: list[tuple[Rate, Place]] = []
    for item in fields.items("exchange_rates"):
        entry = Fields(item, "an exchange rate", _RATE_KEYS, problems, required=("currency", "rate", "start"))
        code, number, start = read_currency(entry, "currency"), entry.number("rate"), entry.day("start")
        if number is not None and number <= 0:
            entry.fault("rate", f"an exchange rate must be above 0, not {number}")
        elif code is not None and code == currency:
            entry.fault("currency", f"{code} is the workspace's own currency: its rate is 1")
        elif code is not None and number is not None and start is not None:
            rates.append((Rate(currency=code, rate=number, start=start, source=entry.words("source")), entry.at))
    for rate, earlier, place in repeated((r.currency, r.start, at) for r, at in rates):
        problems.append(place.problem(f"two exchange rates of {rate} start on {earlier}", "keep one"))
    return tuple(rate for rate, _ in rates)


def repeated(keyed: Iterable[tuple[str, date, Place]]) -> list[tuple[str, date, Place]]:
    """Entries whose name and start stood before."""
    seen: set[tuple[str, date]] = set()
    found: list[tuple[str, date, Place]] = []
    for name, start, place in keyed:
        if (name, start) in seen:
            found.append((name, start, place))
        seen.add((name, start))
    return found
