"""What we answer ourselves, as RFC 9457 has it. Nothing in it comes from a client or from the origin."""

import json
from http import HTTPStatus
from typing import Final

from plimsoll.edge.http.message import Field, Response

DETAILS: Final = {
    400: "The request is not one that can be answered.",
    401: "The token is missing or wrong.",
    405: "This method is not allowed here.",
    408: "The request did not come in time.",
    501: "The request's body is coded in a way that is not known here.",
    502: "The origin gave no answer, or not one that can be passed on.",
    503: "Too many requests wait for the origin.",
    504: "The origin did not answer in time, and nothing is stored that may be told.",
    505: "This answer can only be told by HTTP/1.1.",
}


def problem(status: int, detail: str | None = None, *fields: Field) -> tuple[Response, bytes]:
    """The head and the body; never stored by anybody."""
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    body = json.dumps({**told, "detail": detail or DETAILS[status]}).encode()
    head = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        *fields,
    ]
    return Response(status, head), body
