"""The what-if page's own routes: the form without JavaScript, the live answer, saving and deleting a scenario.

The live answer is the page's form again, answered with the parts of the page that change. The browser sends the next
one when it has this one, so that nothing queues up here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import parse_qs

import msgspec
from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, JSONBody
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER, HTTP_409_CONFLICT, HTTP_422_UNPROCESSABLE_ENTITY

from breakeven.errors import NotFound, UsageProblem
from breakeven.ledger.scenarios.saved import forget, save, show
from breakeven.ledger.scenarios.scope import check_scope
from breakeven.views.pages import PAGES
from breakeven.views.question import Question
from breakeven.views.what_if.answer import answer
from breakeven.views.what_if.asked import ADD_NAME, ADD_PROJECT, VALUE, Scenario, scope_of_page, sentence, submitted
from breakeven.views.what_if.page import page_of
from breakeven.views.what_if.pictures import TITLES
from breakeven.views.what_if.saved import name_from, title_of
from breakeven.views.what_if.shapes import Answer, Saving, Slider
from breakeven.web.addresses import Address, address
from breakeven.web.services import Services
from breakeven.web.site import Site

KIND = next(kind for kind in PAGES if kind.name == "what-if")
HTML = "text/html"
PARTS = "what_if_parts.html"
PICTURES = frozenset(TITLES)
Fields = Mapping[str, list[str]]


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """The page's form, as the browser would send it."""

    query: str
    open: tuple[str, ...] = ()
    """Pictures whose numbers are looked at too: density, tornado, cumulative."""


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """What a move of a lever changes."""

    fragments: dict[str, str]
    """Element id → its content."""
    levers: dict[str, dict[str, str]]
    """Lever → the attributes of its slider."""
    address: str
    said: str


def what_if(site: Site, services: Services) -> list[HTTPRouteHandler]:
    """The routes."""

    @get("/what-if/apply", include_in_schema=False, sync_to_thread=True)
    def apply(request: Request[Any, Any, Any]) -> Response[Any]:
        """The form without JavaScript: the scenario as an address, or the page with what cannot be used."""
        fields, now = _fields(request), services.clock()
        at = _address(fields)
        scenario: Scenario = site.ask(at, now, lambda question: submitted(question, fields))
        if scenario.faults:
            page = site.variant(at, now, lambda question: page_of(question, submitted(question, fields)))
            return Response(page, media_type=HTML, status_code=HTTP_422_UNPROCESSABLE_ENTITY)
        to = at.filters.link(at.path, scenario.parameters)
        return Redirect(to, status_code=HTTP_303_SEE_OTHER)

    @post("/what-if/live", include_in_schema=False, sync_to_thread=True, status_code=200)
    def live(data: JSONBody[Form]) -> Response[bytes]:
        """The parts of the page that change. Raises UsageProblem, UnknownName as the page does."""
        fields = parse_qs(data.query, keep_blank_values=True)
        found = site.ask(_address(fields), services.clock(), lambda question: _answered(question, fields))
        content = msgspec.json.encode(_live(site.macros(PARTS), found, data.open))
        return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})

    @post("/what-if/save", include_in_schema=False, sync_to_thread=True)
    def keep(data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]) -> Response[Any]:
        """Save the scenario under a name and open it; one that has the name is replaced only when that is said."""
        fields, now = _listed(data), services.clock()
        at = _address(fields)
        form = Saving(**{name: fields.get(name, [""])[-1].strip() for name in ("name", "by", "description")})
        refused = site.ask(at, now, lambda question: _kept(question, form, fields))
        if refused is None:
            return Redirect(at.text, status_code=HTTP_303_SEE_OTHER)
        page = site.variant(at, now, lambda question: page_of(question, submitted(question, fields), refused))
        status = HTTP_409_CONFLICT if refused.replaces else HTTP_422_UNPROCESSABLE_ENTITY
        return Response(page, media_type=HTML, status_code=status)

    @post("/what-if/delete", include_in_schema=False, sync_to_thread=True)
    def delete(data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]) -> Response[Any]:
        """Forget a scenario; it stays in the audit log."""
        fields, now = _listed(data), services.clock()
        at = _address(fields)
        name, by = (fields.get(field, [""])[-1].strip() for field in ("name", "by"))
        fault = site.ask(at, now, lambda question: _deleted(question, name, by))
        if not fault:
            return Redirect(at.text, status_code=HTTP_303_SEE_OTHER)
        form = Saving(by=by, deleting=name, delete_fault=fault)
        page = site.variant(at, now, lambda question: page_of(question, submitted(question, fields), form))
        return Response(page, media_type=HTML, status_code=HTTP_422_UNPROCESSABLE_ENTITY)

    return [apply, live, keep, delete]


OWN = frozenset({ADD_NAME, ADD_PROJECT, "name", "by", "description", "replace"})
"""Fields of forms that are no parameters of the page."""


def _fields(request: Request[Any, Any, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        found.setdefault(name, []).append(value)
    return found


def _listed(data: Mapping[str, Any]) -> dict[str, list[str]]:
    """A form's fields; one that was sent several times comes as a list."""
    return {name: [str(one) for one in (value if isinstance(value, list) else [value])] for name, value in data.items()}


def _address(fields: Fields) -> Address:
    """The page that a form belongs to. Raises UnknownName for a field that no form has."""
    asked = {name: values for name, values in fields.items() if name not in OWN and not name.startswith(VALUE)}
    return address(KIND, {}, asked)


def _answered(question: Question, fields: Fields) -> Answer:
    check_scope(question.desk, scope_of_page(question))
    return answer(question, submitted(question, fields))


def _kept(question: Question, form: Saving, fields: Fields) -> Saving | None:
    """Save a scenario; the form again where it cannot be saved as it is."""
    scenario = submitted(question, fields)
    name = name_from(form.name)
    description = form.description or (form.name if title_of(name) != form.name and name != form.name else "")
    texts = [change.text for change in scenario.changes]
    if "replace" not in fields:
        try:
            there = show(question.desk, name)
        except NotFound:
            there = None
        if there is not None:
            when = f"{there.who} on {question.show.day(there.at)}: {', '.join(there.changes)}"
            told = f"There is a scenario {there.name} already, saved by {when}. Replace it, or choose another name."
            return msgspec.structs.replace(form, fault=told, replaces=there.name)
    try:
        save(question.desk, name, texts, by=form.by, description=description)
    except UsageProblem as error:
        return msgspec.structs.replace(form, fault=sentence(error))
    return None


def _deleted(question: Question, name: str, by: str) -> str:
    """Delete a scenario; why it was not."""
    try:
        forget(question.desk, name, by=by)
    except UsageProblem as error:
        return sentence(error)
    except NotFound:
        return ""
    return ""


def _live(parts: Any, found: Answer, looked_at: Sequence[str]) -> Live:
    """An answer as the parts of the page."""
    fragments = {
        "lead-finding": parts.words(found.finding), "lead-exception": parts.words(found.exception),
        "w-counted": parts.words(found.counted), "w-roi": parts.number(found.roi),
        "w-roi-words": parts.against(found.roi), "w-interval": parts.words(found.interval),
        "w-density": parts.picture(found.density), "w-tornado": parts.picture(found.tornado),
        "w-cumulative": parts.picture(found.cumulative),
        "w-current": parts.saved_cells(found.current, found),
        "w-hidden": parts.hidden(found.hidden), "w-hidden-save": parts.hidden(found.hidden),
        "w-faults": parts.faults(found.faults),
    }  # fmt: skip
    for name in PICTURES & set(looked_at):
        fragments[f"w-{name}-data"] = parts.data(getattr(found, name))
        fragments[f"w-{name}-files"] = parts.files(found, name)
    for place, result in enumerate(found.results):
        fragments[f"w-result-{place}"] = parts.number(result)
        fragments[f"w-result-{place}-words"] = parts.words(result.baseline)
    for one in found.sliders:
        fragments[f"{one.id}-track"] = parts.track(one.track)
        fragments[f"{one.id}-from"] = parts.words(one.baseline)
        fragments[f"{one.id}-fault"] = parts.fault(one)
    made = {name: str(html).strip() for name, html in fragments.items()}
    return Live(fragments=made, levers={one.key: _attributes(one) for one in found.sliders}, address=found.address,
                said=found.said)  # fmt: skip


def _attributes(one: Slider) -> dict[str, str]:
    return {"min": one.least, "max": one.most, "step": one.step, "value": one.value, "text": one.words}
