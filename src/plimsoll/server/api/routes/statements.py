"""What the database was asked: over a window, and one statement in detail."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from plimsoll.server.api.json_text import masked, respond
from plimsoll.server.api.moments import MOMENT_WORDS, read_window
from plimsoll.server.api.statement_models import StatementDetail, StatementsBody
from plimsoll.server.api.summing import Document, course, summed, with_newest
from plimsoll.server.problems import not_found
from plimsoll.server.state import Served, State

router = APIRouter(tags=["statements"])

ROWS_MAX: Final = 200
KIND: Final = "statements"
T = TypeVar("T")
Sort = Literal[
    "total_ms", "calls", "mean_ms", "rows", "blocks_hit", "blocks_read", "blocks_dirtied", "temp_blocks", "wal_bytes",
    "io_ms",
]  # fmt: skip
From = Annotated[str, Query(alias="from", max_length=50, description=MOMENT_WORDS, examples=["-1h"])]
To = Annotated[str, Query(alias="to", max_length=50, description=MOMENT_WORDS)]


@router.get("/statements", response_model=StatementsBody)
async def statements(
    state: State,
    start: From = "-15m",
    end: To = "now",
    sort: Sort = "total_ms",
    limit: Annotated[int, Query(ge=1, le=ROWS_MAX)] = 50,
) -> Response:
    """What statements did over a window, added up from what was seen at each look; at most the newest 1,000 looks."""
    found = await _folded(state, start, end, lambda documents: summed(documents, sort, limit))
    return respond(masked(found))


@router.get("/statements/{query_id}", response_model=StatementDetail)
async def statement(
    state: State,
    query_id: Annotated[str, Path(pattern=r"^-?\d{1,20}$", examples=["-7406829124563327"])],
    start: From = "-1h",
    end: To = "now",
) -> Response:
    """One statement: its whole text, and what it did at each look of a window."""
    points = await _folded(state, start, end, lambda documents: course(documents, query_id))
    text = await state.watch.statement_text(query_id)
    if text is None and not points:
        raise not_found(f"nothing is known of a statement {query_id}", "GET statements lists those of a window")
    known = text or next((point["query"] for point in reversed(points) if point.get("query")), None)
    return respond(masked({"query_id": query_id, "query": known, "points": [_figures(point) for point in points]}))


async def _folded(state: Served, start: str, end: str, fold: Callable[[Iterable[Document]], T]) -> T:
    """In another thread: a day has 100,000 rows. In memory there is only the newest look; it counts where nothing
    is kept on disk."""
    start_s, end_s = read_window(start, end, state.wall())
    newest = state.watch.board.detail(KIND)
    return await state.watch.history.fold_details(
        lambda stored: fold(with_newest(stored, newest, start_s, end_s)), KIND, start_s, end_s
    )


def _figures(point: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in point.items() if name not in ("query", "query_id", "user", "top_level")}
