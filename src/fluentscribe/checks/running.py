"""All checks over the units of a file, one unit after the other, in memory that does not grow with the file.

What grows is what consistency remembers, which is bounded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from fluentscribe.checks import registry
from fluentscribe.checks.consistency import Consistency
from fluentscribe.checks.findings import FLAGS_MAX, Finding, Flag, fingerprint, told_apart
from fluentscribe.checks.pair import Pair
from fluentscribe.checks.registry import Check, Find
from fluentscribe.checks.settings import Settings
from fluentscribe.checks.terms import Lexicon, forbidden_terms, glossary
from fluentscribe.formats.values import Unit
from fluentscribe.text.languages import base


class Languages(NamedTuple):
    """BCP 47."""

    source: str
    target: str


class Running(NamedTuple):
    """A check as it is run on this file."""

    check: Check
    find: Find
    needs: frozenset[str] | None


def examine(units: Iterable[Unit], languages: Languages, settings: Settings | None = None) -> Iterator[Finding]:
    """Findings in the order of the units. What is locked is not looked at."""
    settings = settings or Settings()
    nothing_done = _running(registry.NOTHING_DONE, languages, settings)
    others = [*_running(registry.OF_A_UNIT, languages, settings), *_across(languages, settings)]
    for unit in units:
        if unit.locked:
            continue
        pair = Pair(unit, languages.source, languages.target)
        found = list(_findings(pair, nothing_done))
        yield from found
        if not found and unit.target.plain.strip():
            yield from _findings(pair, others)


def _running(checks: Iterable[Check], languages: Languages, settings: Settings) -> list[Running]:
    return [
        Running(_set(check, settings), check.find, check.needs)
        for check in checks
        if check.find and _wanted(check, languages, settings)
    ]


def _wanted(check: Check, languages: Languages, settings: Settings) -> bool:
    return check.type not in settings.off and check.applies(base(languages.target))


def _set(check: Check, settings: Settings) -> Check:
    return replace(check, severity=settings.severities.get(check.type, check.severity))


def _across(languages: Languages, settings: Settings) -> Iterator[Running]:
    """The checks that know of other units, or of the project's terms."""
    consistency = Consistency()
    lexicon = Lexicon(settings, *languages)
    found: list[tuple[Check, Find]] = [
        (registry.INCONSISTENT_TARGET, consistency.targets),
        (registry.INCONSISTENT_SOURCE, consistency.sources),
    ]
    if lexicon.terms:
        found.append((registry.GLOSSARY, lambda pair: glossary(pair, lexicon)))
    if lexicon.forbidden:
        found.append((registry.FORBIDDEN_TERM, lambda pair: forbidden_terms(pair, lexicon)))
    for check, find in found:
        if _wanted(check, languages, settings):
            yield Running(_set(check, settings), find, check.needs)


def _findings(pair: Pair, checks: list[Running]) -> Iterator[Finding]:
    characters = pair.characters
    for check, find, needs in checks:
        if needs is None or not needs.isdisjoint(characters):
            flags = find(pair)
            for first in flags:  # hardly ever one
                yield from _named(pair, check, [first, *islice(flags, FLAGS_MAX - 1)])
                break


def _named(pair: Pair, check: Check, flags: list[Flag]) -> Iterator[Finding]:
    for flag, about, ordinal in told_apart(flags, pair.target):
        yield _finding(pair, check, flag, fingerprint(check.type, pair.source, about, ordinal))


def _finding(pair: Pair, check: Check, flag: Flag, recognized_by: str) -> Finding:
    return Finding(
        pair.unit.seq, check.type, check.dimension, check.severity, flag.start, flag.end, flag.message, recognized_by
    )
