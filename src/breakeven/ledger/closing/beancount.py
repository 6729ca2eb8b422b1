"""The ledger as a Beancount file: one balanced transaction an entry, which `bean-check` accepts.

Value is income and cost is an expense of the project; the other side is equity, because the ledger says what things
are worth and not where money went. Transactions of closed months are complete (`*`), of open ones incomplete (`!`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from breakeven.ledger.closing.chain import amount_text
from breakeven.ledger.closing.export import Row
from breakeven.period import add_months

_ROOTS = {"value": "Income", "cost": "Expenses"}
_EQUITY = {"value": "Equity:Benefit", "cost": "Equity:Spending"}
_SIGNS = re.compile(r"[^A-Za-z0-9-]+")


def as_beancount(rows: Sequence[Row], title: str) -> bytes:
    """The text of the file."""
    names = _Names(rows)
    currencies = sorted({row.currency for row in rows})
    lines = [f'option "title" {_text(title)}', *(f'option "operating_currency" "{one}"' for one in currencies), ""]
    first = min((_day(row) for row in rows), default=None)
    if first is not None:
        accounts = sorted({account for row in rows for account in names.accounts(row)})
        lines += [f"{first.replace(day=1)} open {account}" for account in accounts]
    for row in rows:
        lines += ["", *_transaction(row, names)]
    return ("\n".join(lines) + "\n").encode()


def _transaction(row: Row, names: _Names) -> Iterable[str]:
    mine, other = names.accounts(row)
    amount, opposite = amount_text(row.amount), amount_text(-row.amount)
    if row.side == "value":
        amount, opposite = opposite, amount
    yield f"{_day(row)} {'*' if row.closed else '!'} {_text(row.project)} {_text(row.category)}"
    said = {
        "id": row.id, "grade": row.grade, "realisation": row.realisation, "state": row.state, "reason": row.reason,
        "formula": row.formula, "inputs": row.inputs, "note": row.note, "methodology": row.methodology,
        "data_version": str(row.data_version), "counted": amount_text(row.counted),
        "closing": f"{row.month} version {row.closing_version}" if row.closed else "open", "hash": row.hash,
    }  # fmt: skip
    for name, text in said.items():
        if text:
            yield f"  {name}: {_text(text)}"
    yield f"  {mine}  {amount} {row.currency}"
    yield f"  {other}  {opposite} {row.currency}"


class _Names:
    """Accounts: a project or category becomes a word that Beancount reads; two never become the same."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._words: dict[str, str] = {}
        taken: dict[str, str] = {}
        for name in sorted({name for row in rows for name in (row.project, row.category)}):
            word = "".join(part[:1].upper() + part[1:] for part in _SIGNS.split(name) if part).strip("-") or "X"
            if not word[0].isalnum() or taken.get(word.lower(), name) != name:
                word = f"{word}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
            taken[word.lower()], self._words[name] = name, word

    def accounts(self, row: Row) -> tuple[str, str]:
        """The account of an entry, and the one that balances it."""
        project, category = self._words[row.project], self._words[row.category]
        return f"{_ROOTS[row.side]}:{project}:{category}", f"{_EQUITY[row.side]}:{project}"


def _day(row: Row) -> date:
    """Last day of the month."""
    return add_months(date.fromisoformat(f"{row.month}-01"), 1) - timedelta(days=1)


def _text(text: str) -> str:
    """A string of the file; line breaks become blanks."""
    return '"' + " ".join(text.replace("\\", "\\\\").replace('"', '\\"').split()) + '"'
