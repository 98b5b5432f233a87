"""The verdict on a tuning in one sentence, the same on every face."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

from plimsoll.core.check import counted
from plimsoll.core.tuning.advice import NO_SEARCH, NOT_MEASURED, TIME_UP, UNTRIED, Advised, Rejected, Tuning
from plimsoll.core.tuning.proof import Proof
from plimsoll.core.units import format_bytes
from plimsoll.report.tuning.words import (
    best_standing,
    freed_bytes,
    lost_words,
    saved_words,
    share_words,
    statements_words,
)
from plimsoll.report.words import plain, sentence

TITLES: Final = {"proved": "Proved", "estimated": "Estimated", "explained": "Explained", "": "Nothing to change"}
_STUTTER: Final = "nothing tells what it would give: "  # how that reason begins, which the sentence says already
FELT: Final = 0.01  # of the workload's time, below which it stays the same
CLASSES: Final = {"proved": "met", "estimated": "doubtful", "explained": "doubtful", "": "unjudged"}


def is_untold(tuning: Tuning) -> bool:
    """Whether there is nothing to say: no costs to reckon by, no time to measure in, or no statement to look into."""
    return not tuning.advised and (not tuning.workload.queries or bool(unreckoned(tuning)) or late(tuning) > 0)


def late(tuning: Tuning) -> int:
    """How many changes might pay that there was no time to measure; where nothing is advised, also those that there was
    none to try."""
    open_ = {f"{NOT_MEASURED}{TIME_UP}", *([] if tuning.advised else [UNTRIED])}
    return sum(one.why in open_ for one in tuning.rejected)


def unreckoned(tuning: Tuning) -> list[Rejected]:
    """Indexes that might pay, of which nothing could tell; none where there was a search."""
    if tuning.searched and not tuning.searched.startswith(NO_SEARCH):
        return []
    why = tuning.searched.removeprefix(NO_SEARCH)
    return [one for one in tuning.rejected if one.change.kind == "create-index" and why in ("", one.why)]


def title_of(tuning: Tuning) -> str:
    """One word: "Proved"."""
    if is_untold(tuning) and not tuning.interrupted:
        return "Unknown"
    return "Interrupted" if tuning.interrupted and not tuning.advised else TITLES[best_standing(tuning)]


def class_of(tuning: Tuning) -> str:
    """Of the page's verdict."""
    return "doubtful" if tuning.interrupted or is_untold(tuning) else CLASSES[best_standing(tuning)]


def titled_words(tuning: Tuning) -> str:
    """The word and the sentence: "Proved: 3 changes save …". A word with which the sentence begins is said once."""
    title, said = title_of(tuning), verdict_words(tuning)
    return said if said.startswith(title) else f"{title}: {said}"


def verdict_words(tuning: Tuning) -> str:
    """One sentence: "3 changes save 71 % (66 % to 75 %) of the workload's database time; cost: …"."""
    said = {
        "proved": _proved_words, "estimated": _estimated_words, "explained": _explained_words, "": _nothing_words,
    }[best_standing(tuning)](tuning)  # fmt: skip
    before = "interrupted before everything was looked at; " if tuning.interrupted else ""
    whole = f"{before}{said}{_late_words(tuning)}"
    return f"{whole[:1].upper()}{whole[1:]}."


def _late_words(tuning: Tuning) -> str:
    """Beside what is advised."""
    count = late(tuning) if tuning.advised else 0
    return f"; {counted(count, 'promising change')} {_be(count)} not measured: more --time" if count else ""


def _be(count: int) -> str:
    return "was" if count == 1 else "were"


def _proved_words(tuning: Tuning) -> str:
    proved = [one for one in tuning.advised if one.standing == "proved"]
    other = len(tuning.advised) - len(proved)
    more = f"; {other} more {'is' if other == 1 else 'are'} not measured" if other else ""
    whole = tuning.together
    if whole is not None:  # statements written differently are not of it
        written = [one for one in proved if one.change.kind == "rewrite"]
        proved = [one for one in proved if one.change.kind != "rewrite"]
        more = f"{_written_words(written)}{more}"
    if whole is None and len(proved) == 1:
        whole = proved[0].proof
    if whole is None:
        most = share_words(max(one.saved_share for one in proved))
        return (
            f"{_changes(len(proved))} {_verb(proved, 'is', 'are')} proved, the best saves {most}; not measured together"
        )
    return f"{_changes(len(proved))} {_saving(proved, whole)}{_cost(proved, whole)}{more}"


def _written_words(written: Sequence[Advised]) -> str:
    """Of statements written differently, which come on top of it."""
    if not written:
        return ""
    share = share_words(sum(one.saved_share for one in written))
    return f"; {statements_words(len(written))} written differently would save {share} more"


def _saving(proved: Sequence[Advised], whole: Proof) -> str:
    if whole.saved_ms.low > 0 and whole.before_ms > 0:
        return f"{_verb(proved, 'saves', 'save')} {saved_words(whole)} of the workload's database time"
    freed = freed_bytes(proved)
    does = (
        f"{_verb(proved, 'frees', 'free')} {format_bytes(freed)}"
        if freed
        else _verb(proved, "is advised", "are advised")
    )
    before = whole.before_ms if whole.before_ms > 0 else math.inf
    low, high = whole.saved_ms.low / before, whole.saved_ms.high / before
    if max(-low, high) < FELT:
        return f"{does}; the workload's database time stays the same within what was measured"
    saves = _verb(proved, "what it saves", "what they save together")
    between = f"between {share_words(low)} and {share_words(high)} of the workload's time"
    return f"{does}; {saves} does not stand out: {between}"


def _cost(proved: Sequence[Advised], whole: Proof) -> str:
    parts = [format_bytes(whole.size_bytes)] if whole.size_bytes > 0 else []
    parts += lost_words(whole.writes)
    freed = freed_bytes(proved) if whole.saved_ms.low > 0 else 0
    frees = f"; frees {format_bytes(freed)}" if freed else ""
    return (f"; cost: {', '.join(parts)}" if parts else "") + frees


def _estimated_words(tuning: Tuning) -> str:
    found = [one for one in tuning.advised if one.standing == "estimated"]
    other = len(tuning.advised) - len(found)
    more = f"; {other} more {'is' if other == 1 else 'are'} explained only" if other else ""
    size = sum(one.estimate.size_bytes for one in found if one.estimate is not None)
    takes = f", for about {format_bytes(size)}" if size else ""
    saved = f"{share_words(estimated_share(found))} of the workload's cost by the planner's estimate"
    return f"{_changes(len(found))} would save {saved}{takes}; nothing is measured{more}"


def _explained_words(tuning: Tuning) -> str:
    one = len(tuning.advised) == 1
    gives = "it gives" if one else "they give"
    open_ = unreckoned(tuning)
    more = f"; of {_indexes(len(open_))} nothing could be told" if open_ else ""
    return f"{_changes(len(tuning.advised))} {'is' if one else 'are'} worth a look; what {gives} was not measured{more}"


def _nothing_words(tuning: Tuning) -> str:
    if not tuning.workload.queries:
        return "there is nothing to advise on: the workload has no statement that could be looked into"
    if late(tuning) and not tuning.interrupted:
        what = f"{counted(late(tuning), 'change')} {_be(late(tuning))}"
        return f"it cannot be told what pays: {what} not looked into before the time was up: more --time"
    if is_untold(tuning) and not tuning.interrupted:
        open_ = unreckoned(tuning)
        why = (tuning.searched.removeprefix(NO_SEARCH) or open_[0].why).removeprefix(_STUTTER)
        return f"it cannot be told what {_indexes(len(open_))} would give: {sentence(why)}"
    if tuning.interrupted:
        return f"nothing was found to pay by then, of {counted(len(tuning.rejected), 'candidate')}"
    if not tuning.rejected:
        return f"nothing to change: no candidate was found for {statements_words(len(tuning.workload.queries))}"
    (why, count), *_ = Counter(one.why for one in tuning.rejected).most_common(1)
    held = f", {count} of them for the same reason: {plain(why)}" if count > 1 else ""
    looked = f"{counted(len(tuning.rejected), 'candidate')} {_be(len(tuning.rejected))} looked at"
    return f"nothing to change: {looked} and none is advised{held}"


def estimated_share(found: Sequence[Advised]) -> float:
    """Of the workload's cost, of all together. Each says what would be lost without it: what two can do either saves
    counts for neither, so the whole is taken from the costs before and after."""
    known = [(one.saved_share, one.estimate) for one in found if one.estimate is not None and one.saved_share > 0]
    if not known:
        return 0.0
    share, best = max(known, key=lambda pair: pair[0])
    whole = (best.before - best.after) / share
    after = min(estimate.after for _, estimate in known)
    return min(1.0, max(share, 1 - after / whole if whole > 0 else 0.0))


def _changes(count: int) -> str:
    return counted(count, "change")


def _indexes(count: int) -> str:
    return f"{count} index{'' if count == 1 else 'es'}"


def _verb(found: Sequence[Advised], one: str, many: str) -> str:
    return one if len(found) == 1 else many
