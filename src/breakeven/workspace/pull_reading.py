"""The `pull` of a source in sources.yaml, read and checked."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

from croniter import CroniterError, croniter

from breakeven.errors import Problem
from breakeven.workspace.document import Node
from breakeven.workspace.fields import Fields
from breakeven.workspace.pulls import (
    Auth,
    DatabasePull,
    FolderPull,
    MlflowPull,
    Paging,
    Pull,
    RestPull,
    Schedule,
    Secret,
    Since,
)

MLFLOW = "mlflow"
"""The kind of a source that is an MLflow server; it sends model_state, deployment and evaluation."""
STAGES = ("development", "staging", "production", "retired")
_ORIGINS = ("folder", "database", "rest", "mlflow")
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(?:\d+[smhdw])+")
_SHORTEST = timedelta(seconds=1)
_REMOTE = ("s3", "gs", "gcs")


def read_pull(node: Node, name: str, kind: str, problems: list[Problem]) -> Pull | None:
    """The pull of a source; None where it cannot be used, with the reasons added to `problems`."""
    fields = Fields(node, f"pull of {name}", ("every", "cron", "quiet", *_ORIGINS), problems)
    schedule = _schedule(fields)
    given = [key for key in _ORIGINS if key in fields]
    if len(given) != 1:
        says = "has no origin" if not given else f"has {' and '.join(given)}"
        problems.append(fields.at.problem(f"{fields.what} {says}", f"give one of: {', '.join(_ORIGINS)}"))
        return None
    if (given[0] == "mlflow") != (kind == MLFLOW):
        says = f"kind of source {name} is {kind}" if given[0] == "mlflow" else "kind mlflow is for the origin mlflow"
        fields.fault(given[0], says, "write kind: mlflow with pull: {mlflow: …}, and only there")
    part = fields.node(given[0])
    reader = {"folder": _folder, "database": _database, "rest": _rest, "mlflow": _mlflow}[given[0]]
    origin = reader(part, f"{given[0]} of {name}", problems) if part is not None else None
    quiet = _duration(fields, "quiet")
    return Pull(schedule=schedule, origin=origin, quiet=quiet) if origin is not None and schedule is not None else None


def _schedule(fields: Fields) -> Schedule | None:
    every, cron = _duration(fields, "every"), fields.text("cron")
    if ("every" in fields) == ("cron" in fields):
        fields.problems.append(fields.at.problem(f"{fields.what} needs either every or cron", "every: 15m"))
        return None
    if every is not None and every < _SHORTEST:
        fields.fault("every", f"every of {fields.what} is shorter than a second")
    if cron is not None and not _runs(cron):
        fields.fault("cron", f"{cron!r} is no cron line of five fields that ever comes", "cron: 0 6 * * 1-5")
        return None
    return Schedule(every=every, cron=cron) if every is not None or cron is not None else None


def _runs(cron: str) -> bool:
    """Whether a line has five fields and a next time."""
    try:
        croniter(cron).get_next()
    except CroniterError:
        return False
    # A lone R is a moment drawn by chance, anew each time it is asked for.
    return len(cron.split()) == 5 and not re.search(r"(?<![A-Za-z])[Rr](?![A-Za-z])", cron)


def _duration(fields: Fields, key: str) -> timedelta | None:
    text = fields.text(key)
    if text is None:
        return None
    if not _DURATION.fullmatch(text):
        fields.fault(key, f"bad duration {text!r} for {key} of {fields.what}", "write it as 30s, 15m, 1h30m, 1d or 1w")
        return None
    seconds = sum(int(count) * _UNITS[unit] for count, unit in re.findall(r"(\d+)([smhdw])", text))
    if seconds > 10 * 366 * 86_400:
        fields.fault(key, f"{key} of {fields.what} is longer than ten years: {text}")
        return None
    return timedelta(seconds=seconds)


def _overlap(fields: Fields) -> timedelta | int | None:
    text = fields.text("overlap")
    return int(text) if text is not None and text.isdigit() else _duration(fields, "overlap")


def read_secret(fields: Fields, key: str) -> Secret | None:
    node = fields.node(key)
    if node is None:
        return None
    inner = Fields(node, f"{key} of {fields.what}", ("env", "file"), fields.problems)
    env, file = inner.text("env"), inner.text("file")
    if isinstance(node.value, dict) and (env is None) == (file is None):
        fields.fault(key, f"{inner.what} needs either env or file", f"{key}: {{env: NAME_OF_A_VARIABLE}}")
        return None
    if env is not None and not re.fullmatch(r"[A-Za-z_]\w*", env):
        inner.fault("env", f"{inner.what}: env is the name of a variable, never the secret itself")
        return None
    return Secret(env=env, file=file) if env is not None or file is not None else None


def _auth(fields: Fields) -> Auth | None:
    node = fields.node("auth")
    if node is None:
        return None
    keys = ("header", "prefix", "token", "user", "password")
    inner = Fields(node, f"auth of {fields.what}", keys, fields.problems)
    token, user, password = (read_secret(inner, key) for key in ("token", "user", "password"))
    if ("token" in inner) == ("user" in inner and "password" in inner) or ("user" in inner) != ("password" in inner):
        hint = "auth: {token: {env: NAME}}"
        fields.fault("auth", f"{inner.what} needs either a token, or a user and a password", hint)
    raw = inner.node("prefix")
    return Auth(header=inner.text("header") or "Authorization", prefix="Bearer " if raw is None else raw.text,
                token=token, user=user, password=password)  # fmt: skip


def _address(fields: Fields, key: str = "url") -> str | None:
    text = fields.text(key)
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        fine = False
    if not fine:
        fields.fault(key, f"{text!r} is no address of {fields.what}", "write https://host/path")
        return None
    if parts.username is not None or parts.password is not None:
        fields.fault(key, f"the address of {fields.what} holds a name or password", "move it to auth:")
        return None
    return text


def _folder(node: Node, what: str, problems: list[Problem]) -> FolderPull | None:
    keys = ("path", "settle", "endpoint", "region", "access_key", "secret_key", "anonymous")
    fields = Fields(node, what, keys, problems, required=("path",))
    path, settle = fields.text("path"), _duration(fields, "settle")
    scheme = path.partition("://")[0] if path is not None and "://" in path else None
    if scheme is not None and scheme not in _REMOTE:
        fields.fault("path", f"{scheme}:// is not read", "give a path of this machine, s3://bucket/… or gs://bucket/…")
        return None
    if ("access_key" in fields) != ("secret_key" in fields):
        fields.fault("access_key", f"{what} needs both access_key and secret_key, or neither")
    endpoint = _address(fields, "endpoint")
    if path is None:
        return None
    return FolderPull(
        path=path, settle=timedelta(seconds=10) if settle is None else settle, endpoint=endpoint,
        region=fields.text("region"), access_key=read_secret(fields, "access_key"),
        secret_key=read_secret(fields, "secret_key"), anonymous=fields.truth("anonymous"),
    )  # fmt: skip


def _database(node: Node, what: str, problems: list[Problem]) -> DatabasePull | None:
    keys = ("url", "table", "query", "cursor", "overlap")
    fields = Fields(node, what, keys, problems, required=("url",))
    written = fields.node("url")
    url: str | Secret | None = read_secret(fields, "url") if written and isinstance(written.value, dict) else None
    if written is not None and not isinstance(written.value, dict):
        url = fields.text("url")
        if url is not None and "://" not in url:
            fields.fault("url", f"{what} has no database URL", "sqlite:///calls.db, or url: {env: WAREHOUSE_URL}")
            return None
        if url is not None and re.search(r"://[^/@]*:[^/@]+@", url):
            fields.fault("url", f"the URL of {what} holds a password", "keep it in a variable: url: {env: NAME}")
            return None
    table, query = fields.text("table"), fields.text("query")
    if ("table" in fields) == ("query" in fields):
        problems.append(fields.at.problem(f"{what} needs either a table or a query"))
        return None
    if "overlap" in fields and "cursor" not in fields:
        fields.fault("overlap", f"overlap of {what} needs a cursor")
    if url is None:
        return None
    query = query.strip().rstrip(";") if query is not None else None
    return DatabasePull(url=url, table=table, query=query, cursor=fields.text("cursor"), overlap=_overlap(fields))


def _rest(node: Node, what: str, problems: list[Problem]) -> RestPull | None:
    keys = ("url", "records", "parameters", "headers", "auth", "paging", "since", "per_minute")
    fields = Fields(node, what, keys, problems, required=("url",))
    url, auth, paging, since = _address(fields), _auth(fields), _paging(fields), _since(fields)
    headers = fields.named_texts("headers")
    for header in headers:
        if re.search("authorization|cookie|token|secret|api-?key", header, re.IGNORECASE):
            fields.fault("headers", f"{header} of {what} may hold a secret", "give it in auth:, by variable or file")
    per_minute = fields.whole("per_minute", 0, 1, 1_000_000) or None
    if url is None:
        return None
    return RestPull(
        url=url, records=fields.text("records"), parameters=fields.named_texts("parameters"), headers=headers,
        auth=auth, paging=paging, since=since, per_minute=per_minute,
    )  # fmt: skip


def _paging(fields: Fields) -> Paging:
    node = fields.node("paging")
    if node is None:
        return Paging()
    keys = ("link", "next", "cursor", "page", "offset", "parameter", "start", "size")
    inner = Fields(node, f"paging of {fields.what}", keys, fields.problems)
    styles = [key for key in ("link", "next", "cursor", "page", "offset") if key in inner]
    if len(styles) != 1:
        hint = "next: links.next; cursor: meta.next with parameter; page: page; offset: offset; link: true"
        fields.fault("paging", f"{inner.what} needs exactly one style", hint)
        return Paging()
    size = inner.whole("size", 0, 1, 1_000_000) or None
    match styles[0]:
        case "link":
            return Paging(style="link")
        case "next":
            return Paging(style="next", field=inner.words("next"))
        case "cursor":
            if "parameter" not in inner:
                inner.fault("cursor", f"{inner.what} needs the parameter that the cursor is sent with")
            return Paging(style="cursor", field=inner.words("cursor"), parameter=inner.words("parameter"))
        case "page":
            return Paging(
                style="page", parameter=inner.words("page"), size=size, start=inner.whole("start", 1, 0, 10**9)
            )
    return Paging(style="offset", parameter=inner.words("offset"), size=size)


def _since(fields: Fields) -> Since | None:
    node = fields.node("since")
    if node is None:
        return None
    keys = ("parameter", "field", "start", "overlap")
    inner = Fields(node, f"since of {fields.what}", keys, fields.problems, required=("parameter",))
    parameter = inner.text("parameter")
    if parameter is None:
        return None
    return Since(parameter=parameter, field=inner.text("field"), start=inner.text("start"), overlap=_overlap(inner))


def _mlflow(node: Node, what: str, problems: list[Problem]) -> MlflowPull | None:
    keys = ("url", "auth", "aliases", "stage_tag", "project_tag", "projects", "metrics")
    fields = Fields(node, what, keys, problems, required=("url",))
    url, aliases = _address(fields), fields.named_texts("aliases")
    for alias, stage in aliases.items():
        if stage not in STAGES:
            fields.fault("aliases", f"unknown stage {stage!r} of alias {alias}", f"valid: {', '.join(STAGES)}")
    metrics = tuple(node.text.strip() for node in fields.texts("metrics"))
    if url is None:
        return None
    return MlflowPull(
        url=url, auth=_auth(fields), aliases=aliases, stage_tag=fields.text("stage_tag"),
        project_tag=fields.text("project_tag") or "project", projects=fields.named_texts("projects"), metrics=metrics,
    )  # fmt: skip
