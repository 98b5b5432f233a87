"""Steps as lines: pauses and pages between them, and loops for what was asked for again and again. Pure."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from plimsoll.load.importers.har.correlating import Variable
from plimsoll.load.importers.har.recording import Exchange
from plimsoll.load.importers.har.thinking import think
from plimsoll.load.importers.har.wording import call
from plimsoll.load.importers.har.words import words_of
from plimsoll.load.importers.source import literal

REPEATS_MIN = 3  # the same request so often in a row is written as a loop
TRIES_MIN = 20  # of a loop that waits; four times as many as were recorded, if that is more
POLL_MIN_S = 0.1  # between two tries, also where none was recorded
_STATES = frozenset({"status", "state", "phase", "done", "ready", "finished", "completed", "complete", "progress"})
_STATE = re.compile(r"[A-Za-z][A-Za-z0-9_ -]{0,30}").fullmatch


@dataclass(frozen=True, slots=True)
class Block:
    """One step: the pause before it, a comment where a page begins, lines before the call, and the call."""

    pause: float
    comment: str
    before: list[str]
    arguments: list[tuple[str, Any]]
    extracted: list[Variable]
    answer: Exchange

    @property
    def asks(self) -> str:
        """The same for two blocks that ask for the same."""
        return repr((self.before, [(name, literal(value)) for name, value in self.arguments]))

    @property
    def lines(self) -> list[str]:
        lines = _call(self, is_read=bool(self.extracted), indent=4)
        return [*self.before, *lines, *_taken_out(self)]


def written(blocks: Sequence[Block]) -> list[str]:
    lines: list[str] = []
    for _, same in groupby(blocks, key=lambda block: block.asks):
        for pause, comment, part in _parts(list(same)):
            lines += [*_before(pause, comment, bool(lines)), *part]
    return lines


def _parts(run: Sequence[Block]) -> Iterator[tuple[float, str, list[str]]]:
    """The same request several times over, as one loop where that is what it was."""
    until = _until([block.answer for block in run]) if len(run) > 1 else None
    if until and not any(block.comment for block in run[1:]):
        code, value, tries = until
        yield run[0].pause, run[0].comment, _waiting(run[:tries], code, value)
        if run[tries:]:
            yield from _parts(run[tries:])
    elif len(run) >= REPEATS_MIN and all(block.lines == run[0].lines for block in run):
        yield run[0].pause, run[0].comment, _loop(run)
    else:
        yield from ((block.pause, block.comment, block.lines) for block in run)


def _before(pause: float, comment: str, has_lines: bool) -> list[str]:
    """The pause, a blank line where something new begins, and what begins."""
    lines = [think(pause)] if pause else []
    if has_lines and (pause or comment):
        lines.append("")
    return [*lines, comment] if comment else lines


def _call(block: Block, *, is_read: bool, indent: int) -> list[str]:
    return call(f"{'reply = ' if is_read else ''}await user.http", block.arguments, indent=indent).splitlines()


def _taken_out(block: Block) -> list[str]:
    return [f"{variable.name} = {variable.place.code}" for variable in block.extracted]


def _loop(run: Sequence[Block]) -> list[str]:
    """So often, with the pause that it had on average between the times: what comes before the first is said before."""
    pause = sum(block.pause for block in run[1:]) / (len(run) - 1)
    between = ["if again:", f"    {think(pause)}"] if pause >= 0.05 else []
    head = f"for {'again' if between else '_'} in range({len(run)}):"
    return [head, *(f"    {line}" for line in [*between, *run[0].lines])]


def _waiting(run: Sequence[Block], code: str, value: object) -> list[str]:
    """Until the answer says what the last recorded one said, and no more than a bounded number of times."""
    first = run[0]
    inside = [
        *_call(first, is_read=True, indent=8),
        f"if {code} == {literal(value)}:" if value is not True else f"if {code}:",
        "    break",
        think(max(_gap(run), POLL_MIN_S)),
    ]
    taken = [line for block in run for line in _taken_out(block)]
    head = f"for _ in range({max(TRIES_MIN, 4 * len(run))}):"
    return [*first.before, head, *(f"    {line}" for line in inside), *dict.fromkeys(taken)]


def _gap(run: Sequence[Block]) -> float:
    """Seconds from an answer to the next question, on average."""
    times = [(block.answer.started, block.answer.ended) for block in run]
    gaps = [after[0] - before[1] for before, after in pairwise(times) if before[1] and after[0]]
    return sum(gaps) / len(gaps) if gaps else 0.0


def _until(answers: Sequence[Exchange]) -> tuple[str, object, int] | None:
    """Where the answers tell a state, the one that was waited for, and how many asked until it was there."""
    told = [dict(_states(_document(answer), ())) for answer in answers]
    for path, value in told[-1].items():
        values = [each.get(path) for each in told]
        pending = values.index(value)
        is_same_sort = all(type(each) is type(value) for each in values)
        if pending and is_same_sort and all(each == value for each in values[pending:]):
            code = "reply.json()" + "".join(f"[{literal(key)}]" for key in path[:-1])
            return f"{code}.get({literal(path[-1])})", value, pending + 1
    return None


def _document(answer: Exchange) -> Any:
    try:
        return json.loads(answer.reply_text or "")
    except (ValueError, RecursionError):
        return None


def _states(document: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], object]]:
    """What an object says of its state, the outer first: words and flags."""
    if not isinstance(document, dict) or len(path) > 3:
        return
    for key, value in document.items():
        is_state = value is True or value is False or (isinstance(value, str) and _STATE(value))
        if is_state and not _STATES.isdisjoint(words_of(key)):
            yield (*path, key), value
    for key, value in document.items():
        yield from _states(value, (*path, key))
