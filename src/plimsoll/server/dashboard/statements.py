"""Statements: what each cost between two looks, and one of them looked at."""

from collections.abc import Sequence

from plimsoll.core.units import UNKNOWN, format_bytes, format_count, format_ms, format_share
from plimsoll.server.dashboard.markup import Html, element, joined, one_line
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.slots import pairs, unseen
from plimsoll.server.dashboard.sql import highlighted
from plimsoll.server.dashboard.tables import Column, Row, figure, table
from plimsoll.server.reading.reading import Reading


def statements_html(reading: Reading, place: Place) -> Html:
    """All of them, the most expensive first."""
    found = reading.details.get("statements")
    if found is None:
        return element("p", _why_none(reading), class_="empty")
    seconds = found[1].get("seconds")
    during = f" in the {seconds:.0f} s between two looks" if seconds else ""
    rows = [_with_shares(row, found[1].get("rows", ())) for row in found[1].get("rows", ())]
    left_out = int(found[1].get("left_out", 0))
    nothing = unseen(reading, "statements", f"No statement was executed{during}.")
    return table(
        place, "statements", f"What statements did{during}, the most time first", _columns(place), rows,
        left_out=left_out, nothing=nothing, shown=30,
    )  # fmt: skip


def _why_none(reading: Reading) -> str:
    """What the collector says; only where it says nothing, what statements need."""
    if reading.lapsed("statements"):
        return unseen(reading, "statements", "")
    state = reading.states.get("statements")
    notes = "; ".join(state.notes) if state is not None else ""
    return f"No statement was seen yet: {notes or 'they need the extension pg_stat_statements, and two looks'}."


def statement_html(reading: Reading, place: Place) -> Html:
    """One, whole: its text, and what it did between the last two looks."""
    back = element("p", element("a", "All statements", href=place.href(statement=""), data_in="", id="statements-back"))
    row = next((row for row in reading.rows("statements") if row["query_id"] == place.statement), None)
    if row is None:
        return joined(back, _of_session(reading, place))
    copy = element("p", element("button", "Copy the statement", type="button", data_copy="pre", class_="copy"))
    if not row["query"]:
        return joined(back, element("p", statement_words(row["query_id"], ""), class_="empty"), pairs(*_facts(row)))
    return joined(back, highlighted(str(row["query"])), copy, pairs(*_facts(row)))


def _of_session(reading: Reading, place: Place) -> Html:
    """One that has not ended since the watch began has its text from who executes it."""
    row = next((row for row in reading.rows("sessions") if row["query_id"] == place.statement), None)
    if row is None:
        return element("p", f"Statement {place.statement} was not executed lately.", class_="empty")
    said = element(
        "p", f"PID {row['pid']} executes it, or did last. It has not ended since the last look.", class_="soft"
    )
    return joined(highlighted(str(row["query"])), said)


def _facts(row: Row) -> Sequence[tuple[str, str]]:
    return (
        ("Statement", str(row["query_id"])),
        ("User", str(row["user"])),
        ("Calls", format_count(row["calls"])),
        ("Time in all", format_ms(row["total_ms"])),
        ("Time a call", format_ms(_mean_ms(row))),
        ("Rows a call", _per_call(row, "rows")),
        ("Pages found in shared buffers", _hit_share(row)),
        ("Pages dirtied", format_count(row["blocks_dirtied"])),
        ("Temporary pages", format_count(row["temp_blocks"])),
        ("Write-ahead log", format_bytes(row["wal_bytes"])),
        ("Time reading and writing", format_ms(row["io_ms"])),
    )


def _columns(place: Place) -> Sequence[Column]:
    return (
        Column("query", "Statement", lambda row: _link(place, row), lambda row: row["query"], first_up=True),
        figure("calls", "Calls", format_count),
        figure("total_ms", "Time", format_ms),
        figure("share", "Of all time", format_share),
        Column("mean_ms", "A call", lambda row: format_ms(_mean_ms(row)), _mean_ms, number=True),
        figure("rows", "Rows", format_count),
        Column("hit", "Hits", _hit_share, _hit, number=True, meaning="pages found in shared buffers"),
        figure("temp_blocks", "Temporary pages", format_count),
    )


def _link(place: Place, row: Row) -> Html:
    there = place.href(statement=str(row["query_id"]))
    text = element("code", one_line(statement_words(row["query_id"], row["query"]), 90))
    return element("a", text, href=there, data_in="", id=f"statement-{row['query_id']}")


def statement_words(query_id: object, text: str | None) -> str:
    """Texts are read seldom, as each reading costs the server."""
    return text or f"text not read yet (statement {query_id})"


def _with_shares(row: Row, rows: Sequence[Row]) -> Row:
    whole = sum(one["total_ms"] for one in rows)
    return {**row, "share": row["total_ms"] / whole if whole else None}


def _mean_ms(row: Row) -> float | None:
    return row["total_ms"] / row["calls"] if row["calls"] else None


def _per_call(row: Row, name: str) -> str:
    return f"{row[name] / row['calls']:.3g}" if row["calls"] else UNKNOWN


def _hit(row: Row) -> float | None:
    asked = row["blocks_hit"] + row["blocks_read"]
    return row["blocks_hit"] / asked if asked else None


def _hit_share(row: Row) -> str:
    return format_share(_hit(row))
