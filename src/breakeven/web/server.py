"""The web application out of its parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from litestar import Litestar
from litestar.di import Provide

from breakeven.web.api import api
from breakeven.web.errors import exception_handlers
from breakeven.web.health import alive, ready
from breakeven.web.hooks import Door, hook_list, hooks_route
from breakeven.web.ingest import Intake, events_route, taking
from breakeven.web.live import live
from breakeven.web.metrics import metrics_route
from breakeven.web.otlp import otlp_routes
from breakeven.web.schema import description
from breakeven.web.security import add_headers, guard
from breakeven.web.services import Front, Services
from breakeven.web.shortcut import shortcut


def build(services: Services, front: Front | None = None) -> Litestar:
    """The application over one workspace; `front` adds what people see."""
    shown = front if front is not None else Front()
    door = Door(services)
    intake = Intake(services.workspace.calendar.time_zone)

    @asynccontextmanager
    async def following(_: Litestar) -> AsyncIterator[None]:
        services.hub.start()
        shown.start()
        try:
            yield
        finally:
            await services.hub.stop()
            await to_thread.run_sync(shown.stop)
            intake.close()
            door.close()

    application = Litestar(
        route_handlers=[
            api(),
            events_route(services, intake),
            hooks_route(intake, door),
            hook_list(door),
            *otlp_routes(services, intake),
            live,
            metrics_route(services),
            alive,
            ready,
            *shown.handlers,
        ],
        dependencies={
            "services": Provide(lambda: services, sync_to_thread=False),
            "hub": Provide(lambda: services.hub, sync_to_thread=False),
        },
        exception_handlers=exception_handlers(shown.error_page),
        middleware=[guard(services.local_only)],
        before_send=[add_headers],
        lifespan=[following],
        openapi_config=description(),
        logging_config=None,
        debug=False,
    )
    ways = {"/v1/events": taking(services, intake)}
    application.asgi_handler = shortcut(application.asgi_handler, ways, services.local_only)
    return application
