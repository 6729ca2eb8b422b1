"""Tables as DuckDB spells them."""

from __future__ import annotations

from breakeven.facts import MONEY_SCALE, MONEY_WIDTH
from breakeven.store.schema import FieldType, Table, quoted

_TYPES = {
    FieldType.TEXT: "VARCHAR",
    FieldType.SMALL: "SMALLINT",
    FieldType.INTEGER: "BIGINT",
    FieldType.KEY: "UBIGINT",
    FieldType.WIDE: "HUGEINT",
    FieldType.FLOAT: "DOUBLE",
    FieldType.MONEY: f"DECIMAL({MONEY_WIDTH}, {MONEY_SCALE})",
    FieldType.INSTANT: "TIMESTAMPTZ",
    FieldType.DAY: "DATE",
    FieldType.BOOLEAN: "BOOLEAN",
}


def create_table(table: Table) -> str:
    """CREATE TABLE."""
    fields = ", ".join(
        f"{quoted(field.name)} {_TYPES[field.type]}{' NOT NULL' if field.required else ''}" for field in table.fields
    )
    return f"CREATE TABLE {table.name} ({fields})"
