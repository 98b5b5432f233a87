"""What is said of advice, the same on every face: what a change gives and costs, and where it comes from."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from plimsoll.core.check import counted
from plimsoll.core.tuning.advice import NO_SEARCH, Advised, Rejected, Standing, Tuning
from plimsoll.core.tuning.applied import Applied
from plimsoll.core.tuning.change import APPLIED, Change
from plimsoll.core.tuning.proof import Proof, WriteCost
from plimsoll.core.tuning.query import LeftOut
from plimsoll.core.units import UNKNOWN, format_bytes, format_duration, format_ms, format_share
from plimsoll.report.words import plain, sentence
from plimsoll.settings.masking import mask

STANDINGS: Final[dict[Standing, str]] = {
    "proved": "measured on a copy of the database",
    "estimated": "by the planner's costs, not measured",
    "explained": "neither measured nor estimated",
}
CHANGES_MAX: Final = 50  # that a page, Markdown or a terminal with details shows
STEPS_SHOWN: Final = 4  # of a change; more are folded, or left to the file
SQL_CHARACTERS: Final = 20_000  # of a line: what is cut off cannot be copied
LEFT_OUT_MAX: Final = 10  # statements of one reason
LEFT_OUT_CHARACTERS: Final = 110  # of each
WAL_FELT: Final = 0.05  # of what a row takes, below which a difference is not worth a word
HOT_FELT: Final = 0.05  # of the updates
_NO_TIME: Final = "The workload tells no times: statements are weighed by calls times {}."


def best_standing(tuning: Tuning) -> str:
    """The strongest among the advice, "" where there is none."""
    there = {one.standing for one in tuning.advised}
    return next((one for one in STANDINGS if one in there), "")


def saved_words(proof: Proof) -> str:
    """ "71 % (66 % to 75 %)" of the workload's time; without an interval where that says no more."""
    if proof.before_ms <= 0:
        return UNKNOWN
    value, low, high = (ms / proof.before_ms for ms in (proof.saved_ms.value, proof.saved_ms.low, proof.saved_ms.high))
    said, bounds = share_words(value), (share_words(low), share_words(high))
    return said if set(bounds) == {said} else f"{said} ({bounds[0]} to {bounds[1]})"


def share_words(share: float) -> str:
    """To whole percents where there are ten or more: a measurement says no more than that."""
    return f"{share * 100:.0f} %" if 0.0995 <= abs(share) < 0.995 else format_share(share)


def gain_words(one: Advised) -> str:
    """What it gives, and by what that is known."""
    if one.proof is not None and one.standing == "proved":
        return (
            f"saves {saved_words(one.proof)} of the workload's time"
            if one.proof.saved_ms.low > 0
            else mask(sentence(one.gives)) or "costs no statement time"
        )
    if one.standing == "estimated":
        return f"saves {share_words(one.saved_share)} of the workload's cost, by estimate"
    return mask(sentence(one.gives)) or "not measured"


def example_of(change: Change) -> str:
    """How it could be written, where that takes other values than the statement does."""
    return mask(change.details.get("sketch", ""))


def note_of(change: Change) -> str:
    """What else to know of how it is done."""
    return mask(change.details.get("note", ""))


def size_words(one: Advised) -> str:
    """ "12.0 MiB, built in 3.2 s" or "frees 12.0 MiB", or ""."""
    if one.change.existing is not None:
        return f"frees {format_bytes(one.change.existing.size_bytes)}" if one.change.existing.size_bytes else ""
    size = size_of(one)
    if not size:
        return ""
    built = one.proof.build_s if one.proof is not None else None
    about = "" if one.proof is not None else "about "
    return f"{about}{format_bytes(size)}" + (f", built in {format_duration(built)}" if built is not None else "")


def size_of(one: Advised) -> int:
    """What a new index takes: measured, else estimated."""
    if one.proof is not None and one.proof.size_bytes > 0:
        return one.proof.size_bytes
    return one.estimate.size_bytes if one.estimate is not None else 0


def freed_bytes(found: Iterable[Advised]) -> int:
    return sum(one.change.existing.size_bytes for one in found if one.change.existing is not None)


def write_words(one: Advised) -> list[str]:
    """What rows cost more (or, without an index, less) to write, the greatest first: "+4.20 µs (+3.90 µs to +4.55 µs)
    per row inserted into orders". What does not stand out, or has the sign that it cannot have, is noise."""
    writes = one.proof.writes if one.proof is not None else ()
    sign = -1 if one.change.kind == "drop-index" else 1
    found = [
        (more, verb, cost.table)
        for cost in writes
        for more, verb in ((cost.insert_more_us, "inserted into"), (cost.update_more_us, "updated in"))
        if more is not None
    ]
    felt = [each for each in found if min(sign * each[0].low, sign * each[0].high) > 0]
    said = [
        f"{signed_us(more.value)} ({signed_us(more.low)} to {signed_us(more.high)}) per row {verb} {table_words(table)}"
        for more, verb, table in sorted(felt, key=lambda each: -abs(each[0].value))
    ]
    noise = dict.fromkeys(table for _, _, table in found if all(table != each[2] for each in felt))
    return [*said, *(f"time per row written to {table_words(table)}: not measurable" for table in noise)]


def lost_words(writes: Sequence[WriteCost]) -> list[str]:
    """HOT updates lost, of the first table."""
    lost = [one for one in writes if one.hot_share is not None and one.hot_share[0] > one.hot_share[1]]
    return hot_words(lost)[:1]


def writing_words(one: Advised, most: int | None = None) -> list[str]:
    """Lost HOT updates and WAL first: they cost what no single row shows. At most so many of the others."""
    if one.proof is None:
        return []
    return [*hot_words(one.proof.writes), *wal_words(one.proof.writes), *write_words(one)[:most]]


def wal_words(writes: Sequence[WriteCost]) -> list[str]:
    """ "WAL per row written to orders: +60 %"."""
    shares = [
        (one.table, one.wal_bytes[1] / one.wal_bytes[0] - 1) for one in writes if one.wal_bytes and one.wal_bytes[0]
    ]
    return [
        f"WAL per row written to {table_words(table)}: {'+' if share > 0 else '−'}{share_words(abs(share))}"
        for table, share in shares if abs(share) >= WAL_FELT
    ]  # fmt: skip


def sql_of(change: Change) -> str:
    """All of its steps, with what is said of each as comments."""
    return "\n".join(f"-- {plain(step.note)}\n{step.sql};" if step.note else f"{step.sql};" for step in change.steps)


def undo_of(change: Change) -> str:
    return "\n".join(f"{step.undo};" for step in reversed(change.steps) if step.undo)


def signed_us(us: float) -> str:
    return f"{'+' if us >= 0 else '−'}{format_ms(abs(us) / 1000)}"


def hot_words(writes: Sequence[WriteCost]) -> list[str]:
    """Updates that no longer are HOT: each index of the table is then written."""
    return [
        f"HOT updates of {table_words(one.table)}: {format_share(before)} before, {format_share(after)} after"
        for one in writes
        for before, after in ([one.hot_share] if one.hot_share is not None else [])
        if abs(before - after) >= HOT_FELT
    ]


def table_words(table: str) -> str:
    """For people: without the schema where it is the usual one."""
    return plain(table.removeprefix("public."))


def origin_words(tuning: Tuning) -> str:
    """Which database, which workload, and by what it was judged."""
    parts = [f"database {tuning.database}", tuning.server, workload_words(tuning), made_words(tuning)]
    return mask(" · ".join(plain(part) for part in parts if part))


def workload_words(tuning: Tuning) -> str:
    """ "42 statements of run 20261126-…"."""
    return f"{statements_words(len(tuning.workload.queries))} of {tuning.workload.source}"


def made_words(tuning: Tuning) -> str:
    """ "measured on a copy of 1.20 GiB", with its server where that is another version; "" where nothing was."""
    if tuning.copy is None:
        return ""
    version = re.split(r",| \(", tuning.copy.server)[0]
    is_other = version.partition(".")[0] != tuning.server.partition(".")[0]
    other = f" on {version}, another version than the database's" if is_other else ""
    return f"measured on a copy of {format_bytes(tuning.copy.bytes)}{other}"


def budget_words(tuning: Tuning) -> str:
    return "" if tuning.budget_bytes is None else f"new indexes may take {format_bytes(tuning.budget_bytes)}"


def weight_words(tuning: Tuning) -> str:
    if tuning.workload.total_ms or not tuning.workload.queries:
        return ""
    return _NO_TIME.format("the planned cost" if tuning.copy is None else "the time measured")


def copy_words(tuning: Tuning) -> str:
    """ "a copy of 1.20 GiB (by dump, in 40 s) on PostgreSQL 18.1, started for this"; "" where there was none."""
    copy = tuning.copy
    if copy is None:
        return ""
    return f"a copy of {format_bytes(copy.bytes)} (by {copy.how}, in {format_duration(copy.seconds)}) on {copy.server}"


def rejected_in_order(rejected: Sequence[Rejected]) -> list[Rejected]:
    """Those that were measured first: they are what one would else have built. Those of one reason together."""
    first = {why: at for at, why in reversed([*enumerate(one.why for one in rejected)])}
    return sorted(rejected, key=lambda one: (one.proof is None, first[one.why]))


def left_out_of(tuning: Tuning) -> list[tuple[str, list[str]]]:
    """What no advice is about, by reason, the most time first: "3 statements, 12 % of the time: maintenance", each with
    its statements, shortened."""
    by_reason = defaultdict[str, list[LeftOut]](list)
    for one in tuning.workload.left_out:
        by_reason[one.why].append(one)
    spent = {why: sum(one.total_ms for one in several) for why, several in by_reason.items()}
    whole = tuning.workload.total_ms + sum(spent.values())
    return [
        (
            f"{statements_words(len(by_reason[why]))}{_of_time(spent[why], whole)}: {mask(plain(why))}",
            _shortened(by_reason[why]),
        )
        for why in sorted(by_reason, key=lambda why: -spent[why])
    ]


def _shortened(several: Sequence[LeftOut]) -> list[str]:
    """The most time first."""
    first = sorted(several, key=lambda one: (-one.total_ms, -one.calls))[:LEFT_OUT_MAX]
    shown = [plain(" ".join(mask(one.text[:SQL_CHARACTERS]).split()), LEFT_OUT_CHARACTERS) for one in first]
    return [*shown, *([f"… and {len(several) - len(first)} more: tuning.json"] if len(several) > len(first) else [])]


def _of_time(ms: float, whole: float) -> str:
    return f", {format_share(ms / whole)} of the time" if whole > 0 and ms > 0 else ""


def notes_of(tuning: Tuning) -> list[str]:
    """All that is to be known, each once: of the advice, its workload, its copy and its proof."""
    proof = tuning.together.notes if tuning.together is not None else ()
    copy = tuning.copy.notes if tuning.copy is not None else ()
    said = [*tuning.notes, *tuning.workload.notes, *copy, *proof]
    said += [words] if (words := weight_words(tuning)) else []
    return [mask(sentence(note)) for note in dict.fromkeys(said)]


def applied_words(applied: Applied) -> str:
    """ "applied 2026-11-27 04:18: 2 of 3 changes are in effect"."""
    done, asked = len(applied.done), counted(len(applied.changes), "change")
    return f"applied {applied.began_at:%Y-%m-%d %H:%M}: {done} of {asked} {'is' if done == 1 else 'are'} in effect"


def todo_words(tuning: Tuning, applied: Applied | None = None) -> list[tuple[str, str]]:
    """What to do next: a command that runs as it stands, and what it does."""
    if not tuning.advised and not tuning.searched.startswith(NO_SEARCH):
        return []
    proved = best_standing(tuning) == "proved"
    again = (_command(tuning, "--prove"), "with the same options: measures on a copy, before anyone believes it")
    first = [] if proved or applied is not None else [again]
    if not any(one.change.steps and one.change.kind in APPLIED for one in tuning.advised):
        return first
    verify = (_command(tuning, "verify", tuning.id), "compares each statement before and after, some time later")
    if applied is not None and applied.done:
        undo = (_command(tuning, "undo", tuning.id, "--dry-run"), "says what would be done to take it back")
        return [verify, undo]
    return [
        *first,
        (_command(tuning, "apply", tuning.id, "--dry-run"), "says what would be done, and what stands in its way"),
        (_command(tuning, "apply", tuning.id), "does it, a step at a time; indexes are built concurrently"),
        verify,
    ]


def _command(tuning: Tuning, *words: str) -> str:
    """With the database as it was named."""
    return sentence(mask(" ".join(filter(None, ("plimsoll tune", *words, tuning.named.options)))))


def statements_words(count: int) -> str:
    return counted(count, "statement")
