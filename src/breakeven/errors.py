"""Every error the product raises on purpose, in one tree.

BreakevenError
├── UsageProblem            the request itself is wrong: option, name, body
│   ├── UnknownName         a name that does not exist, with the valid ones
│   ├── FilterProblem       a filter of a page whose value cannot be used
│   ├── UnsupportedMedia    a content type or file kind that is not read
│   └── TooLarge            a body or file above its limit
├── NotFound                the thing asked for is not there
├── WorkspaceInvalid        one or more problems in the workspace's files
├── FormulaInvalid          a formula that cannot be accepted
├── FileUnreadable          a file that is missing, empty, damaged or of another kind
├── StoreError
│   ├── StoreLocked         another process holds the store
│   ├── StoreFull           no room left on the device
│   ├── StoreTooNew         written by a later version of breakeven
│   └── StoreDamaged        not a store, or its content contradicts itself
├── NotClosed               a month that cannot be closed, with every reason
├── SourceAway              a source that is pulled did not answer as it should
├── Busy                    more waits than can be held; to be tried again
├── Unverified              a delivery that does not prove who sent it
├── PortInUse               the address cannot be bound
└── NotAllowed              refused for safety

Each class carries its HTTP status and its exit code, so that the edges (web, command line) only render.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import ClassVar, Literal

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fault in something a person wrote, with the place and the way out."""

    message: str
    """What is wrong, one sentence without a full stop."""
    file: str | None = None
    """File as the reader knows it, relative to the workspace."""
    line: int | None = None
    """1-based line in `file`."""
    column: int | None = None
    """1-based column in the line or in the formula."""
    fragment: str | None = None
    """The faulty text; in a formula with `[[` and `]]` around the part that is wrong."""
    hint: str | None = None
    """Valid choices or the next step."""
    severity: Literal["error", "warning"] = "error"
    """warning: said by `check`, but nothing is refused for it."""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        text = f"{place}: {self.message}" if place else self.message
        if self.fragment:
            text += f": {self.fragment}"
        return f"{text} ({self.hint})" if self.hint else text


class BreakevenError(Exception):
    """Base of all errors that a user can cause or meet; `str()` is one clear sentence."""

    status: ClassVar[int] = 500
    """HTTP status of the problem detail."""
    exit_code: ClassVar[int] = 1
    """Exit code of the command line: 1 problems found, 2 usage."""
    title: ClassVar[str] = "The request failed"
    """Short summary that is the same for every occurrence (RFC 9457 `title`)."""

    @property
    def problems(self) -> Sequence[Problem]:
        """The single faults behind the error, where there are several."""
        return ()


class UsageProblem(BreakevenError):
    """The request is wrong in itself: an option, a name or a body that cannot be used."""

    status = 400
    exit_code = 2
    title = "The request cannot be used"


class UnknownName(UsageProblem):
    """A name that does not exist: says what kind of thing, and the valid names."""

    title = "Unknown name"

    def __init__(self, kind: str, name: str, valid: Iterable[str]) -> None:
        self.kind, self.name, self.valid = kind, name, sorted(valid)
        super().__init__(f"unknown {kind} {name!r}: {choices(name, self.valid)}")


class FilterProblem(UsageProblem):
    """A filter of a page whose value cannot be used: says which, and the values that can."""

    title = "The filter cannot be used"

    def __init__(self, parameter: str, value: str, reason: str, valid: Iterable[str] = ()) -> None:
        self.parameter, self.value, self.valid = parameter, value, list(valid)
        super().__init__(f"{parameter.replace('_', ' ')}: {reason}")


class UnsupportedMedia(UsageProblem):
    """A content type or a kind of file that is not read."""

    status = 415
    title = "Unsupported format"


class TooLarge(UsageProblem):
    """A body or file above its limit."""

    status = 413
    title = "Too large"


class NotFound(BreakevenError):
    """The thing asked for is not there."""

    status = 404
    title = "Not found"


class WorkspaceInvalid(BreakevenError):
    """The workspace has problems; all of them are in `problems`."""

    status = 422
    title = "The workspace has problems"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self._problems = tuple(problems)
        count = len(self._problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in the workspace: {self._problems[0]}")

    @property
    def problems(self) -> Sequence[Problem]:
        return self._problems


class FormulaInvalid(BreakevenError):
    """A formula that cannot be accepted; all its faults are in `problems`."""

    status = 422
    exit_code = 2
    title = "The formula cannot be accepted"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self._problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self._problems))

    @property
    def problems(self) -> Sequence[Problem]:
        return self._problems


class FileUnreadable(BreakevenError):
    """A file that is missing, empty, damaged or of another kind than asked for."""

    status = 422
    title = "The file cannot be read"


class StoreError(BreakevenError):
    """The store cannot do what was asked."""

    status = 503
    title = "The store is not available"
    retry_after: ClassVar[int] = 5
    """Seconds after which to try again (`Retry-After`)."""


class StoreLocked(StoreError):
    """Another process holds the store."""


class StoreFull(StoreError):
    """No room left on the device that holds the store."""

    status = 507
    title = "No room left"


class StoreTooNew(StoreError):
    """The store was written by a later version of breakeven."""


class StoreDamaged(StoreError):
    """The file is not a store, or its content contradicts itself."""


class NotClosed(BreakevenError):
    """A month that cannot be closed as things are; every reason is in `problems`."""

    status = 409
    title = "The month cannot be closed"

    def __init__(self, period: str, problems: Sequence[Problem], done: str = "closed") -> None:
        self._problems = tuple(problems)
        said = "; ".join(str(problem) for problem in self._problems)
        super().__init__(f"{period} cannot be {done}: {said}")

    @property
    def problems(self) -> Sequence[Problem]:
        return self._problems


class Busy(BreakevenError):
    """More waits than can be held: nothing was taken, and the same request can be sent again."""

    status = 503
    title = "Busy"
    retry_after: ClassVar[int] = 1
    """Seconds after which to try again (`Retry-After`)."""


class Unverified(BreakevenError):
    """A delivery that does not prove who sent it."""

    status = 401
    title = "Not verified"


class SourceAway(BreakevenError):
    """A source that is pulled did not answer, or not as it should."""

    status = 502
    title = "The source did not answer"

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        """Seconds for which it asked to be left alone."""
        super().__init__(message)


class PortInUse(BreakevenError):
    """The address cannot be bound."""

    title = "The address is in use"


class NotAllowed(BreakevenError):
    """Refused for safety."""

    status = 403
    exit_code = 2
    title = "Not allowed"


def choices(name: str, valid: Sequence[str], most: int = 12) -> str:
    """The way out of an unknown name: the closest valid names first, then the rest up to `most`."""
    if not valid:
        return "there are none"
    close = get_close_matches(name, valid, n=3, cutoff=0.6)
    shown = [*close, *(v for v in valid if v not in close)][:most]
    rest = f" and {len(valid) - len(shown)} more" if len(valid) > len(shown) else ""
    return f"did you mean {close[0]}? valid: {', '.join(shown)}{rest}" if close else f"valid: {', '.join(shown)}{rest}"
