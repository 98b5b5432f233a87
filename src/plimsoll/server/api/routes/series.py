"""Newest values, windows of series, and which series there are."""

import asyncio
from typing import Annotated, Any, Final, get_args

from fastapi import APIRouter, Query
from fastapi.responses import Response

from plimsoll.core.series.catalogue import info_of
from plimsoll.core.series.info import Layer
from plimsoll.core.series.key import SeriesKey
from plimsoll.server.api import reading
from plimsoll.server.api.choosing import PATTERNS_MAX, chosen, in_order
from plimsoll.server.api.json_text import respond
from plimsoll.server.api.models import CurrentBody, NamesBody, WindowsBody
from plimsoll.server.api.moments import MOMENT_WORDS, read_window
from plimsoll.server.api.thinning import thinned
from plimsoll.server.problems import invalid
from plimsoll.server.state import State

router = APIRouter(tags=["series"])

POINTS_MAX: Final = 1_000
VALUES_MAX: Final = 2_000  # of one answer of newest values
WINDOWS_MAX: Final = 50  # series of one answer: 150,000 numbers at most
Names = Annotated[
    list[Annotated[str, Query(max_length=500)]],
    Query(
        max_length=50,
        description=f"a series, a name, or a pattern with * and ?; may be repeated, patterns {PATTERNS_MAX} times",
    ),
]


@router.get("/current", response_model=CurrentBody)
async def current(
    state: State,
    name: Annotated[Names, Query(examples=[["host_cpu_*"]])] = [],  # noqa: B006  # FastAPI copies it
    layer: Annotated[Layer | None, Query(description=f"one of {', '.join(get_args(Layer))}")] = None,
) -> Response:
    """The newest value of each series, with its age; of all where no `name` is stated."""
    known = state.watch.recent.keys()
    keys = chosen(name, known) if name else in_order(known)
    if layer is not None:
        keys = [key for key in keys if info_of(key.name).layer == layer]
    values = reading.current(state, keys[:VALUES_MAX])
    return respond({"at_s": state.wall(), "values": values, "left_out": max(0, len(keys) - VALUES_MAX)})


@router.get("/series", response_model=WindowsBody)
async def series(
    name: Annotated[Names, Query(min_length=1, examples=[["host_cpu_busy_percent"]])],
    state: State,
    start: Annotated[str, Query(alias="from", max_length=50, description=MOMENT_WORDS, examples=["-1h"])] = "-15m",
    end: Annotated[str, Query(alias="to", max_length=50, description=MOMENT_WORDS)] = "now",
    points: Annotated[int, Query(ge=1, le=POINTS_MAX, description="at most so many of each series")] = 300,
) -> Response:
    """A stretch of time of some series: as measured where that is few enough points, else with low, mean and high."""
    start_s, end_s = read_window(start, end, state.wall())
    stored = await state.watch.history.keys(start_s, end_s)
    keys = chosen(name, {*stored, *state.watch.recent.keys()})
    if len(keys) > WINDOWS_MAX:
        raise invalid("name", f"{len(keys)} series fit, and one answer holds {WINDOWS_MAX}", "name fewer of them")
    windows = await state.watch.history.windows(keys, start_s, end_s, points)
    shown = []
    for window in windows:
        shown.append(thinned(window, start_s, end_s, points).to_json())
        await asyncio.sleep(0)  # what is merged for one must not hold up the collectors
    return respond({"start_s": start_s, "end_s": end_s, "series": shown})


@router.get("/series/names", response_model=NamesBody)
async def names(state: State) -> dict[str, Any]:
    """Every series that is known, with its unit and what it means."""
    return {"series": [_known(key) for key in in_order(state.watch.recent.keys())]}


def _known(key: SeriesKey) -> dict[str, str]:
    info = info_of(key.name)
    return {"series": str(key), "unit": info.unit, "layer": info.layer, "meaning": info.meaning}
