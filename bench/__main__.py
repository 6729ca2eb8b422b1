"""Run benchmarks and print one JSON document.

python -m bench                                     all of them at 1 and 10 million interactions
python -m bench import serve --rows 1000000         some of them, at one size
python -m bench ask serve --rows 100000000          beyond 10 million the store is filled by the bulk loader
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench.appending import appending
from bench.asking import asking
from bench.bridging import bridging
from bench.closing import closing
from bench.crashing import crashing
from bench.delivering import delivering
from bench.exporting import exporting
from bench.exposing import exposing
from bench.formulas import formulas
from bench.importing import importing
from bench.ingesting import ingesting
from bench.operating import operating
from bench.plan import Benchmark, Plan
from bench.reporting import reporting
from bench.results import Machine, Result, machine
from bench.scenarios import scenarios
from bench.serving import serving
from bench.soaking import soaking
from bench.starting import starting
from bench.telling import telling
from bench.viewing import viewing

BENCHMARKS: dict[str, Benchmark] = {
    "start": starting,
    "formulas": formulas,
    "import": importing,
    "append": appending,
    "ask": asking,
    "operate": operating,
    "bridge": bridging,
    "closing": closing,
    "serve": serving,
    "view": viewing,
    "scenarios": scenarios,
    "reports": reporting,
    "deliver": delivering,
    "client": telling,
    "ingest": ingesting,
    "soak": soaking,
    "crash": crashing,
    "export": exporting,
    "metrics": exposing,
}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The document."""

    measured_at: datetime
    machine: Machine
    results: list[Result]
    failed: dict[str, str]
    """Benchmark → why it could not be run."""


def main() -> int:
    """Run what was asked for; exit code 1 if a benchmark could not be run."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000], help="interactions")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where large files are made; default: the temporary folder")
    parser.add_argument("--out", type=Path, help="write the document to a file instead of standard output")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is named {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    now = datetime.now(UTC).replace(microsecond=0)
    results, failed = list[Result](), dict[str, str]()
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="breakeven-bench-") as folder:
        plan = Plan(folder=Path(folder), rows=options.rows, end=now, repeats=options.repeats)
        for name in options.names or BENCHMARKS:
            print(f"{name} …", file=sys.stderr, flush=True)
            try:
                results += BENCHMARKS[name](plan)
            except Exception as error:  # noqa: BLE001 — one that fails must not cost the figures of the others
                failed[name] = f"{type(error).__name__}: {error}"
                print(f"{name} failed: {error}", file=sys.stderr, flush=True)
    report = Report(measured_at=now, machine=machine(), results=results, failed=failed)
    text = msgspec.json.format(msgspec.json.encode(report), indent=2).decode()
    if options.out is None:
        print(text)
    else:
        options.out.write_text(text + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
