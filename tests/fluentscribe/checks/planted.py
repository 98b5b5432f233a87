"""A corpus with planted mistakes, the same for the same seed, and how well each check finds those of its kind."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from random import Random

from fluentscribe.checks.registry import CHECKS
from fluentscribe.checks.running import Languages, examine
from fluentscribe.checks.settings import Forbidden, Settings, Term
from fluentscribe.formats.values import Tag, Text, Unit
from tests.fluentscribe.checks.sentences import FILLERS, NAMES, SOURCES, TARGETS, TERMS

LANGUAGES = tuple(TARGETS)
TAGGED = 12  # the sentence that is given inline tags
PLACEHOLDERS = ("%s", "{name}", "{{ user }}", "%(count)d", "${path}", "%@")
GROUPING = {"de": (".", ","), "fr": ("\u202f", ","), "es": (".", ","), "ru": ("\u00a0", ","), "ja": (",", ".")}

# What follows from a mistake by itself: its text is another translation of its source, or that of another one.
CONSEQUENCES = frozenset({"inconsistent-target", "inconsistent-source"})


@dataclass(frozen=True, slots=True)
class Planted:
    """A unit, the kind of mistake in it ("" for none), and what else it makes wrong."""

    unit: Unit
    type: str = ""
    also: frozenset[str] = frozenset()


@dataclass(slots=True)
class Tally:
    """Units in which a check's mistake was planted, was found, and was seen where it was not."""

    planted: int = 0
    found: int = 0
    wrong: int = 0

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.wrong) if self.found + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.found / self.planted if self.planted else 1.0


def clean(random: Random, language: str, which: int) -> Unit:
    values = {
        "n": random.randint(13, 900),
        "m": random.randint(1_001, 9_999),
        "p": random.choice(PLACEHOLDERS),
        "u": f"https://example.com/{random.choice(NAMES).lower()}/{random.randint(100, 999)}",
        "q": random.choice(NAMES),
    }
    whole, fraction = random.randint(1_000, 99_999), random.randint(11, 99)
    source = SOURCES[which].format(**values, d=_written(whole, fraction, ",", "."))
    target = TARGETS[language][which].format(**values, d=_written(whole, fraction, *GROUPING[language]))
    tags = which == TAGGED
    return Unit(0, "", _text(source, tags), _text(target, tags), "translated")


def _written(whole: int, fraction: int, group: str, point: str) -> str:
    return f"{whole:,}".replace(",", group) + f"{point}{fraction}"


def _text(plain: str, tagged: bool) -> Text:
    kinds = (("open", "1"), ("open", "2"), ("close", "2"), ("close", "1"), ("empty", "3"))
    tags = [Tag(at, kind, "g", id, f"<{kind} {id}>") for at, (kind, id) in enumerate(kinds)]  # type: ignore[arg-type]  # kinds are literals
    return Text(plain, tuple(tags) if tagged else ())


Mistake = Callable[[Random, str, Unit], Unit | None]


def _target(change: Callable[[Random, str, str], str]) -> Mistake:
    """A mistake that is one of the text; None where the text gives no occasion for it."""

    def mistaken(random: Random, language: str, unit: Unit) -> Unit | None:
        text = change(random, language, unit.target.plain)
        return None if text == unit.target.plain else replace(unit, target=replace(unit.target, plain=text))

    return mistaken


def _tags(change: Callable[[tuple[Tag, ...]], tuple[Tag, ...]]) -> Mistake:
    def mistaken(random: Random, language: str, unit: Unit) -> Unit | None:
        tags = unit.target.tags
        return replace(unit, target=replace(unit.target, tags=change(tags))) if tags else None

    return mistaken


def _dropped(pattern: str, with_: str = "") -> Mistake:
    return _target(lambda random, language, text: re.sub(pattern, with_, text, count=1))


def _number(random: Random, language: str, text: str) -> str:
    return re.sub(r"(?<![\w/])(\d)(\d+)(?!\w)", lambda m: f"{int(m[1]) % 9 + 1}{m[2]}", text, count=1)


def _english_number(random: Random, language: str, unit: Unit) -> Unit | None:
    theirs, ours = (re.search(r"\d+[,.\u00a0\u202f]\d{3}[.,]\d\d", t.plain) for t in (unit.source, unit.target))
    if theirs is None or ours is None or language == "ja":
        return None
    return replace(unit, target=Text(unit.target.plain.replace(ours[0], theirs[0])))


def _doubled(random: Random, language: str, text: str) -> str:
    if language == "ja":
        return text.replace("を", "をを", 1)
    words = [word for word in re.findall(r"(?<=\s)[^\W\d_]{3,}(?=\s)", text) if word not in NAMES]
    return re.sub(rf"(?<=\s){words[-1]}(?=\s)", f"{words[-1]} {words[-1]}", text, count=1) if words else text


def _spaced(random: Random, language: str, text: str) -> str:
    kind = random.randrange(3)
    return [f"{text} ", re.sub(r"(?<=\w) (?=\w)", "  ", text, count=1), re.sub(r"(?<=[^\W\d_]),", " ,", text, count=1)][
        kind
    ]


def _short(random: Random, language: str, unit: Unit) -> Unit | None:
    text = unit.target.plain
    if len(unit.source.plain) < 40 or re.search(r"[%{<\d\n“„「«]|https", text):
        return None
    return replace(unit, target=replace(unit.target, plain=text[: len(text) // 5].rstrip(" ,") + text[-1]))


def _term(forbidden: bool) -> Mistake:
    def change(random: Random, language: str, text: str) -> str:
        terms, others, never = TERMS[language]
        for term, other in zip(terms, others, strict=True):
            if term in text:
                return text.replace(term, never if forbidden else other)
        return text

    return _target(change)


def _case(random: Random, language: str, text: str) -> str:
    return text[:1].lower() + text[1:] if language != "ja" and re.match(r"[^\W\d_][a-zà-яё]", text) else text


def _limited(random: Random, language: str, unit: Unit) -> Unit | None:
    return replace(unit, length_max=len(unit.target.plain) - random.randint(1, 9))


def _whole(of: Callable[[Unit], str]) -> Mistake:
    def mistaken(random: Random, language: str, unit: Unit) -> Unit | None:
        return None if "plural" in unit.source.plain else replace(unit, target=Text(of(unit)))

    return mistaken


MISTAKES: tuple[tuple[str, Mistake, frozenset[str]], ...] = (
    ("untranslated", _whole(lambda unit: ""), frozenset()),
    ("same-as-source", _whole(lambda unit: unit.source.plain), frozenset()),
    ("missing-tag", _tags(lambda tags: tags[:-1]), frozenset()),
    ("extra-tag", _tags(lambda tags: (*tags, tags[-1])), frozenset()),
    ("tag-order", _tags(lambda tags: (tags[0], tags[1], tags[3], tags[2], tags[4])), frozenset()),
    ("placeholder", _dropped(r"%s|\{name\}|\{\{ user \}\}|%\(count\)d|\$\{path\}|%@", "X"), frozenset()),
    ("placeholder", _dropped(r"(?<=[{(])(?:name|count|path)(?=[})])", "other"), frozenset()),
    ("icu", _dropped(r"other (?=\{#)"), frozenset()),
    ("icu", _dropped(r"(?<=plural, )(.*)\}(?=\})", r"\1"), frozenset({"bracket"})),
    ("markup", _dropped(r"</b>"), frozenset()),
    ("number", _target(_number), frozenset()),
    ("number-format", _english_number, frozenset()),
    ("address", _dropped(r"(?<=example\.com/)[a-z]+", "wrong"), frozenset()),
    ("bracket", _dropped(r"[)）](?!d)"), frozenset()),
    ("quote", _dropped(r"[“»」](?=[ ,をp.]|$)"), frozenset({"space"})),
    ("quote-style", _dropped(r"„|«\u00a0(?=\w)", "”"), frozenset({"quote"})),
    ("repeated-word", _target(_doubled), frozenset()),
    ("space", _target(_spaced), frozenset()),
    ("punctuation", _dropped(r"[.。]$"), frozenset()),
    ("punctuation", _dropped(r"\u00a0?[?？]$", "."), frozenset({"inverted-mark"})),
    ("inverted-mark", _dropped(r"[¿¡]"), frozenset({"case"})),
    ("length-ratio", _short, frozenset({"glossary", "bracket"})),
    ("length-limit", _limited, frozenset()),
    ("case", _target(_case), frozenset()),
    ("newline", _dropped("\n", " "), frozenset()),
    ("glossary", _term(forbidden=False), frozenset()),
    ("forbidden-term", _term(forbidden=True), frozenset({"glossary"})),
)
ACROSS = frozenset({"inconsistent-target", "inconsistent-source"})


def corpus(seed: int, language: str, each: int) -> list[Planted]:
    """`each` mistakes of every kind where the language allows it, and ten times as many units without."""
    random = Random(seed)
    made = [Planted(clean(random, language, n % len(SOURCES))) for n in range(each * 10 + len(SOURCES))]
    for type, mistake, also in MISTAKES:
        made += _of_a_kind(random, language, type, mistake, also, each)
    made += _across(random, language, each)
    return [replace(one, unit=replace(one.unit, seq=seq)) for seq, one in enumerate(made, 1)]


def _of_a_kind(
    random: Random, language: str, type: str, mistake: Mistake, also: frozenset[str], each: int
) -> Iterator[Planted]:
    """Tries each sentence in turn: not every one gives an occasion."""
    tried = (mistake(random, language, clean(random, language, n % len(SOURCES))) for n in range(each * len(SOURCES)))
    yield from (Planted(unit, type, also) for unit in islice((unit for unit in tried if unit is not None), each))


def _across(random: Random, language: str, each: int) -> Iterator[Planted]:
    """After a clean unit, one that translates it otherwise, and one of another source that is translated alike."""
    for _ in range(each):
        first = clean(random, language, 0)
        text = first.target.plain
        otherwise = replace(first, target=Text(text[:-1] + FILLERS[language] + text[-1]))
        alike = replace(first, source=Text(first.source.plain.replace("saved", "deleted")))
        yield from (Planted(first), Planted(otherwise, "inconsistent-target"), Planted(alike, "inconsistent-source"))


def settings(language: str) -> Settings:
    (file, window), _, never = TERMS[language]
    return Settings((Term("file", (file,)), Term("window", (window,))), (Forbidden(never),))


def tallies(seed: int, languages: tuple[str, ...], each: int) -> tuple[dict[str, Tally], Counter[str]]:
    """By type; and units without mistakes, with the flags on them, as "units" and "flags"."""
    by_type = {check.type: Tally() for check in CHECKS}
    plain: Counter[str] = Counter()
    for language in languages:
        planted = corpus(seed, language, each)
        found = list(examine((one.unit for one in planted), Languages("en", language), settings(language)))
        said = {(finding.seq, finding.type) for finding in found}
        untouched = {one.unit.seq for one in planted if not one.type}
        plain["units"] += len(untouched)
        plain["flags"] += sum(finding.seq in untouched for finding in found)
        for one in planted:
            _count(one, said, by_type)
    return by_type, plain


def _count(one: Planted, said: set[tuple[int, str]], by_type: dict[str, Tally]) -> None:
    for type, tally in by_type.items():
        seen = (one.unit.seq, type) in said
        if type == one.type:
            tally.planted += 1
            tally.found += seen
        elif seen and type not in one.also and not (one.type and type in CONSEQUENCES):
            tally.wrong += 1
