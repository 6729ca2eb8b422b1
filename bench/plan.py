"""What a run measures, and the stores that several benchmarks share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from bench.company import stored_batches, write_interactions, write_others, write_workspace
from bench.processes import run
from bench.results import Result
from breakeven.app import open_company
from breakeven.ingest.ahead import ahead
from breakeven.ingest.files import import_file
from breakeven.settings import Settings
from breakeven.store.base import Commit
from breakeven.workspace.definitions import SourceMapping

LARGEST_IMPORT = 10_000_000
"""Rows up to which a store is filled through the command line; larger ones by the bulk loader."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the benchmarks."""

    folder: Path
    """Temporary; everything large is in it."""
    rows: Sequence[int]
    """Numbers of interactions to measure at."""
    end: datetime
    """End of the year that the interactions lie in, and the clock of all questions."""
    repeats: int

    def workspace(self, rows: int) -> Path:
        """A workspace whose store holds so many interactions and a year of the other facts; filled once."""
        folder = self.folder / f"company-{rows}"
        if not folder.exists():
            write_workspace(folder)
            self._fill(folder, rows)
        return folder

    def _fill(self, folder: Path, rows: int) -> None:
        if rows <= LARGEST_IMPORT:
            file = self.folder / "fill.parquet"
            write_interactions(file, "parquet", rows, self.end)
            run(["import", "interaction", str(file), "-w", str(folder)])
            file.unlink()
        with open_company(Settings(workspace=folder, memory_limit="2GB")) as company:
            if rows > LARGEST_IMPORT:
                for batch in ahead(stored_batches(rows, self.end)):
                    company.store.append(Commit(facts={"interaction": batch}, recorded_at=self.end))
            for kind, file in write_others(self.folder, self.end).items():
                spec = SourceMapping(name="", kind=kind)
                summary = import_file(company.pipeline, file, spec, now=self.end)
                if summary.rejected:
                    raise RuntimeError(f"{kind}: {summary.problems}")
            company.store.compact()


Benchmark = Callable[[Plan], Sequence[Result]]
