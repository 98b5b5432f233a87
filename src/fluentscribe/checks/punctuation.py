"""The sign that ends a text, in the signs of its language; and Spanish ¿ and ¡."""

import re
from collections.abc import Iterator

from fluentscribe.checks.findings import Flag
from fluentscribe.checks.pair import Pair

_SIGNS = {
    "full stop": ".。．｡।॥။۔።։᠃།។",
    "exclamation mark": "!！՜",
    "question mark": "?？؟՞⸮",
    "colon": ":：፡",
    "ellipsis": "…⋯",
    "semicolon": ";；؛",
    "comma": ",،、，၊",
}
_NAMES = {sign: name for name, signs in _SIGNS.items() for sign in signs}
_BEHIND = " \t\n\u00a0\u202f\u200b\u200e\u200f\"'“”„«»‹›‘’「」『』*_`"
_DOTS = ("..", "。。")
# Languages that end sentences with nothing, or may.
_WITHOUT = frozenset({"th", "lo", "km", "bo", "dz"})
_ABBREVIATION = re.compile(r"(?:^|[\s(.])(?:[^\W\d_]|etc|usw|ecc|etw|inc|ltd|corp|co|jr|sr|vs|approx|no|nr|min|max|"
                           r"tel|st|dr|ca|evtl|bzw|др|т\.?д|т\.?п|itd|itp|osv|ม|enz|mm|art|abs|ed|vol|p\.m|a\.m)\.$",
                           re.IGNORECASE)  # fmt: skip


def end_punctuation(pair: Pair) -> Iterator[Flag]:
    source, target = pair.masked_source.rstrip(_BEHIND), pair.masked_target.rstrip(_BEHIND)
    if not source or not target:
        return
    wanted, has = ending(source, pair.source_base), ending(target, pair.target_base)
    if wanted != has and not _allowed(pair, wanted, has) and not _abbreviated(source, target, wanted, has):
        last = len(target) - (has is not None)
        said = f"ends with {_named(has)}, the source with {_named(wanted)}"
        yield Flag(last, len(target), said, f"{wanted} {has}")


def ending(text: str, language: str) -> str | None:
    """What the last sign is, None for a letter, a digit or anything else."""
    name = _NAMES.get(text[-1])
    if name == "full stop" and text.endswith(_DOTS):
        return "ellipsis"
    if language == "el" and text[-1] in ";\u037e":
        return "question mark"
    return name


def _named(name: str | None) -> str:
    return f"{'an' if name in ('ellipsis', 'exclamation mark') else 'a'} {name}" if name else "none"


def _allowed(pair: Pair, wanted: str | None, has: str | None) -> bool:
    """Without sentence ends of its own a language may leave them out; between enthusiasm and calm it may choose."""
    if pair.target_base in _WITHOUT or pair.source_base in _WITHOUT:
        return wanted in ("full stop", "question mark", None) and has in ("full stop", "question mark", None)
    return False


def _abbreviated(source: str, target: str, wanted: str | None, has: str | None) -> bool:
    """The full stop may be that of an abbreviation, as may that of any word alone."""
    if {wanted, has} != {"full stop", None}:
        return False
    return " " not in source or bool(_ABBREVIATION.search(source) or _ABBREVIATION.search(target))


def inverted(pair: Pair) -> Iterator[Flag]:
    """Spanish questions and exclamations are opened as well, as often as they are closed."""
    for closing, opening in (("?", "¿"), ("!", "¡")):
        if closing in pair.masked_target:
            closed = list(re.finditer(rf"(?<=[^\W_]){re.escape(closing)}+", pair.masked_target))
            if len(closed) > pair.masked_target.count(opening):
                yield Flag(*closed[0].span(), f"{closing} without {opening}", opening)
