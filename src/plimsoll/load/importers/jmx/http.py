"""HTTP samplers as `user.http`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_plus

from plimsoll.load.importers.jmx import http_config as config
from plimsoll.load.importers.jmx.address import address, recorded_host
from plimsoll.load.importers.jmx.body import body_arguments
from plimsoll.load.importers.jmx.code import Code, Line
from plimsoll.load.importers.jmx.context import Context
from plimsoll.load.importers.jmx.layout import called, pairs, uses_of, written
from plimsoll.load.importers.jmx.scope import Scope
from plimsoll.load.importers.jmx.texts import covered
from plimsoll.load.importers.jmx.tree import Element

IN_QUERY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"})
IMPLIED = {"json": "application/json", "form": "application/x-www-form-urlencoded", "files": "multipart/form-data"}
# What has no meaning outside of JMeter, or is the client's own affair.
OWN_AFFAIR = (
    "HTTPSampler.implementation", "HTTPSampler.monitor", "HTTPSampler.embedded_url_re", "HTTPSampler.concurrentDwn",
    "HTTPSampler.concurrentPool", "HTTPSampler.use_keepalive", "HTTPSampler.contentEncoding", "HTTPSampler.mimetype",
    "HTTPSampler.BROWSER_COMPATIBLE_MULTIPART", "HTTPSampler.embedded_url_exclude_re", "HTTPSampler.log_viewer",
    "HTTPSampler.ipSourceType",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """A sampler read: what user.http is given."""

    method: str
    host: str
    path: Code
    arguments: dict[str, object]

    @property
    def uses(self) -> frozenset[str]:
        return self.path.uses | uses_of(self.arguments)

    def line(self, step: str, expect: str = "", *, reply: bool) -> Line:
        """The statement; without a step it is a hook's, which asks the run."""
        told = {**self.arguments, **({"expect": Code(expect)} if expect else {})}
        order = sorted(told, key=lambda name: (name in ("redirects", "timeout"), name == "timeout"))
        given = [f"{name}={written(told[name])}" for name in order]
        named = ("await user.http", [written(step)]) if step else ("await run.http", [])
        made = called(named[0], [*named[1], written(self.method), self.path.as_text, *given])
        return Line(f"reply = {made}" if reply else made, self.uses)


def read_request(context: Context, sampler: Element, scope: Scope, common: dict[str, str]) -> Request:
    """What the sampler and everything around it say. `common` are headers that every user sends anyway."""
    context.element = sampler
    method = _method(context, sampler, scope)
    parts = [config.merged(sampler, scope, f"HTTPSampler.{name}") for name in ("protocol", "domain", "port")]
    found = address(context, config.merged(sampler, scope, "HTTPSampler.path"), recorded_host(context, *parts))
    context.element = sampler
    headers = config.headers_of(scope)
    config.note_left_headers(context, scope)
    body = _body(context, sampler, scope, method, headers.get("content-type", ("", ""))[1])
    query = [*found.query, *(_query(sampler, scope) if method in IN_QUERY and not _is_raw(sampler, scope) else [])]
    arguments: dict[str, object] = {}
    if query:
        arguments["params"] = pairs([(context.code(name), context.secret(name, value)) for name, value in query])
    shown = _headers(context, headers, common, body)
    if shown:
        arguments["headers"] = shown
    arguments |= body
    arguments |= _others(context, sampler, scope, found.host)
    _say_rest(context, sampler)
    config.take_applied(context, scope)
    return Request(method, found.host, found.path, arguments)


def _method(context: Context, sampler: Element, scope: Scope) -> str:
    text = config.merged(sampler, scope, "HTTPSampler.method").strip() or "GET"
    known = (context.known(text) or "").strip().upper()
    if not re.fullmatch(r"[A-Z][A-Z-]{0,30}", known):
        context.account.part(sampler, f"its method {text[:40]} is not known here: GET was put")
        return "GET"
    return known


def _query(sampler: Element, scope: Scope) -> list[tuple[str, str]]:
    return [_pair(each) for each in config.arguments_of(sampler, scope)]


def _pair(argument: Element) -> tuple[str, str]:
    """Name and value as they are meant: JMeter sends them as they stand, encoded already, unless it is to encode."""
    name, value = argument.text("Argument.name"), argument.text("Argument.value")
    if argument.flag("HTTPArgument.always_encode"):
        return name, value
    covers = covered(name), covered(value)
    return covers[0].restore(unquote_plus(covers[0].text)), covers[1].restore(unquote_plus(covers[1].text))


def _is_raw(sampler: Element, scope: Scope) -> bool:
    """Whether the arguments are no pairs, but the body itself."""
    given = config.arguments_of(sampler, scope)
    return sampler.flag("HTTPSampler.postBodyRaw") or (
        bool(given) and all(not each.text("Argument.name") for each in given)
    )


def _body(context: Context, sampler: Element, scope: Scope, method: str, content_type: str) -> dict[str, object]:
    given = config.arguments_of(sampler, scope)
    files = _files(context, sampler)
    if isinstance(files, Code):
        return {"content": files}
    if _is_raw(sampler, scope):
        text = "".join(each.text("Argument.value") for each in given)
        return body_arguments(context, text, (context.known(content_type) or content_type).lower())
    made: dict[str, object] = {}
    if given and method not in IN_QUERY:
        in_parts = bool(files) or sampler.flag("HTTPSampler.DO_MULTIPART_POST")
        read = [
            (each.text("Argument.name"), each.text("Argument.value")) if in_parts else _pair(each) for each in given
        ]
        made["form"] = pairs([(context.code(name), context.secret(name, value)) for name, value in read])
    if files:
        made["files"] = files
    elif sampler.flag("HTTPSampler.DO_MULTIPART_POST") and made:
        made["files"] = {}
    return made


def _files(context: Context, sampler: Element) -> dict[Code, object] | Code:
    """Files by their field; the one file that is the body, where it has no field."""
    listed = sampler.part("HTTPsampler.Files").elements("HTTPFileArgs.files")
    old = sampler.text("HTTPSampler.FILE_NAME")
    found = [(each.text("File.path"), each.text("File.paramname"), each.text("File.mimetype")) for each in listed] or (
        [(old, sampler.text("HTTPSampler.FILE_FIELD"), "")] if old else []
    )
    found = [(path, field, kind) for path, field, kind in found if path.strip()]
    if not found:
        return {}
    if len(found) == 1 and not found[0][1]:
        context.imports.add("from pathlib import Path")
        place = f"(Path(__file__).parent / {written(_beside(context, found[0][0]))}).read_bytes()"
        return context.constant(f"{found[0][0].rpartition('/')[2]} content", place)
    made: dict[Code, object] = {}
    for path, field, kind in found:
        place = _beside(context, path)
        made[context.code(field)] = _typed(context, place, kind) if kind else place
    return made


def _typed(context: Context, place: str, kind: str) -> tuple[str, Code, Code]:
    """A file with its content type: (name, where it is, type)."""
    context.imports.add("from pathlib import Path")
    return place.rpartition("/")[2], Code(f"Path({written(place)})"), context.code(kind)


def _beside(context: Context, path: str) -> str:
    """A file beside the scenario, by its name alone: folders of the machine that recorded it are not here."""
    name = (context.known(path) or path).replace("\\", "/")
    name = name.rpartition("/")[2] if name.startswith(("/", "~")) or ":" in name[:3] else name.removeprefix("./")
    context.note(f"sends the file {name}, which is looked for beside the scenario")
    return name


def _headers(
    context: Context, headers: dict[str, tuple[str, str]], common: dict[str, str], body: dict[str, object]
) -> dict[Code, Code]:
    implied = [kind for name, kind in IMPLIED.items() if name in body]
    made: dict[Code, Code] = {}
    for key, (name, value) in headers.items():
        if key in config.OURS or key in config.NAMING_A_HOST or common.get(key) == value:
            continue
        if key == "content-type" and any(value.strip().lower().startswith(kind) for kind in implied):
            continue
        value_code = config.header_code(context, name, value)
        made[context.code(name)] = Code(value_code.as_text, uses=value_code.uses)
    return made


def _others(context: Context, sampler: Element, scope: Scope, host: str) -> dict[str, object]:
    made: dict[str, object] = {}
    basic = config.authorization(context, scope, host)
    if basic:
        made["basic"] = basic
    if not sampler.flag("HTTPSampler.follow_redirects", True) and not sampler.flag("HTTPSampler.auto_redirects"):
        made["redirects"] = False
    times = [config.merged(sampler, scope, f"HTTPSampler.{name}_timeout") for name in ("connect", "response")]
    whole = sum(context.number(time) for time in times if time) / 1000
    if whole > 0:
        made["timeout"] = int(whole) if whole == int(whole) else whole
    return made


def _say_rest(context: Context, sampler: Element) -> None:
    if sampler.flag("HTTPSampler.image_parser"):
        context.account.part(sampler, "what its page embeds is not fetched")
    encoding = sampler.text("HTTPSampler.contentEncoding", "UTF-8")
    if encoding.upper().replace("-", "") != "UTF8":
        context.account.part(sampler, f"is sent in UTF-8, not in {encoding}")
    if not sampler.flag("HTTPSampler.use_keepalive", True):
        context.account.part(sampler, "its connection is kept")
    for name in (*OWN_AFFAIR, *(name for name in sampler.properties if name.startswith("GraphQL"))):
        sampler.text(name)
    context.account.take(sampler)
    context.account.unread(sampler)
