"""Requests and responses as a test writes them: `get("If-None-Match: x")`, `ok("Cache-Control: max-age=60")`."""

from typing import Any

from plimsoll.edge import rules
from plimsoll.edge.http.dates import format_date
from plimsoll.edge.http.message import Field, Request, Response
from plimsoll.edge.rules.stored import Stored

NOW_S = 1_800_000_000.0
BODY = b"0123456789"


def fields_of(*lines: str) -> list[Field]:
    split = [line.partition(": ") for line in lines]
    return [(name.lower().encode(), value.encode("latin-1")) for name, _, value in split]


def get(*lines: str, method: str = "GET", path: str = "/a", host: str = "example.com", query: str = "") -> Request:
    return Request(method, b"https", host.encode(), path.encode(), query.encode(), fields_of(*lines))


def head(*lines: str) -> Request:
    return get(*lines, method="HEAD")


def ok(*lines: str, status: int = 200, at_s: float = NOW_S) -> Response:
    """A response that says when it was made, unless a line does."""
    dated = any(line.lower().startswith("date:") for line in lines)
    return Response(status, fields_of(*lines, *([] if dated else [f"Date: {date(at_s)}"])))


def date(at_s: float) -> str:
    return format_date(at_s).decode()


def judged(response: Response, request: Request | None = None, *, at_s: float = NOW_S, **policy: Any) -> str | Stored:
    """What is stored, or why it is not."""
    request = get() if request is None else request
    verdict = rules.judge(request, response, requested_s=at_s, received_s=at_s, policy=rules.Policy(**policy))
    return verdict.why if isinstance(verdict, rules.Pass) else verdict.stored


def kept(response: Response, request: Request | None = None, *, at_s: float = NOW_S, **policy: Any) -> Stored:
    stored = judged(response, request, at_s=at_s, **policy)
    assert isinstance(stored, Stored), stored
    whole = stored.with_body(BODY)
    assert whole is not None
    return whole


def looked(
    stored: Stored | list[Stored], request: Request | None = None, *, after_s: float = 0.0, **policy: Any
) -> str:
    """What is done: "answer fresh", "stale", "validate stale", "forward uri-miss", "refuse 504"."""
    variants = stored if isinstance(stored, list) else [stored]
    look = rules.look(get() if request is None else request, variants, NOW_S + after_s, rules.Policy(**policy))
    match look:
        case rules.Answer(because=because):
            return f"answer {because}"
        case rules.Stale():
            return "stale"
        case rules.Validate(because=because):
            return f"validate {because}"
        case rules.Forward(because=because):
            return f"forward {because}"
        case rules.Refuse(status=status):
            return f"refuse {status}"


def said(fields: Any, name: str) -> list[str]:
    return [value.decode("latin-1") for key, value in fields if key == name.lower().encode()]
