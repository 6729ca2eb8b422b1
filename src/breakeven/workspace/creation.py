"""What `breakeven init DIR` writes: the shipped files in full, so that a company owns its method from the first day."""

from __future__ import annotations

import json
import re
from pathlib import Path

from breakeven.errors import UnknownName, UsageProblem
from breakeven.money import CURRENCIES
from breakeven.workspace.loader import LEANS_ON, MAIN, shipped


def create(path: Path, *, name: str, currency: str) -> list[Path]:
    """Write a workspace into a folder (made if missing) and return its files.

    Nothing is written over: raises UsageProblem naming the file that stands in the way, UnknownName for a currency that
    does not exist, OSError where the folder cannot be written.
    """
    if currency not in CURRENCIES:
        raise UnknownName("currency", currency, CURRENCIES)
    if not name.strip() or not name.isprintable():
        raise UsageProblem("the name of a workspace must be one line of text")
    if path.exists() and not path.is_dir():
        raise UsageProblem(f"{path} is a file: name a folder")
    for file in LEANS_ON:
        if (path / file).exists():
            raise UsageProblem(f"{path / file} exists already: choose another folder, or remove it first")
    path.mkdir(parents=True, exist_ok=True)
    written = []
    for file in LEANS_ON:
        target = path / file
        with target.open("x", encoding="utf-8") as stream:
            stream.write(_main(name.strip(), currency) if file == MAIN else shipped(file))
        written.append(target)
    return written


def _main(name: str, currency: str) -> str:
    text = shipped(MAIN)
    # A JSON string is a YAML string: quotes and signs in the name cannot break the file.
    text = re.sub(r"^name: .*$", lambda _: f"name: {json.dumps(name, ensure_ascii=False)}", text, flags=re.MULTILINE)
    text = re.sub(r"^currency: .*$", f"currency: {currency}", text, flags=re.MULTILINE)
    example = "EUR" if currency != "EUR" else "USD"
    return text.replace("currency: EUR, rate", f"currency: {example}, rate")
