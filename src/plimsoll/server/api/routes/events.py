"""What happened: restarts, checkpoints, statistics that were reset."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from plimsoll.server.api.event_models import EventsBody
from plimsoll.server.api.moments import MOMENT_WORDS, read_window
from plimsoll.server.live.changes import event_json
from plimsoll.server.state import State
from plimsoll.settings.masking import mask

router = APIRouter(tags=["events"])

EVENTS_MAX: Final = 1_000  # of one answer


@router.get("/events", response_model=EventsBody)
async def events(
    state: State,
    start: Annotated[str, Query(alias="from", max_length=50, description=MOMENT_WORDS, examples=["-1h"])] = "-1h",
    end: Annotated[str, Query(alias="to", max_length=50, description=MOMENT_WORDS)] = "now",
    kind: Annotated[str, Query(max_length=50, description="of this kind only", examples=["restart"])] = "",
    limit: Annotated[int, Query(ge=1, le=EVENTS_MAX, description="the newest so many")] = 200,
) -> dict[str, Any]:
    """What collectors saw happen in a stretch of time, in its order; alerts are in `alerts/history`."""
    start_s, end_s = read_window(start, end, state.wall())
    found = await state.watch.history.events(start_s, end_s, limit + 1, kind)
    shown = [event_json(one) | {"text": mask(one.text)} for one in found[-limit:]]
    return {"start_s": start_s, "end_s": end_s, "events": shown, "more": len(found) > limit}
