"""Numbers are those of the source, however the language writes them."""

import re
from collections.abc import Iterator

from fluentscribe.checks.findings import Flag
from fluentscribe.checks.pair import Pair
from fluentscribe.text.counting import in_roman, in_words, known
from fluentscribe.text.languages import decimal_comma
from fluentscribe.text.numbers import Number, numbers

SMALL_MAX = 12  # numbers up to here are often written as words

_WRITTEN = re.compile(r"\d+(?:[.,]\d+)*")
_GROUPED_BY_COMMA = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_GROUPED_BY_POINT = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")


def numbers_kept(pair: Pair) -> Iterator[Flag]:
    if _WRITTEN.findall(pair.masked_source) == _WRITTEN.findall(pair.masked_target):
        return
    wanted, has = numbers(pair.masked_source), numbers(pair.masked_target)
    missing, extra = unmatched(wanted, has)
    if pair.alternatives:
        missing = [one for one in missing if not any(one.values & other.values for other in has)]
        extra = [one for one in extra if not any(one.values & other.values for other in wanted)]
    missing = [one for one in missing if not _as_word(one, pair.masked_target, pair.target_base)]
    extra = [one for one in extra if not _as_word(one, pair.masked_source, pair.source_base)]
    for one, other in zip(missing, extra, strict=False):  # one for the other: one mistake
        said = f"the source has {one.text} and no {other.text}"
        yield Flag(other.start, other.end, said, f"{one.text} as {other.text}")
    for one in missing[len(extra) :]:
        yield Flag(*pair.whole, f"the number {one.text} of the source is missing", f"missing {one.text}")
    for one in extra[len(missing) :]:
        yield Flag(one.start, one.end, f"the source has no {one.text}")


def unmatched(wanted: list[Number], has: list[Number]) -> tuple[list[Number], list[Number]]:
    """What of each has no counterpart: one that may mean the same."""
    left = list(has)
    missing = []
    for one in wanted:
        match = next((other for other in left if one.values & other.values), None)
        if match is None:
            missing.append(one)
        else:
            left.remove(match)
    return missing, left


def _as_word(number: Number, text: str, language: str) -> bool:
    """Of languages whose words are not known, small numbers are let pass; zeros of full hours everywhere."""
    if any(in_roman(value, text) for value in number.values):
        return True
    small = next((value for value in number.values if len(value) <= 2 and int(value) <= SMALL_MAX), None)
    if small is None:
        return False
    return number.text == "00" or not known(language) or in_words(small, text, language)


def number_format(pair: Pair) -> Iterator[Flag]:
    """Thousands are still grouped as in the source, where the target's language reads that as a fraction."""
    comma = decimal_comma(pair.target_language)
    if comma == decimal_comma(pair.source_language):
        return
    wrong = _GROUPED_BY_COMMA if comma else _GROUPED_BY_POINT
    if ("," if comma else ".") not in pair.target or not wrong.search(pair.target):
        return
    theirs = {one.text for one in numbers(pair.masked_source)}
    for one in numbers(pair.masked_target):
        if one.text in theirs and wrong.fullmatch(one.text):
            yield Flag(one.start, one.end, f"{one.text} is not how the language writes numbers")
