"""What tests of checks say: which types are found in a source and its translation, and on which part of it."""

from fluentscribe.checks.findings import Finding
from fluentscribe.checks.running import Languages, examine
from fluentscribe.checks.settings import Settings
from fluentscribe.formats.values import Tag, TagKind, Text, Unit

KINDS: dict[str, TagKind] = {"<": "open", ">": "close", "=": "empty"}


def unit(source: Text | str, target: Text | str, seq: int = 1, length_max: int | None = None) -> Unit:
    source = Text(source) if isinstance(source, str) else source
    target = Text(target) if isinstance(target, str) else target
    return Unit(seq, "", source, target, "translated", length_max=length_max)


def tagged(plain: str, tags: str) -> Text:
    """Tags as "<1 =2 >1": opened, alone, closed; all behind the first letter."""
    return Text(plain, tuple(Tag(1, KINDS[tag[0]], "g", tag[1:], tag) for tag in tags.split()))


def findings(source: str, target: str, language: str = "de", settings: Settings | None = None) -> list[Finding]:
    source_language, _, target_language = language.rpartition(">")
    languages = Languages(source_language or "en", target_language)
    return list(examine([unit(source, target)], languages, settings))


def types(source: str, target: str, language: str = "de") -> set[str]:
    return {finding.type for finding in findings(source, target, language)}


def marked(type: str, source: str, target: str, language: str = "de") -> list[str]:
    """The parts of the target that findings of one type are about, in order."""
    return [target[f.start : f.end] for f in findings(source, target, language) if f.type == type]
