"""Recompute closed months from `breakeven ledger export`, without breakeven.

python audit.py ENTRIES.csv SEALED.txt: the exports as `csv` and as `sealed`. Formulas are SQL, any engine reads them.
"""
# ruff: noqa: PTH123, SIM115, T201

import csv
import hashlib
import re
import sqlite3
import sys
from urllib.parse import unquote

sql, wrong, previous = sqlite3.connect(":memory:"), 0, None
sql.create_function("greatest", -1, lambda *v: None if None in v else max(v))
sql.create_function("least", -1, lambda *v: None if None in v else min(v))
sql.create_function("sum_known", -1, lambda *v: sum(x for x in v if x is not None) if set(v) - {None} else None)
exported = {row["id"]: row for row in csv.DictReader(open(sys.argv[1], encoding="utf-8", newline=""))}


def value(name, known, formulas):
    """A figure of one project, made from its inputs by the formulas; None where it is unknown."""
    if name not in known:
        parts = {part: None for part in re.findall(r"[a-z_]\w*", formulas[name]) if part in known or part in formulas}
        columns = ", ".join(f"? AS {part}" for part in parts) or "1"
        values = [value(part, known, formulas) for part in parts]
        known[name] = sql.execute(f"SELECT {formulas[name]} FROM (SELECT {columns})", values).fetchone()[0]
    return known[name]


for text in re.split(r"(?<=\n)(?=breakeven closing 1\n)", open(sys.argv[2], encoding="utf-8", newline="").read()):
    head = dict(line.split(": ", 1) for line in text.split("\n")[1:13])
    body = [[unquote(field) for field in line.split("|")] for line in text.split("\n")[13:-2]]
    sha256, known, sums = hashlib.sha256(text.encode()).hexdigest(), {}, {"value": 0, "cost": 0}
    formulas = {line[1]: line[4] for line in body if line[0] == "formula"}
    noted = {(line[1], line[2]) for line in body if line[0] == "note"}
    for _, project, name, number in (line for line in body if line[0] == "input"):
        known.setdefault(project, {})[name] = float(number) if number else None
    for _, project, side, category, amount, *_ in (line for line in body if line[0] == "entry"):
        made, row = value(category, known[project], formulas), exported.get(f"{head['month']}/{project}/{category}", {})
        same = (row.get("amount"), row.get("hash")) == (amount, sha256) or row.get("closing_version") != head["version"]
        if not same or ((made is None or round(made - float(amount), 2)) and (project, category) not in noted):
            print(f"{project}/{category}: sealed {amount}, recomputed {made}, exported {row.get('amount')}")
            wrong += 1
        sums[side] += float(amount)
    if previous not in (None, head["previous"]):
        print(f"{head['month']} version {head['version']} does not follow {previous}")
        wrong += 1
    print(f"{head['month']} version {head['version']}: value {sums['value']:.2f}, cost {sums['cost']:.2f}, {sha256}")
    previous = sha256
sys.exit(f"{wrong} amounts or links are wrong" if wrong else 0)
