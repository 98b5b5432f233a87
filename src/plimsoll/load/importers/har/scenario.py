"""From a recording to a scenario file. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from plimsoll.core.errors import UsageError
from plimsoll.load.importers.har.arguments import whole_path
from plimsoll.load.importers.har.choosing import Choice, LeftOut, choose
from plimsoll.load.importers.har.correlating import correlate
from plimsoll.load.importers.har.hosts import OTHER, SITE, SITE_HOST, host_constants
from plimsoll.load.importers.har.notes import notes_of
from plimsoll.load.importers.har.pages import BETWEEN, FIELD
from plimsoll.load.importers.har.payload import payloads_of
from plimsoll.load.importers.har.recording import Exchange, Recording, essence
from plimsoll.load.importers.har.resolving import MOMENT, NEW_UUID, Resolver
from plimsoll.load.importers.har.secrets import Constant, Secrets, collect_secrets
from plimsoll.load.importers.har.thinking import pauses_before
from plimsoll.load.importers.har.visit import Visit, visit_of
from plimsoll.load.importers.har.wording import laid_out, listed
from plimsoll.load.importers.source import FROM_ENVIRONMENT, FROM_ENVIRONMENT_HELPER, LINE_MAX, Function, Names, Source

STATIC_MAX = 2_000  # files of a recording's static journey
BEFORE = -1  # no step: what answers bring is not known there
Assets = Literal["journey", "none"]
_FIELD = f'''def {FIELD}(page, name):
    """What a page holds for the next request in `<input name= value=>` or `<meta name= content=>`."""
    for tag in re.findall(r"<(?:input|meta)\\b[^>]*>", page, re.IGNORECASE):
        pairs = re.findall(r"""([\\w-]+)\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))""", tag)
        found = {{key.lower(): html.unescape("".join(value)) for key, *value in pairs}}
        if found.get("name") == name:
            return found.get("value", found.get("content", ""))
    raise LookupError(f"the page has no field {{name}}")'''
_BETWEEN = f'''def {BETWEEN}(page, before, after):
    """What a page holds for the next request between two texts."""
    start = page.find(before) + len(before)
    end = page.find(after, start)
    if start < len(before) or end < 0:
        raise LookupError(f"the page has nothing between {{before!r}} and {{after!r}}")
    return page[start:end]'''
_IMPORTS = (
    ("html.unescape(", "import html"),
    ("os.environ", "import os"),
    ("re.findall(", "import re"),
    (MOMENT, "from time import time"),
    (NEW_UUID, "from uuid import uuid4"),
    ("unquote(user", "from urllib.parse import unquote"),
)
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Imported:
    """A scenario file's text, and what there is to say about it."""

    text: str
    steps: int
    static: int
    constants: tuple[str, ...]  # to be given in the environment
    variables: int
    hosts: dict[str, int]
    chosen: tuple[str, ...]
    left_out: LeftOut
    notes: tuple[str, ...]


def scenario_of(
    recording: Recording, where: str, *, hosts: Sequence[str] = (), assets: Assets = "journey", think: bool = True
) -> Imported:
    """Raises UsageError where nothing is left to do."""
    choice = choose(recording, hosts, where)
    if not choice.steps and not (choice.static and assets == "journey"):
        raise UsageError("nothing to import", where=where, why=_why_nothing(choice), remedy="--host another, or record")
    payloads = payloads_of(step.request.post for step in choice.steps)
    links = correlate(choice.steps, payloads)
    secrets = collect_secrets(choice, payloads, links, Names(_taken(choice)))
    others = [host for host in choice.hosts if host not in choice.chosen]
    moments = {at: step.request.started for at, step in enumerate(choice.steps) if step.request.started}
    resolver = Resolver(links, secrets, choice.chosen, others, moments)
    pauses = pauses_before(choice.steps, choice.static) if think else [0.0] * len(choice.steps)
    visit = visit_of(choice, payloads, pauses, recording.titles, resolver)
    static = _static(choice, assets, resolver)
    notes = notes_of(choice, payloads, pauses, resolver, visit)
    source = Source(_docstring(recording, choice, resolver), notes)
    if choice.steps:
        writes = any(step.request.method in _WRITES for step in choice.steps)
        decorator = "journey(writes=True)" if writes else "journey"
        source.functions.append(Function(decorator, "visit", "What was recorded, in its order.", visit.lines))
    _add_static(source, static)
    _add_constants(source, secrets, resolver, visit)
    text = source.render()
    return Imported(
        text,
        len(choice.steps),
        len(static),
        tuple(constant.name for constant in secrets.by_value.values() if _says(text, constant.name)),
        sum(variable.is_sent for variable in links.variables),
        choice.hosts,
        choice.chosen,
        choice.left_out,
        tuple(notes),
    )


def _taken(choice: Choice) -> set[str]:
    """Names that constants must not have: the file's own, and what every environment sets for itself."""
    others = {f"{OTHER}_{at + 1}" for at in range(len(choice.hosts))}
    own = {SITE, SITE_HOST, OTHER, "STATIC", "COOKIES", "HEADERS", *others}
    return own | {"PATH", "HOME", "USER", "PWD", "SHELL", "LANG", "TERM", "SESSION", "KEY", "HOSTNAME", "MAIL", "TZ"}


def _why_nothing(choice: Choice) -> str:
    counts = [f"{reason}: {count}" for reason, count in choice.left_out.counts().items()]
    return "; ".join(counts) or "only static files were asked for"


def _docstring(recording: Recording, choice: Choice, resolver: Resolver) -> str:
    times = [step.request.started for step in choice.steps if step.request.started is not None]
    day = f" on {datetime.fromtimestamp(times[0], UTC):%Y-%m-%d}" if times and 0 < times[0] < 4e9 else ""
    by = recording.recorder if recording.recorder and resolver.is_clean(0, recording.recorder) else ""
    return f"A recorded visit{day}{f', by {by}' if by else ''}. Its requests go to --url only."


def _static(choice: Choice, assets: Assets, resolver: Resolver) -> list[tuple[str, object]]:
    """Kind and path of each static file."""
    if assets == "none":
        for each in choice.static:
            choice.left_out.add("static files (--assets none)", each.label)
        return []
    for each in choice.static[STATIC_MAX:]:
        choice.left_out.add(f"static files after the first {STATIC_MAX:,}", each.label)
    return [(_kind(each), whole_path(BEFORE, each, resolver)) for each in choice.static[:STATIC_MAX]]


def _kind(each: Exchange) -> str:
    kind = essence(each.reply_type)
    ending = each.path.rpartition(".")[2].lower()
    for name, sign in (("style", "css"), ("script", "javascript"), ("font", "font"), ("image", "image/")):
        if sign in kind:
            return name
    endings = {"css": "style", "js": "script", "mjs": "script", "woff": "font", "woff2": "font", "ttf": "font"}
    images = dict.fromkeys(("png", "jpg", "jpeg", "gif", "svg", "ico", "webp", "avif"), "image")
    return {**endings, **images}.get(ending, "file")


def _add_static(source: Source, static: Sequence[tuple[str, object]]) -> None:
    if not static:
        return
    comment = "# Static files of the visit: what a browser without a cache fetches beside the pages."
    source.constants += [comment, listed("STATIC = (", static, ")")]
    body = ["for kind, path in STATIC:", '    await user.http(f"static {kind}", "GET", path)']
    source.functions.append(Function("journey", "static_files", "Once for each visit.", body))


def _add_constants(source: Source, secrets: Secrets, resolver: Resolver, visit: Visit) -> None:
    """Those that are used, in groups; helpers and imports likewise."""
    groups = [source.constants, _headers(visit), _cookies(visit)]
    everything = "\n".join(line for part in (*groups, *(each.body for each in source.functions)) for line in part)
    groups += [host_constants({name for name in resolver.constants if _says(everything, name)})]
    groups += [_secrets(secrets, everything, resolver)]
    source.constants = [line for group in reversed(groups) if group for line in ("", *group)][1:]
    if f"{FIELD}(reply" in everything:
        source.helpers.append(_FIELD)
    if f"{BETWEEN}(reply" in everything:
        source.helpers.append(_BETWEEN)
    used = "\n".join([*source.constants, *source.helpers, everything])
    source.imports += [line for sign, line in _IMPORTS if sign in used]


def _headers(visit: Visit) -> list[str]:
    lines = [laid_out(each, LINE_MAX, f"{name} = ") for name, each in visit.shared_headers.items()]
    return ["# Headers that several requests carry.", *lines] if lines else []


def _cookies(visit: Visit) -> list[str]:
    if not visit.cookies:
        return []
    comment = "# Cookies that the browser held before; those without a value are left out."
    return [comment, laid_out(visit.cookies, LINE_MAX, "COOKIES = ")]


def _secrets(secrets: Secrets, everything: str, resolver: Resolver) -> list[str]:
    used = [each for each in secrets.by_value.values() if _says(everything, each.name)]
    lines = [_from_environment(each, resolver) for each in used]
    comment = "# Secrets of the recording are not in this file: give them in the environment."
    return [FROM_ENVIRONMENT_HELPER, comment, *lines] if lines else []


def _says(text: str, name: str) -> bool:
    return re.search(rf"\b{name}\b", text) is not None


def _from_environment(constant: Constant, resolver: Resolver) -> str:
    line = f'{constant.name} = {FROM_ENVIRONMENT}("{constant.name}")'
    comment = f"  # {constant.about}"
    fits = len(line + comment) <= LINE_MAX and comment.isprintable() and resolver.is_clean(BEFORE, comment)
    return line + comment if fits else line
