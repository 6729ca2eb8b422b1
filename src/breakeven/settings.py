"""Settings: one table that the command line, the environment and the documentation read.

Every setting can be given as an environment variable `BREAKEVEN_<NAME>`; an option on the command line wins over it.
This is the only module that reads the environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from breakeven.errors import UsageProblem

PREFIX = "BREAKEVEN_"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How one process runs."""

    workspace: Path = Path()
    """Folder with workspace.yaml."""
    data: Path | None = None
    """Folder of the store; default: `data` inside the workspace."""
    state: str | None = None
    """URL of the database for closed months, validations and the audit log; default: state.sqlite beside the store."""
    host: str = "127.0.0.1"
    """Address that `serve` and `demo` bind."""
    port: int = 8321
    """Port that `serve` and `demo` bind; 0 takes a free one."""
    memory_limit: str = "128MB"
    """Memory that the store may use for one process, beside the program's own; larger work spills to disk."""
    threads: int = 2
    """Threads that the store may use."""
    journal_mb: int = 512
    """Megabytes of acknowledged records that may wait while the store cannot write; above it requests are refused."""
    log_level: str = "info"
    """debug, info, warning or error."""

    @property
    def data_folder(self) -> Path:
        """Folder of the store."""
        return self.data if self.data is not None else self.workspace / "data"

    @property
    def store_file(self) -> Path:
        """The store's file."""
        return self.data_folder / "breakeven.duckdb"

    def shown(self) -> tuple[tuple[str, str], ...]:
        """Every setting as a person may see it: what stands before @ in a URL is masked."""
        values = {field.name: getattr(self, field.name) for field in msgspec.structs.fields(type(self))}
        values |= {"data": self.data_folder}
        return tuple((name, _masked(value)) for name, value in values.items())


def _masked(value: Any) -> str:
    return "default" if value is None else re.sub(r"//[^/@]*@", "//…@", str(value))


def read_settings(options: Mapping[str, Any], environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from options that are not None, else the environment, else the defaults.

    Raises UsageProblem with the variable or option, its value and what is expected.
    """
    given = os.environ if environ is None else environ
    chosen: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        variable = PREFIX + field.name.upper()
        if options.get(field.name) is not None:
            origin, value = f"--{field.name.replace('_', '-')}", options[field.name]
        elif given.get(variable):
            origin, value = variable, given[variable]
        else:
            continue
        chosen[field.name] = _converted(field, value, origin)
    return Settings(**chosen)


def _converted(field: msgspec.structs.FieldInfo, value: Any, origin: str) -> Any:
    if field.name in ("workspace", "data"):
        return Path(value)
    try:
        return msgspec.convert(value, field.type, strict=False)
    except msgspec.ValidationError as error:
        raise UsageProblem(f"{origin}: {value!r} cannot be used: {error}") from error
