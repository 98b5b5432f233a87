"""What a reader of an imported scenario has to know: what was left out and why, what may have to be changed. Pure."""

from collections import Counter
from collections.abc import Sequence

from plimsoll.load.importers.har.choosing import Choice, LeftOut, Step
from plimsoll.load.importers.har.headers import dropped_names
from plimsoll.load.importers.har.payload import Payload
from plimsoll.load.importers.har.resolving import MOMENT, Resolver
from plimsoll.load.importers.har.secret_names import is_password
from plimsoll.load.importers.har.thinking import PAUSE_MAX_S, overlapping
from plimsoll.load.importers.har.uses import path_uses, uses_of
from plimsoll.load.importers.har.visit import Visit
from plimsoll.load.importers.har.wording import Code
from plimsoll.load.importers.har.words import is_id

EXAMPLES_MAX = 5


def notes_of(
    choice: Choice, payloads: Sequence[Payload], pauses: Sequence[float], resolver: Resolver, visit: Visit
) -> list[str]:
    """In the order of their weight. No host and no secret is named."""
    steps = choice.steps
    notes = [left_out_note(choice.left_out)] if choice.left_out.by_reason else []
    notes += _bodies(payloads)
    notes += _failed(steps, resolver)
    stayed = sum(not step.follows for step in steps)
    if stayed:
        notes.append(f"Redirects that led to other hosts, or that nobody followed (redirects=False): {stayed}.")
    if any(_logs_in(step, payload) for step, payload in zip(steps, payloads, strict=True)):
        notes.append("Everybody logs in as the one who was recorded: a feed of accounts gives each user one.")
    notes += _fixed_ids(steps, resolver)
    notes += _signed(steps)
    if visit.dropped_cookies:
        notes.append(f"Cookies of statistics and networks left out: {_some(sorted(visit.dropped_cookies))}.")
    moments = sum(line.count(MOMENT) for line in visit.lines)
    if moments:
        notes.append(f"Moments against caches that are those of the run: {moments}.")
    dropped = Counter(name for step in steps for name in dropped_names(step.request.headers))
    if dropped:
        notes.append(f"Headers left to the client: {', '.join(f'{name} {count}' for name, count in dropped.items())}.")
    side_by_side = overlapping(steps)
    if side_by_side:
        notes.append(f"Requests made while another was under way, here one after the other: {side_by_side}.")
    away = sum(pause > PAUSE_MAX_S for pause in pauses)
    if away:
        notes.append(f"Pauses of more than {PAUSE_MAX_S:.0f} s shortened to that: {away}.")
    return ["".join(sign if sign.isprintable() else "?" for sign in note) for note in notes]


def left_out_note(left_out: LeftOut) -> str:
    return f"Left out: {'; '.join(f'{reason}: {count}' for reason, count in left_out.counts().items())}."


def _bodies(payloads: Sequence[Payload]) -> list[str]:
    notes = []
    missing = sum(payload.kind in ("missing", "large") for payload in payloads)
    if missing:
        notes.append(f"Bodies to be given, which are not in the recording or too large for a scenario: {missing}.")
    files = [upload.file_name for payload in payloads for upload in payload.files]
    if files:
        notes.append("Files sent are written here as far as they were recorded and short; others are stand-ins.")
    if any(payload.kind == "bytes" for payload in payloads):
        notes.append("Bodies that are no text and longer than 4 kB are stand-ins of the same length.")
    return notes


def _failed(steps: Sequence[Step], resolver: Resolver) -> list[str]:
    labels = [(at, step.request.label) for at, step in enumerate(steps) if step.answer.status >= 500]
    failed = list(dict.fromkeys(label if resolver.is_clean(at, label) else "a secret address" for at, label in labels))
    wrong = sum(400 <= step.answer.status < 500 for step in steps)
    notes = [f"Answered with a server's error when recorded, which fails a step: {_some(failed)}."] if failed else []
    return notes + ([f"Recorded answers of 400 to 499 are taken for right (expect=): {wrong}."] if wrong else [])


def _fixed_ids(steps: Sequence[Step], resolver: Resolver) -> list[str]:
    """Paths with identifiers in them that no earlier answer brought."""
    fixed = [
        step.request.path[:80]
        for at, step in enumerate(steps)
        if any(
            is_id(str(use.value)) and not isinstance(resolver.value(at, use), Code)
            for use in path_uses(step.request.path)
        )
        and resolver.is_clean(at, step.request.path)
    ]
    if not fixed:
        return []
    return [f"Identifiers as recorded, for which a feed may be better: {_some(list(dict.fromkeys(fixed)))}."]


def _logs_in(step: Step, payload: Payload) -> bool:
    """Whether a request hands in a password."""
    uses = uses_of(step.request, payload)
    return any(use.where in ("form", "json") and is_password(use.name, use.value) for use in uses)


def _signed(steps: Sequence[Step]) -> list[str]:
    schemes = {step.request.header("authorization").partition(" ")[0].lower() for step in steps}
    made = schemes & {"digest", "aws4-hmac-sha256", "ntlm", "negotiate", "hawk", "oauth"}
    if not made:
        return []
    return [f"Authorization {', '.join(sorted(made))} is made anew for each request: one value will not do."]


def _some(items: Sequence[str]) -> str:
    more = f" and {len(items) - EXAMPLES_MAX} more" if len(items) > EXAMPLES_MAX else ""
    return ", ".join(items[:EXAMPLES_MAX]) + more
