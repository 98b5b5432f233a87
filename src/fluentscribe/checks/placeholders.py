"""Placeholders of programs: printf, Python, iOS, braces, templates; and ICU messages."""

import re
from collections import Counter
from collections.abc import Iterator

from fluentscribe.checks import icu
from fluentscribe.checks.findings import Flag
from fluentscribe.checks.pair import EMAIL, PLACEHOLDER, URL, Pair
from fluentscribe.text.languages import plurals, plurals_needed

_ADDRESS = re.compile(f"{URL}|{EMAIL}")
_PRINTF = re.compile(r"%(?:(\d{1,2})\$|\((\w+)\))?[-+0#']*[\d*]*(?:\.[\d*]+)?(?:hh|h|ll|l|L|z|j|t|q)?([A-Za-z@])")
_SAME_KIND = {"i": "d", "u": "d", "E": "e", "G": "g", "X": "x"}
_INNER = re.compile(r"^([{$#%]*\{%?)\s*([^!:,{}%]*?)\s*(?:[!:,][^{}]*)?%?(\}+)$")


def placeholders(pair: Pair) -> Iterator[Flag]:
    """Each at least once: good style may need a name once or thrice. Those of ICU messages are compared there."""
    if icu.CHOICE.search(pair.source):
        return
    wanted, has = found_in(pair.source), found_in(pair.target)
    if wanted == has:
        return
    known, given = {key: (start, end) for key, start, end in reversed(wanted)}, {key for key, *_ in has}
    missing = [
        (key, pair.source[slice(*known[key])]) for key in dict.fromkeys(key for key, *_ in wanted) if key not in given
    ]
    extra = [one for one in has if one[0] not in known]
    for (key, written), (wrong, start, end) in zip(missing, extra, strict=False):  # one for the other: one mistake
        said = f"the source has {written} and no {pair.target[start:end]}"
        yield Flag(start, end, said, f"{key} as {wrong}")
    for key, written in missing[len(extra) :]:
        yield Flag(*pair.whole, f"{written} of the source is missing", f"missing {key}")
    for key, start, end in extra[len(missing) :]:
        yield Flag(start, end, f"the source has no {pair.target[start:end]}", key)


def found_in(text: str) -> list[tuple[str, int, int]]:
    """Placeholders by names that compare across languages, with where they are; not those within addresses."""
    if "://" in text:
        text = _ADDRESS.sub(lambda found: " " * len(found[0]), text)
    counts: Counter[str] = Counter()
    return [
        (_key(found[0], counts), found.start(), found.end()) for found in PLACEHOLDER.finditer(text) if found[0] != "%%"
    ]


def _key(written: str, counts: Counter[str]) -> str:
    """The nth without a place of its own takes the nth place: `%s` is `%1$s`, `{}` is `{0}`."""
    if written == "{}":
        counts["{}"] += 1
        return f"{{{counts['{}'] - 1}}}"
    if inner := _INNER.match(written):
        return f"{inner[1]}{inner[2]}{inner[3]}"
    printf = _PRINTF.fullmatch(written)
    if printf is None:
        return written
    kind = _SAME_KIND.get(printf[3], printf[3])
    if printf[2]:
        return f"%({printf[2]}){kind}"
    counts["%"] += 1
    return f"%{printf[1] or counts['%']}${kind}"


def icu_messages(pair: Pair) -> Iterator[Flag]:
    """Where the source is one: the target can be read, and has the cases that its language needs."""
    if not icu.CHOICE.search(pair.source):
        return
    try:
        source = icu.read(pair.source)
    except icu.Malformed:
        return
    try:
        target = icu.read(pair.target)
    except icu.Malformed as error:
        yield Flag(error.at, len(pair.target), f"not an ICU message: {error.reason}", error.reason)
        return
    yield from _differences(pair, source, target)


def _differences(pair: Pair, source: icu.Message, target: icu.Message) -> Iterator[Flag]:
    for at, said in icu.faults(target, source, plurals(pair.target_language), plurals_needed(pair.target_language)):
        yield Flag(at, len(pair.target), said, said)
    choices = {choice.name for choice in source.choices}
    for name in sorted((source.names ^ target.names) - choices):
        yield Flag(*pair.whole, f"{{{name}}} is not on both sides", f"{{{name}}}")
