"""`breakeven openmetrics` and `breakeven grafana` on a workspace of their own."""

from __future__ import annotations

from pathlib import Path

from .conftest import Run

SERIES = 'breakeven_interactions_total{instance="127.0.0.1:8321",job="breakeven"}'


def test_history_of_imported_calls(run: Run, workspace: Path, calls: Path, tmp_path: Path) -> None:
    run("import", "interaction", calls, "-w", workspace)
    file = tmp_path / "history.om"
    assert run("openmetrics", "--from", "2026-10-01", "--to", "2026-10-03", "-o", file, "-w", workspace).code == 0
    lines = [line.split(" ") for line in file.read_text().splitlines()]
    assert [value for name, value, *_ in lines if name == SERIES] == ["1", "2", "2"]
    assert lines[-1] == ["#", "EOF"]


def test_no_history_without_records(run: Run, workspace: Path) -> None:
    done = run("openmetrics", "-w", workspace)
    assert (done.code, "there are no records yet" in done.err) == (2, True)


def test_files_of_grafana_need_no_store(run: Run, workspace: Path, tmp_path: Path) -> None:
    done = run("grafana", tmp_path / "out", "-w", workspace)
    assert done.code == 0
    assert all(Path(line).is_file() for line in done.out.splitlines())
    assert (tmp_path / "out" / "dashboards" / "cfo.json").is_file()
    again = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*.*") if path.is_file()}
    assert run("grafana", tmp_path / "out", "-w", workspace).code == 0
    assert {path: path.read_bytes() for path in again} == again


def test_an_address_that_is_none_is_refused(run: Run, workspace: Path, tmp_path: Path) -> None:
    done = run("grafana", tmp_path / "out", "--url", "localhost", "-w", workspace)
    assert (done.code, "--url: 'localhost' is no address" in done.err) == (2, True)
    assert not (tmp_path / "out").exists()
