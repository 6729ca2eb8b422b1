"""The API's description (OpenAPI) at /schema, as JSON only: viewers would load their scripts from other hosts."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from breakeven import __version__
from breakeven.facts import KINDS
from breakeven.ingest.events import MEDIA_TYPES
from breakeven.web.errors import PROBLEM, Detail
from breakeven.web.ingest import Answer

REF = "#/components/schemas/{name}"


class Description(JsonRenderPlugin):
    """Adds what the framework cannot see: the plain route for events, and the shape of errors."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        (answer, problem), shapes = msgspec.json.schema_components([Answer, Detail], ref_template=REF)
        components = openapi_schema.get("components", {})
        schemas = {**components.get("schemas", {}), **shapes}
        paths = {path: _with_errors(item, problem) for path, item in openapi_schema["paths"].items()}
        paths["/v1/events"] = {"post": _events(answer, problem)}
        return super().render(
            request, {**openapi_schema, "paths": paths, "components": {**components, "schemas": schemas}}
        )


def _with_errors(item: dict[str, Any], problem: dict[str, Any]) -> dict[str, Any]:
    """The operations of a path with the shape of errors that this server gives."""
    error = _response("The request cannot be answered", PROBLEM, problem)
    return {
        method: {
            **operation,
            "responses": {
                **{status: said for status, said in operation["responses"].items() if status != "400"},
                "default": error,
            },
        }
        for method, operation in item.items()
    }


def _events(answer: dict[str, Any], problem: dict[str, Any]) -> dict[str, Any]:
    results = {
        "200": "Every record is stored, or was there already",
        "207": "Some records are stored, the others are listed",
        "422": "No record could be taken",
    }
    problems = {
        "400": "The body cannot be read",
        "403": "Sent by a page of another site",
        "413": "The body is too large, or has too many records",
        "415": "The content type or encoding is not read; `Accept` names those that are",
        "503": "Nothing was taken; send it again after `Retry-After` seconds",
        "507": "No room left",
    }
    kind = {"name": "kind", "in": "query", "required": False, "schema": {"type": "string", "enum": [*KINDS]},
            "description": "Kind of records that name none"}  # fmt: skip
    source = {"name": "source", "in": "query", "required": False, "schema": {"type": "string"},
              "description": "Source of records that name none"}  # fmt: skip
    return {
        "operationId": "V1EventsPost",
        "summary": "Send facts",
        "description": "CloudEvents 1.0 (structured, batched, binary), JSON lines or JSON. Answered after the commit.",
        "tags": ["events"],
        "parameters": [kind, source],
        "requestBody": {"required": True, "content": {media: {"schema": {}} for media in MEDIA_TYPES}},
        "responses": {
            **{status: _response(said, "application/json", answer) for status, said in results.items()},
            **{status: _response(said, PROBLEM, problem) for status, said in problems.items()},
        },
    }


def _response(said: str, media: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": said, "content": {media: {"schema": schema}}}


def description() -> OpenAPIConfig:
    """Configuration of /schema and /schema/openapi.json."""
    return OpenAPIConfig(
        title="breakeven",
        version=__version__,
        description="What AI costs, what it brings, what is proven and what is only claimed.",
        path="/schema",
        render_plugins=[Description(path=["/", "/openapi.json"])],
        use_handler_docstrings=True,
    )
