"""breakeven: what AI costs, what it brings, what is proven and what is only claimed.

`calculate_monthly_roi(month_data)` is public API; it is loaded when it is first asked for, so that the command line
starts fast, and so that `breakeven.client` brings nothing else into the program that uses it.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__version__ = "0.1.0"

_PUBLIC = {"calculate_monthly_roi": "breakeven.ledger.monthly"}
"""Public name → the module it lives in."""

__all__ = ["__version__", "calculate_monthly_roi"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
