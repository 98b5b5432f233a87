"""Segments: what is read and mended in a session."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from fluentscribe.api.answering import answer
from fluentscribe.api.caller import Caller, May
from fluentscribe.api.etags import require_unchanged, tag
from fluentscribe.api.paging import Cursor, Limit, Page, after_number, page
from fluentscribe.api.problems import conflict, invalid, not_found
from fluentscribe.api.sessions import held
from fluentscribe.api.values import Body, Number, Text, unsent
from fluentscribe.caching import tags
from fluentscribe.caching.topic import Topic
from fluentscribe.formats import values
from fluentscribe.formats.limits import SEGMENT_CHARACTERS_MAX
from fluentscribe.formats.pairing import fault_in
from fluentscribe.permissions.rules import Action
from fluentscribe.records import segments
from fluentscribe.records.activity import note
from fluentscribe.records.auditing import diff_of, log
from fluentscribe.records.changing import change

router = APIRouter(tags=["segments"])

State = Literal["initial", "translated", "reviewed", "final"]
TAGS_MAX = 1_000  # that may be sent; files may have more


class Tag(BaseModel):
    """Inline markup before the character `position` of the text; `id` pairs halves, `text` is as in the file."""

    position: int
    kind: values.TagKind
    name: str
    id: str
    text: str

    @property
    def value(self) -> values.Tag:
        return values.Tag(self.position, self.kind, self.name, self.id, self.text)


class SentTag(Tag, Body):
    """The same, from a client."""

    position: int = Field(ge=0, le=SEGMENT_CHARACTERS_MAX, strict=True)
    name: Annotated[Text, StringConstraints(min_length=1, max_length=1_000)]
    id: Annotated[Text, StringConstraints(max_length=40_000)]
    text: Annotated[Text, StringConstraints(max_length=SEGMENT_CHARACTERS_MAX)]


class Segment(BaseModel):
    """`seq` is its place in the file. Positions are counted in characters (code points)."""

    id: int
    session_id: UUID
    seq: int
    unit_id: str
    source: str
    source_tags: list[Tag]
    target: str
    target_tags: list[Tag]
    state: State
    confidence: float | None
    note: str | None
    length_max: int | None
    locked: bool


class ListedSegment(Segment):
    open_errors: int


class SegmentChange(Body):
    """Only what is sent is changed. Tags that are there stay, and must still fit the text."""

    target: Annotated[Text, StringConstraints(max_length=SEGMENT_CHARACTERS_MAX)] = unsent()
    target_tags: Annotated[list[SentTag], Field(max_length=TAGS_MAX)] = unsent()
    state: State = unsent()


@router.get(
    "/sessions/{session_id}/segments",
    response_model=Page[ListedSegment],
    summary="Segments of a session, in the order of the file",
)
async def list_segments(
    session_id: UUID,
    caller: Annotated[Caller, Depends(May(Action.READ_PROJECT))],
    state: State | None = None,
    has_open_errors: bool | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    since = after_number(cursor)

    async def read(db: Any) -> Page[ListedSegment]:
        rows = await segments.listed(db, session_id, state, has_open_errors, since, limit)
        items, following = page(rows, limit, ("seq",))
        return Page(items=[ListedSegment(**_read(row)) for row in items], next=following)

    on = tags.segments_of_session(session_id), tags.errors_of_session(session_id)
    topic = Topic("segments", (session_id, state, has_open_errors, since, limit), on, one_plan=True)
    return await answer(caller, topic, read)


@router.get("/segments/{segment_id}", response_model=Segment, summary="A segment")
async def read_segment(segment_id: Number, caller: Annotated[Caller, Depends(May(Action.READ_PROJECT))]) -> Response:
    # It is within a session, whose tags it gets as whatever a path names.
    return await answer(caller, Topic("segment", (segment_id,), ()), lambda db: _found(db, segment_id))


@router.patch("/segments/{segment_id}", summary="Mend a segment")
async def change_segment(
    request: Request,
    segment_id: Number,
    given: SegmentChange,
    response: Response,
    caller: Annotated[Caller, Depends(May(Action.EDIT_SEGMENT))],
) -> Segment:
    async with caller.begin() as db:
        await held(db, await db.fetchval(segments.SESSION_OF, segment_id), "edit")
        before = await _found(db, segment_id, segments.LOCK)
        require_unchanged(request.headers, before)
        segment = _changed(before, given)
        diff = diff_of(before.model_dump(), segment.model_dump())
        if diff:
            await change(db, "qa_segments", segment_id, _written(segment, diff), touch=False)
            await log(db, "update", "segment", segment_id, caller.address, diff)
            await note(db, "edit", session=segment.session_id, segment=segment_id)
    tag(response, segment)
    return segment


def _changed(before: Segment, given: SegmentChange) -> Segment:
    """Raises Problem where it must not, or cannot, be so."""
    if before.locked:
        raise conflict("the file says that this segment is not to be translated")
    after = before.model_copy(update={name: getattr(given, name) for name in given.model_fields_set})
    known = [_tags(before.source_tags), _tags(before.target_tags)]
    fault = fault_in(_tags(after.target_tags), after.target, known)
    if fault is not None:
        raise invalid("body.target_tags", fault)
    return after


def _tags(tags: Sequence[Tag]) -> list[values.Tag]:
    return [one.value for one in tags]


def _written(segment: Segment, diff: dict[str, Any]) -> dict[str, Any]:
    fields = {name: getattr(segment, name) for name in diff}
    if "target_tags" in fields:
        fields["target_tags"] = [[t.position, t.kind, t.name, t.id, t.text] for t in segment.target_tags] or None
    return fields


def _read(row: Any) -> dict[str, Any]:
    """As shown: tags are objects, not lists."""
    tags = {
        side: [dict(zip(values.Tag.__slots__, one, strict=True)) for one in row[side] or ()]
        for side in ("source_tags", "target_tags")
    }
    return dict(row) | tags


async def _found(db: Any, segment: int, query: str = segments.FIND) -> Segment:
    row = await db.fetchrow(query, segment)
    if row is None:
        raise not_found("segment")
    return Segment(**_read(row))
