"""Settings: one table that the command line, the environment and the documentation read.

Every setting can be given as an environment variable `BREAKEVEN_<NAME>`; an option on the command line wins over it.
This is the only module that reads the environment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from breakeven.errors import UsageProblem
from breakeven.workspace.hooks import Hook
from breakeven.workspace.pulls import Secret

PREFIX = "BREAKEVEN_"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How one process runs."""

    workspace: Path = Path()
    """Folder with workspace.yaml."""
    data: Path | None = None
    """Folder of the store; default: `data` inside the workspace."""
    state: str | None = None
    """URL of the database for closed months, validations, audit log, pulls; default: state.sqlite beside the store."""
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
    metrics_labels: int = 500
    """Projects, models and sources that each metric of /metrics may name; the others are left out and counted."""
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


def secret_reader(folder: Path, environ: Mapping[str, str] | None = None) -> Callable[[Secret], str]:
    """Reads the secrets that a workspace names, each time anew: one that was changed holds from then on.

    The reader raises UsageProblem where a variable or file is not there; it never shows what is in it.
    """
    given = os.environ if environ is None else environ

    def read(secret: Secret) -> str:
        if secret.env is not None:
            found = given.get(secret.env, "").strip()
        else:
            try:
                found = (folder / (secret.file or "")).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise UsageProblem(f"{secret}, which holds a secret, cannot be read: {type(error).__name__}") from error
        if not found:
            raise UsageProblem(f"{secret}, which is to hold a secret, is not set or empty")
        return found

    return read


def _converted(field: msgspec.structs.FieldInfo, value: Any, origin: str) -> Any:
    if field.name in ("workspace", "data"):
        return Path(value)
    try:
        return msgspec.convert(value, field.type, strict=False)
    except msgspec.ValidationError as error:
        raise UsageProblem(f"{origin}: {value!r} cannot be used: {error}") from error


def hook_secrets(
    hooks: Iterable[Hook], folder: Path, environ: Mapping[str, str] | None = None
) -> dict[str, tuple[bytes, ...]]:
    """Hook → its secrets: of its variable, and every line of its file that is not blank. None is an empty tuple.

    Files are relative to the workspace's `folder`. Raises UsageProblem for a file that cannot be read.
    """
    given = os.environ if environ is None else environ
    found: dict[str, tuple[bytes, ...]] = {}
    for hook in hooks:
        lines = [given.get(hook.secret_env, "").encode("utf-8", "surrogateescape")] if hook.secret_env else []
        if hook.secret_file is not None:
            try:
                lines += (folder / hook.secret_file).read_bytes().splitlines()
            except OSError as error:
                raise UsageProblem(f"secret_file of hook {hook.name} cannot be read: {error.strerror}") from error
        found[hook.name] = tuple(line.strip() for line in lines if line.strip())
    return found
