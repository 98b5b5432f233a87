"""What came of a tuning, as a terminal shows it: the verdict, then statements and indexes, then what else may be behind
it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from plimsoll.core.check import counted
from plimsoll.core.tuning.verified import IndexVerified, Outcome, QueryVerified, Side, Verified
from plimsoll.core.units import UNKNOWN, format_count, format_duration, format_ms, format_share
from plimsoll.report.lines import heading, indented, line
from plimsoll.report.tuning.effects import times_words
from plimsoll.report.words import plain, sentence
from plimsoll.settings.masking import mask

if TYPE_CHECKING:
    from rich.console import RenderableType

_VERDICTS: Final[dict[Outcome, str]] = {
    "better": "It has kept its promise",
    "worse": "Something important has become slower",
    "same": "It has changed nothing",
    "unclear": "It cannot be told yet",
    "taken-back": "It was taken back",
}
_STYLES: Final[dict[Outcome, str]] = {
    "better": "bold green",
    "worse": "bold red",
    "same": "bold",
    "unclear": "bold yellow",
    "taken-back": "bold yellow",
}
_ORDER: Final = ("worse", "better", "unclear", "same")
SHOWN: Final = 10
STATEMENT: Final = 76


def verified_view(verified: Verified, *, details: bool = False) -> "RenderableType":
    """For a Rich console; without a terminal that console makes it plain text."""
    from rich.console import Group

    parts: list[RenderableType] = [line(sentence(verdict_words(verified)), _STYLES[verified.outcome])]
    parts.append(line(sentence(served_words(verified)), "dim"))
    parts += _gain(verified)
    parts += _statements(verified.queries, details=details)
    parts += _indexes(verified.indexes)
    parts += _notes(verified.notes)
    return Group(*parts)


def verdict_words(verified: Verified) -> str:
    """ "It has kept its promise: the same calls take 83 % less time."."""
    kept = _VERDICTS[verified.outcome]
    if verified.outcome == "better" and verified.promised is not None and verified.saved is not None:
        short = verified.saved.high < 0.8 * verified.promised
        kept = "It pays, but less than was promised" if short else kept
    elif verified.outcome == "better":
        kept = "It pays"
    return f"{kept}: {verified.why}."


def served_words(verified: Verified) -> str:
    served = f", served for {format_duration(verified.seconds)}" if verified.seconds else ""
    back = f", taken back {verified.taken_back_at:%Y-%m-%d %H:%M}" if verified.taken_back_at else ""
    applied = f"applied {verified.applied_at:%Y-%m-%d %H:%M}{served}{back}"
    return f"tuning {verified.tuning} · database {verified.database} · {applied}"


def side_words(one: Side) -> str:
    return format_ms(one.ms.value) if one.ms is not None else UNKNOWN


def query_words(one: QueryVerified) -> str:
    """ "worse: 1.2 ms → 3.4 ms a call, 2.8 times slower; 1,204 calls before, 310 since; promised 1.1 ms"."""
    if one.before.ms is None or one.after.ms is None:
        return f"{one.effect}: {one.why}"
    times = times_words(one.before.ms.value, one.after.ms.value)
    said = [
        f"{one.effect}: {side_words(one.before)} → {side_words(one.after)} a call" + (f", {times}" if times else "")
    ]
    said.append(f"{format_count(one.before.calls)} calls before, {format_count(one.after.calls)} since")
    if one.promised is not None:
        said.append(f"promised {format_ms(one.before.ms.value * one.promised)}")
    return "; ".join([*said, *([one.why] if one.why else [])])


def index_words(one: IndexVerified) -> str:
    if one.scans is None:
        return f"{one.name} is not there any more"
    if not one.valid:
        return f"{one.name} is not valid: nobody can use it"
    if not one.scans:
        return f"{one.name} has not been used once"
    return f"{one.name} was scanned {format_count(one.scans)} times"


def _gain(verified: Verified) -> "Iterator[RenderableType]":
    if verified.saved is None:
        return
    saved = verified.saved
    spread = f"{_less_words(saved.low)} to {_less_words(saved.high)}"
    promised = f"; promised was {_less_words(verified.promised)}" if verified.promised is not None else ""
    yield line(f"these calls take {_less_words(saved.value)} time than before ({spread}){promised}")


def _less_words(saved: float) -> str:
    """ "83 % less", "47 % more"."""
    return f"{format_share(abs(saved))} {'less' if saved >= 0 else 'more'}"


def _statements(queries: Sequence[QueryVerified], *, details: bool) -> "Iterator[RenderableType]":
    wanted = [one for one in queries if details or one.important]
    if not wanted:
        return
    ordered = sorted(wanted, key=lambda one: (_ORDER.index(one.effect), not one.touched))
    most = len(ordered) if details else SHOWN
    yield from heading("Statements that matter" if not details else "Statements")
    for one in ordered[:most]:
        yield line(plain(" ".join(mask(one.text).split()), STATEMENT))
        yield indented(sentence(query_words(one)), "red" if one.effect == "worse" else "dim")
    if len(ordered) > most:
        yield line(f"{counted(len(ordered) - most, 'more statement')}: --details", "dim")


def _indexes(indexes: Sequence[IndexVerified]) -> "Iterator[RenderableType]":
    if indexes:
        yield from heading("Indexes that were built")
        for one in indexes:
            yield line(sentence(index_words(one)), "" if one.scans else "yellow")


def _notes(notes: Iterable[str]) -> "Iterator[RenderableType]":
    said = list(notes)
    if said:
        yield from heading("What to know")
        yield from (line(sentence(mask(one))) for one in said)
