"""From tokens to cost: dated prices, the workspace's own first and the price book behind them. Pure.

A `Pricer` answers two questions:

`quotes`  the flat prices of one model over a span of time, for interactions that report token counts. Each quote holds
          for one interval of time and one band of input tokens (books have tiers and off-peak hours), so that the
          ingest prices millions of rows with one join.
`charge`  the cost of one provider's own usage object with all its units: cache writes, audio, images, searches.

A price that is not known is None, never 0: a model without an entry in the book, and an entry without any price.
Amounts are rounded once, half up, to 12 decimals. The book is `genai-prices`, as installed or from a pinned table file.
"""

from __future__ import annotations

import gzip
import hashlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import genai_prices
import msgspec
from genai_prices.data_snapshot import DataSnapshot, get_snapshot
from genai_prices.types import (
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    Provider,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
    Usage,
    UsageExtractor,
    _providers_from_raw,
)
from genai_prices.units import _get_registry

from breakeven.errors import FileUnreadable
from breakeven.facts import MONEY_SCALE

SMALLEST = Decimal(1).scaleb(-MONEY_SCALE)
MILLION = Decimal(1_000_000)
DIGITS = 60
"""Precision of price arithmetic: more than tokens times price can have, so that the only rounding is the last one."""
BOOK_CURRENCY = "USD"


Entry = tuple[Provider, ModelInfo]
"""Where a book found a model."""


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """A dated price of the workspace's own, before the price book; money per million tokens."""

    model: str
    """Model name as in interactions; * at the end matches any rest."""
    provider: str | None = None
    start: date
    input_per_million: Decimal
    output_per_million: Decimal
    cached_per_million: Decimal | None = None
    """None: cached tokens cost what input costs."""
    currency: str = "USD"
    source: str = ""


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """The workspace's own prices and the price book behind them."""

    own: tuple[Price, ...] = ()
    book: str | None = None
    """Path of a genai-prices table (JSON, may be gzipped) to use instead of the installed one."""


def before(more: Prices, prices: Prices) -> Prices:
    """Prices with others put before them: those win where model, provider and start are the same, a book always."""
    taken = {_name(price) for price in more.own}
    return Prices(
        own=(*more.own, *(price for price in prices.own if _name(price) not in taken)), book=more.book or prices.book
    )


def _name(price: Price) -> tuple[str, str | None, date]:
    return price.model.lower(), price.provider.lower() if price.provider else None, price.start


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """One price in force for an interval of time and a band of input tokens."""

    start: datetime
    end: datetime
    """Exclusive."""
    above: int = -1
    """Holds for more input tokens in an interaction than this…"""
    up_to: int | None = None
    """…and at most this many; None has no bound."""
    input: Decimal | None
    """Per token that was not cached; None: this model has no price for it. Likewise below."""
    output: Decimal | None
    cached: Decimal | None
    request: Decimal
    """Per interaction, beside the tokens."""
    currency: str
    price_id: str


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider's usage object says."""

    model: str | None
    """Model named in the response, if it is there."""
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    usage: Usage
    """All counted units."""
    context: Mapping[str, str]
    """What else decides the price: the service tier of the response."""


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """A cost with the price that made it."""

    cost: Decimal
    currency: str
    price_id: str


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """A price table with its name."""

    name: str
    """Name and version, first part of a price's identity."""
    table: DataSnapshot

    @property
    def context_keys(self) -> frozenset[str]:
        """Names of what prices depend on beside model, time and amount: the service tier, the speed."""
        variants = (v for p in self.table.providers for model in p.models for v in model.price_variants or ())
        return frozenset(key for variant in variants for key in variant.when)

    def find(self, provider: str, model: str) -> Entry | None:
        """The entry of a model at a provider, by the book's own matching rules; None where there is none."""
        try:
            return self.table.find_provider_model(model, None, provider, None)
        except LookupError:
            return None


def installed_book() -> Book:
    """The table that came with the installed library."""
    return Book(name=f"genai-prices {genai_prices.__version__}", table=get_snapshot())


def read_book(path: Path) -> Book:
    """A pinned table from a JSON file, gzipped or not. Raises FileUnreadable."""
    try:
        content = path.read_bytes()
        raw = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
        with warnings.catch_warnings():  # units of a newer table than the library are left out, as the library does
            warnings.simplefilter("ignore", UserWarning)
            # The library has no public reader of a table file; its own updater calls this one.
            providers = _providers_from_raw(msgspec.json.decode(raw))
    except OSError as error:
        raise FileUnreadable(f"price table {path}: {error.strerror or error}") from error
    except (ValueError, EOFError, AssertionError) as error:  # msgspec's and pydantic's errors are ValueErrors
        raise FileUnreadable(f"price table {path}: not a genai-prices table: {str(error).splitlines()[0]}") from error
    name = f"{path.name.partition('.')[0]} {hashlib.sha256(raw).hexdigest()[:12]}"
    return Book(name=name, table=DataSnapshot(providers, from_auto_update=False))


def make_pricer(prices: Prices, folder: Path, time_zone: str = "UTC") -> Pricer:
    """A pricer over the workspace's own prices and its book, whose path is relative to `folder`.

    Raises FileUnreadable for a pinned table that cannot be read.
    """
    book = read_book(folder / prices.book) if prices.book else installed_book()
    return Pricer(prices.own, book, time_zone)


class Pricer:
    """Prices by model, provider and time; safe to share between threads."""

    def __init__(self, own: Sequence[Price], book: Book, time_zone: str = "UTC") -> None:
        """`time_zone` is the zone of the days on which the workspace's own prices start."""
        self.book = book
        self.context_keys = book.context_keys
        self._zone = ZoneInfo(time_zone)
        self._own = sorted(own, key=_closeness, reverse=True)

    def quotes(
        self, provider: str | None, model: str | None, context: Mapping[str, str], first: datetime, last: datetime
    ) -> list[Quote]:
        """The prices of a model from `first` to `last` (both included), by time and band; gaps are unpriced."""
        if model is None:
            return []
        entry = self._entry(provider, model)
        found: list[Quote] = []
        for start, end in self._spans(provider, model, entry, first, last):
            own = self._own_price(provider, model, start)
            if own is not None:
                found.append(_own_quote(own, start, end))
            elif entry is not None:
                found.extend(self._book_quotes(*entry, context, start, end))
        return found

    def charges(
        self, reading: Reading, provider: str | None, model: str | None, context: Mapping[str, str],
        first: datetime, last: datetime,
    ) -> list[tuple[datetime, datetime, Charge | None]]:  # fmt: skip
        """The cost of a usage from `first` to `last` (both included), by the intervals in which it is the same."""
        named = model or reading.model
        if named is None:
            return [(first, _after(last), None)]
        spans = self._spans(provider, named, self._entry(provider, named), first, last)
        return [(start, end, self.charge(reading, provider, named, context, start)) for start, end in spans]

    def read(self, text: str, provider: str | None, flavour: str | None, hint: str | None = None) -> Reading | None:
        """What a response body, or the usage object in it, says; None where the provider's rules do not fit it.

        `flavour` is the provider's API flavour where it is known; else `hint` is tried first and then each flavour in
        the book's order.
        """
        known = self._provider(provider)
        if known is None or not known.extractors:
            return None
        body = _decoded(text)
        extractors = [e for e in known.extractors if flavour is None or e.api_flavor == flavour]
        for extractor in sorted(extractors, key=lambda e: e.api_flavor != hint):
            for candidate in _bodies(body, extractor):
                try:
                    model, usage = extractor.extract(candidate)
                except ValueError:
                    continue
                return _reading(model, usage, self._context_of(body))
        return None

    def charge(
        self, reading: Reading, provider: str | None, model: str | None, context: Mapping[str, str], at: datetime
    ) -> Charge | None:
        """The cost of a usage at an instant; None where no price is known for it."""
        name = model or reading.model
        if name is None:
            return None
        own = self._own_price(provider, name, at)
        if own is not None:
            return _own_charge(own, reading)
        entry = self._entry(provider, name)
        if entry is None:
            return None
        where, what = entry
        asked = self._asked(where, what, {**reading.context, **context})
        with localcontext(prec=DIGITS):
            if not _covers(what.get_prices(at, asked), reading.usage):
                return None
            try:
                priced = what.calc_price(reading.usage, where, genai_request_timestamp=at, price_context=asked)
            except ValueError:  # the usage contradicts itself: a part larger than its whole
                return None
            cost = rounded(priced.total_price)
        return Charge(cost=cost, currency=BOOK_CURRENCY, price_id=self._book_id(where, what, at, asked))

    def _provider(self, name: str | None) -> Provider | None:
        if name is None:
            return None
        try:
            return self.book.table.find_provider(None, name, None)
        except LookupError:
            return None

    def _context_of(self, body: Any) -> dict[str, str]:
        layers = [body, *(part for part in body.values() if isinstance(part, dict))] if isinstance(body, dict) else []
        return {key: layer[key] for layer in reversed(layers) for key in self.context_keys
                if isinstance(layer.get(key), str)}  # fmt: skip

    def _entry(self, provider: str | None, model: str) -> Entry | None:
        return self.book.find(provider, model) if provider is not None else None

    def _spans(
        self, provider: str | None, model: str, entry: Entry | None, first: datetime, last: datetime
    ) -> list[tuple[datetime, datetime]]:
        """Intervals of constant price that cover `first` to `last`."""
        changes = {at for at in self._changes(provider, model, entry, first, last) if first < at <= last}
        starts = sorted({first, *changes})
        return list(zip(starts, [*starts[1:], _after(last)], strict=True))

    def _changes(
        self, provider: str | None, model: str, entry: Entry | None, first: datetime, last: datetime
    ) -> Iterator[datetime]:
        """Instants at which the price may change, some outside of the span."""
        for price in self._own:
            if _matches(price, provider, model):
                yield self._begin(price)
        if entry is None:
            return
        info = entry[1]
        for condition in (*_conditions(info), *(info.price_variants or ())):
            match condition.constraint:
                case StartDateConstraint(start_date=day):
                    yield datetime.combine(day, time(), UTC)
                case TimeOfDateConstraint(start_time=start, end_time=end):
                    for days in range((last - first).days + 3):
                        day = first.astimezone(UTC).date() + timedelta(days=days - 1)
                        yield from (_utc(day, start), _utc(day, end))

    def _begin(self, price: Price) -> datetime:
        return datetime.combine(price.start, time(), self._zone).astimezone(UTC)

    def _own_price(self, provider: str | None, model: str, at: datetime) -> Price | None:
        fitting = [price for price in self._own if _matches(price, provider, model) and self._begin(price) <= at]
        return fitting[0] if fitting else None

    def _book_quotes(
        self, where: Provider, what: ModelInfo, context: Mapping[str, str], start: datetime, end: datetime
    ) -> Iterator[Quote]:
        asked = self._asked(where, what, context)
        prices = what.get_prices(start, asked)
        values = [value for value in vars(prices).values() if value is not None]
        if not values:
            return
        price_id = self._book_id(where, what, start, asked)
        steps = sorted({tier.start for value in values if isinstance(value, TieredPrices) for tier in value.tiers})
        with localcontext(prec=DIGITS):
            for above, up_to in zip([-1, *steps], [*steps, None], strict=True):
                fresh = _per_unit(prices, "input_mtok", above)
                cached = _per_unit(prices, "cache_read_mtok", above)
                yield Quote(
                    start=start, end=end, above=above, up_to=up_to, input=fresh,
                    output=_per_unit(prices, "output_mtok", above), cached=fresh if cached is None else cached,
                    request=_per_unit(prices, "requests_kcount", above) or Decimal(0),
                    currency=BOOK_CURRENCY, price_id=price_id,
                )  # fmt: skip

    def _asked(self, where: Provider, what: ModelInfo, context: Mapping[str, str]) -> Mapping[str, str] | None:
        """The context that applies: a price borrowed from another provider has no variants (the library's rule)."""
        return context if context and any(what is model for model in where.models) else None

    def _book_id(self, where: Provider, what: ModelInfo, at: datetime, context: Mapping[str, str] | None) -> str:
        parts = [self.book.name, where.id, what.id, _since(what, at)]
        for variant in what.price_variants or ():
            active = variant.constraint is None or variant.constraint.active(at)
            if context and active and all(context.get(key) == value for key, value in variant.when.items()):
                parts.append(",".join(f"{key}={value}" for key, value in variant.when.items()))
        return "|".join(parts)


def rounded(amount: Decimal) -> Decimal:
    """An amount to the 12 decimals that are kept, halves away from zero."""
    with localcontext(prec=DIGITS):
        return amount.quantize(SMALLEST, ROUND_HALF_UP)


def _closeness(price: Price) -> tuple[bool, int, bool, date]:
    """Which of several fitting prices is meant: the exact model, the longer pattern, the named provider, the later."""
    return (not price.model.endswith("*"), len(price.model), price.provider is not None, price.start)


def _matches(price: Price, provider: str | None, model: str) -> bool:
    if price.provider is not None and (provider is None or price.provider.lower() != provider.lower()):
        return False
    pattern, name = price.model.lower(), model.lower()
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def own_id(price: Price) -> str:
    """Identity of a price of the workspace's own, as rows keep it."""
    return "|".join(("own", price.provider or "*", price.model, price.start.isoformat()))


def _own_quote(price: Price, start: datetime, end: datetime) -> Quote:
    cached = price.input_per_million if price.cached_per_million is None else price.cached_per_million
    with localcontext(prec=DIGITS):
        return Quote(
            start=start, end=end, input=price.input_per_million / MILLION, output=price.output_per_million / MILLION,
            cached=cached / MILLION, request=Decimal(0), currency=price.currency, price_id=own_id(price),
        )  # fmt: skip


def _own_charge(price: Price, reading: Reading) -> Charge | None:
    if reading.input_tokens is None and reading.output_tokens is None:
        return None
    fresh, cached, output = reading.input_tokens or 0, reading.cached_tokens or 0, reading.output_tokens or 0
    for_cached = price.input_per_million if price.cached_per_million is None else price.cached_per_million
    with localcontext(prec=DIGITS):
        cost = (price.input_per_million * (fresh - cached) + for_cached * cached
                + price.output_per_million * output) / MILLION  # fmt: skip
        return Charge(cost=rounded(cost), currency=price.currency, price_id=own_id(price))


def _conditions(model: ModelInfo) -> Sequence[ConditionalPrice]:
    return () if isinstance(model.prices, ModelPrice) else model.prices


def _since(model: ModelInfo, at: datetime) -> str:
    """Start of the price in force at an instant: a date, the hours of a daily price, or `first`."""
    for condition in reversed(_conditions(model)):
        if condition.constraint is None or condition.constraint.active(at):
            match condition.constraint:
                case StartDateConstraint(start_date=day):
                    return day.isoformat()
                case TimeOfDateConstraint(start_time=start, end_time=end):
                    return f"{start:%H:%M}-{end:%H:%M}"
            break
    return "first"


def _after(at: datetime) -> datetime:
    """The first instant after one: the exclusive end of a span that includes it."""
    return at + timedelta(microseconds=1)


def _utc(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, clock.tzinfo or UTC).astimezone(UTC)


def _per_unit(prices: ModelPrice, key: str, tokens: int) -> Decimal | None:
    """Price of one unit in the band above `tokens` input tokens."""
    value = getattr(prices, key)
    if isinstance(value, TieredPrices):
        value = next((tier.price for tier in reversed(value.tiers) if tier.start <= tokens), value.base)
    if value is None:
        return None
    return Decimal(value) / _get_registry().unit_for_price_key(key).per


def _covers(prices: ModelPrice, usage: Usage) -> bool:
    """Whether the price says anything about the usage: an entry without prices does not mean that it is free."""
    units = _get_registry().units.values()
    priced = [unit.usage_key for unit in units if getattr(prices, unit.price_key) is not None]
    used = any(usage.reported_value(unit.usage_key) for unit in units if unit.usage_key != "requests")
    return any(key == "requests" or usage.reported_value(key) for key in priced) or (bool(priced) and not used)


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None


def _bodies(body: Any, extractor: UsageExtractor) -> Iterator[Any]:
    """The body as it is, and, where it is the bare usage object, put where the provider's rules look for it."""
    yield body
    root = [extractor.root] if isinstance(extractor.root, str) else list(extractor.root)
    if isinstance(body, dict) and root[0] not in body and all(isinstance(step, str) for step in root):
        for depth in range(len(root)):
            nested: Any = body
            for step in reversed(root[: len(root) - depth]):
                nested = {step: nested}
            yield nested


def _reading(model: str | None, usage: Usage, context: Mapping[str, str]) -> Reading:
    return Reading(
        model=model,
        input_tokens=_whole(usage, "input_tokens"),
        output_tokens=_whole(usage, "output_tokens"),
        cached_tokens=_whole(usage, "cache_read_tokens"),
        usage=usage,
        context=context,
    )


def _whole(usage: Usage, key: str) -> int | None:
    """A count that the usage states; None where it does not."""
    return int(usage.reported_value(key)) if key in vars(usage) else None
