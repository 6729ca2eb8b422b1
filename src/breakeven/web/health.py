"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from typing import Any

from litestar import Response, get

from breakeven import __version__
from breakeven.errors import StoreError
from breakeven.web.filters import Given


@get("/health/live", tags=["health"], sync_to_thread=False)
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok", "version": __version__}


@get("/health/ready", tags=["health"], sync_to_thread=True)
def ready(services: Given) -> Response[dict[str, Any]]:
    """The store answers and takes what is acknowledged, and the writer writes; 503 where one of them does not.

    `upkeep` that fails is said and changes no status: nothing is refused or wrong because of it.
    """
    store, writer = _store(services), "ok" if services.writer.alive else "stopped"
    lag = services.writer.lag
    if store == "ok" and lag.problem is not None:
        store = lag.problem
    fine = store == "ok" and writer == "ok"
    return Response(
        {
            "status": "ok" if fine else "unavailable",
            "version": __version__,
            "data_version": services.store.versions().data,
            "store": store,
            "writer": writer,
            "upkeep": services.upkeep.problem or "ok",
            "waiting": services.writer.waiting,
            "journal": {"rows": lag.rows, "bytes": lag.bytes, "since": lag.since},
        },
        status_code=200 if fine else 503,
    )


def _store(services: Given) -> str:
    try:
        services.store.query("SELECT 1 AS one")
    except StoreError as error:
        return str(error)
    return "ok"
