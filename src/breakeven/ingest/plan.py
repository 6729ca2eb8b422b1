"""A mapping compiled for one file: SQL from the file's own columns to a fact's fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from breakeven.ingest.numbers import Style, plain_number
from breakeven.ingest.rawfile import MALFORMED, PLACE

RAW = "\x1f"
"""Before a column's name in the inner relation: its value untouched; without it, with numbers made plain."""


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """What a known format fills by itself."""

    fields: Mapping[str, str]
    """Field → SQL over the inner relation."""
    numbers: Mapping[str, str]
    """Number field → the column it is in."""
    key: str | None = None
    """SQL text of what a record is about, where its content (amounts) may change while it stays the same record."""


Find = Callable[[str], str | None]
"""SQL of a column's value by its name in any case, or None where the file lacks it; what is found counts as used."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping compiled for one file."""

    wanted: tuple[str, ...]
    """The file's columns that must be read."""
    ignored: tuple[str, ...]
    """Those that feed nothing."""
    views: Mapping[str, tuple[str, tuple[str, ...]]]
    """Name in the expressions → the column it comes from and the keys that lead into its JSON."""
    fields: Mapping[str, str]
    """Field → SQL over the inner relation."""
    numeric: Mapping[str, str]
    """Number field that is a plain column → the column."""
    where: str | None
    order_by: str | None
    key: str | None
    """As in Preset."""

    def styled(self) -> list[str]:
        """Columns whose numbers matter: those of number fields and those inside expressions."""
        return sorted({*self.numeric.values(), *(column for column, keys in self.views.values() if not keys)})

    def inner(self, styles: Mapping[str, Style], relation: str) -> str:
        """SQL of the inner relation: every wanted column untouched, and what the expressions name."""
        parts = [quoted(PLACE), quoted(MALFORMED), *(f"{quoted(c)} AS {quoted(RAW + c)}" for c in self.wanted)]
        for name, (column, keys) in self.views.items():
            value = quoted(column)
            if keys:
                path = "$" + "".join(f'."{key}"' for key in keys)
                value = f"json_extract_string(CASE WHEN json_valid({value}) THEN {value} END, {literal(path)})"
            elif column in styles:
                value = plain_number(value, styles[column])
            parts.append(f"{value} AS {quoted(name)}")
        return f"SELECT {', '.join(parts)} FROM {relation}"

    def selected(self, styles: Mapping[str, Style]) -> dict[str, str]:
        """Field → SQL over the inner relation, plain numbers made so."""
        plain = {
            field: plain_number(f"nullif({quoted(RAW + column)}, 'NULL')", styles.get(column, Style.POINT))
            for field, column in self.numeric.items()
        }
        return {**self.fields, **plain}


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
