"""Entity tags of single things: reads answer 304 to who has it already, writes 412 to who saw an older one."""

import hashlib
from collections.abc import Mapping

from fastapi import Response
from pydantic import BaseModel

from fluentscribe.api.problems import Problem


def etag_of(thing: BaseModel) -> str:
    """Strong: of the representation's own bytes."""
    return etag_of_bytes(thing.model_dump_json().encode())


def etag_of_bytes(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def tag(response: Response, thing: BaseModel) -> None:
    response.headers["ETag"] = etag_of(thing)


def matches(header: str, etag: str) -> bool:
    """Whether a list of tags, as of If-Match or If-None-Match, has this one; a weak one is as good for reading."""
    given = [one.strip().removeprefix("W/") for one in header.split(",")]
    return "*" in given or etag.removeprefix("W/") in given


def require_unchanged(headers: Mapping[str, str], thing: BaseModel) -> None:
    """For a change: raises Problem where If-Match names another state than the one that is there."""
    wanted = headers.get("if-match")
    if wanted is not None and not matches(wanted, etag_of(thing)):
        raise Problem(
            412,
            "changed-meanwhile",
            "Changed meanwhile",
            "somebody changed this since you read it",
            "read it again, and decide anew",
            {"ETag": etag_of(thing)},
        )
