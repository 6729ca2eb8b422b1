"""The workspace: what a company declares in YAML, read whole and checked, as records that everything else works with.

`load` answers with a `definitions.Workspace` or raises with all problems; `check` only tells the problems. Both are
pure: the same files give the same answer, and nothing is kept.
"""

from __future__ import annotations

from breakeven.workspace.cases import CaseResult, Finding, run_cases
from breakeven.workspace.creation import create
from breakeven.workspace.loader import check, default_workspace, load

__all__ = ["CaseResult", "Finding", "check", "create", "default_workspace", "load", "run_cases"]
