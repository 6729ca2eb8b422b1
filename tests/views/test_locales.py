"""Numbers and dates of other locales, by CLDR; English is the design's (test_format.py)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from babel import Locale
from babel.localedata import locale_identifiers
from hypothesis import given
from hypothesis import strategies as st

from breakeven.views.format import Display

DAY = date(2026, 9, 30)
D = Decimal


def text(made: str) -> str:
    return made.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("locale", "currency", "amounts"),
    [
        ("de", "EUR", ("4,76 Mio. €", "742.140 €", "318 €", "0,12 €", "−12,35 Mrd. €")),
        ("de_CH", "CHF", ("4.76 Mio. CHF", "CHF 742’140", "CHF 318", "CHF 0.12", "−12.35 Mrd. CHF")),
        ("fr", "EUR", ("4,76 M €", "742 k €", "318 €", "0,12 €", "−12,35 Md €")),
        ("en_US", "USD", ("$4.76M", "$742k", "$318", "$0.12", "−$12.35B")),
        ("en_IN", "INR", ("₹47.6L", "₹7.4L", "₹318", "₹0.12", "−₹1.23KCr")),
        ("ja", "JPY", ("￥476万", "￥74.2万", "￥318", "￥0.12", "−￥123.46億")),
        ("nl", "EUR", ("€ 4,76 mln.", "€ 742k", "€ 318", "€ 0,12", "−€ 12,35 mld.")),
    ],
)
def test_compact_money(locale: str, currency: str, amounts: tuple[str, ...]) -> None:
    show = Display(currency=currency, locale=locale)
    asked = (D(4_760_000), D(742_140), D(318), D("0.12"), D(-12_345_678_901))
    assert tuple(text(show.money(amount)) for amount in asked) == amounts


@pytest.mark.parametrize(
    ("locale", "full", "percent", "number"),
    [
        ("de", "2.756.300,74 €", "−22 %", "1.234.567,5"),
        ("fr", "2 756 300,74 €", "−22 %", "1 234 567,5"),
        ("tr", "€2.756.300,74", "−%22", "1.234.567,5"),
        ("hi", "€27,56,300.74", "−22%", "12,34,567.5"),
        ("en", "€2,756,300.74", "−22%", "1,234,567.5"),
    ],
)
def test_full_amounts_percentages_and_counts(locale: str, full: str, percent: str, number: str) -> None:
    show = Display(currency="EUR", locale=locale)
    assert text(show.full_money(D("2756300.738506"))) == full
    assert text(show.roi(-22)) == percent
    assert text(show.plain(D("1234567.5"), 1)) == number
    quantity = show.quantity(D("1234567.5"), "%", 1)
    assert (quantity.text + quantity.unit).strip("%\u00a0\u202f") == show.plain(D("1234567.5"), 1)


@pytest.mark.parametrize(
    ("locale", "day", "of_year", "month", "short", "clock"),
    [
        ("en", "30 Sep 2026", "30 September", "September 2026", "Sep 2026", "14:05 UTC"),
        ("en_US", "Sep 30, 2026", "September 30", "September 2026", "Sep 2026", "14:05 UTC"),
        ("de", "30. Sept. 2026", "30. September", "September 2026", "Sept. 2026", "14:05 UTC"),
        ("ja", "2026年9月30日", "9月30日", "2026年9月", "2026年9月", "14:05 UTC"),
        ("pl", "30 wrz 2026", "30 września", "wrzesień 2026", "wrz 2026", "14:05 UTC"),
        ("sv", "30 sep. 2026", "30 september", "september 2026", "sep. 2026", "14:05 UTC"),
        ("fi", "30.9.2026", "30. syyskuuta", "syyskuu 2026", "syys 2026", "14.05 UTC"),
    ],
)
def test_dates(locale: str, day: str, of_year: str, month: str, short: str, clock: str) -> None:
    show = Display(currency="EUR", locale=locale)
    said = (show.day(DAY), show.day_of_year(DAY), show.month(DAY), show.month_short(DAY))
    assert tuple(text(one) for one in said) == (day, of_year, month, short)
    assert show.clock(datetime(2026, 9, 30, 14, 5, 59, tzinfo=UTC)) == clock
    assert show.day(datetime(2026, 9, 30, 23, 59, tzinfo=UTC)) == show.day(DAY)


def test_names_of_months_are_those_of_the_locale_whatever_was_read_before() -> None:
    names = {}
    for locale in ("ja", "sv", "ar", "pl", "tr"):
        show = Display(currency="EUR", locale=locale)
        names[locale] = (show.month_name(DAY), show.month_name(DAY, short=True))
    assert names == {
        "ja": ("9月", "9月"), "sv": ("september", "sep."), "ar": ("سبتمبر", "سبتمبر"), "pl": ("wrzesień", "wrz"),
        "tr": ("Eylül", "Eyl"),
    }  # fmt: skip


def test_every_locale_can_be_written_in() -> None:
    for name in sorted(set(locale_identifiers()) - {"root"}):
        if Locale.parse(name).text_direction not in ("ltr", "rtl"):
            continue
        show = Display(currency="USD", locale=name)
        made = [show.money(D(-4_760_000)), show.full_money(D(12)), show.percent(D("1.5"), 1), show.day(DAY)]
        assert all(made), name
        assert not any("¤" in one or "'" in one for one in made), name


def test_a_translated_amount_is_translated_once() -> None:
    show = Display(currency="EUR", rate=D("0.5"), locale="de")
    assert text(show.money(D(1_000_000))) == "500.000 €"
    assert text(str(show.quantity(D(10), "money/hour"))) == "5,00 € per h"
    assert text(str(show.quantity(D(10), "hour"))) == "10,00 h"
    assert text(show.span(D(2_000_000), D(4_000_000))) == "1,00 Mio. €\u2060–\u20602,00 Mio. €"
    assert show.money(None) == "–"


@given(st.decimals(min_value=-(10**13), max_value=10**13, places=4), st.sampled_from(["de", "fr", "en_IN", "sv", "tr"]))
def test_no_digit_is_lost_in_any_locale(number: Decimal, locale: str) -> None:
    english, other = Display(currency="USD").plain(number, 4), Display(currency="USD", locale=locale).plain(number, 4)
    assert [one for one in other if one.isdigit() or one == "−"] == [
        one for one in english if one.isdigit() or one == "−"
    ]
