"""Uploads as the API tells of them, and how it answers those who hand files in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel

from fluentscribe.api.idempotency import Answer, Created
from fluentscribe.api.problems import MEDIA_TYPE, Fault, Problem, ProblemBody, body_of
from fluentscribe.uploads.limits import FILES_MAX
from fluentscribe.uploads.multipart import FIELD

Status = Literal["pending", "processing", "done", "failed"]

# Read by our own hands, so that FastAPI knows nothing of it.
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD.decode()],
                    "additionalProperties": False,
                    "properties": {
                        FIELD.decode(): {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": FILES_MAX,
                            "items": {"type": "string", "format": "binary"},
                        }
                    },
                }
            }
        },
    }
}


class Upload(BaseModel):
    """`refusal`, `reason` and `line` say why a file was refused; `session_id` is its latest session."""

    id: UUID
    project_id: UUID
    file_name: str
    format: Literal["xliff-1.2", "xliff-2", "tmx", "csv"] | None
    sha256: str
    bytes: int
    status: Status
    refusal: str | None
    reason: str | None
    line: int | None
    uploaded_by: UUID | None
    processed_at: datetime | None
    created_at: datetime
    session_id: UUID | None


class Scan(BaseModel):
    """What a scanner said. `findings` are in its own words."""

    scanner: str
    verdict: Literal["clean", "suspicious", "malicious", "failed"]
    findings: list[Any]
    created_at: datetime


class ScannedUpload(Upload):
    """`scan` is the latest."""

    scan: Scan | None


class HandedIn(BaseModel):
    """What became of one file. Without a session it was refused, as its upload says; a `duplicate` came before."""

    upload: Upload
    session_id: UUID | None
    duplicate: bool


class Received(BaseModel):
    """In the order in which the files were sent."""

    files: list[HandedIn]


@dataclass(frozen=True, slots=True)
class Refusal:
    """All files were refused, and their records stay."""

    problem: ProblemBody

    def answer(self) -> tuple[int, dict[str, str], str]:
        return 422, {"Content-Type": MEDIA_TYPE}, self.problem.model_dump_json(exclude_none=True)


def answer_to(request: Request, files: Sequence[HandedIn], new: bool) -> Answer:
    """201 where something was made, 200 where all was there before, a problem where nothing was taken."""
    taken = [file for file in files if file.session_id is not None]
    if not taken:
        return Refusal(body_of(request, _refused(files)))
    made = next((file for file in taken if not file.duplicate), taken[0])
    return Created(Received(files=list(files)), f"/api/v1/uploads/{made.upload.id}", 201 if new else 200)


def _refused(files: Sequence[HandedIn]) -> Problem:
    faults = [
        Fault(where=f"{FIELD.decode()}[{number}] {file.upload.file_name}", why=_why(file.upload))
        for number, file in enumerate(files)
    ]
    detail = "; ".join(f"{fault.where}: {fault.why}" for fault in faults[:3])
    code = files[0].upload.refusal if len(files) == 1 else "refused"
    return Problem(
        422, f"file-{code}", "No file was taken", detail, "mend the file, and hand it in again", errors=faults
    )


def _why(upload: Upload) -> str:
    return upload.reason or "" if upload.line is None else f"line {upload.line}: {upload.reason}"
