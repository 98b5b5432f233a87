"""What a project says about its checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fluentscribe.checks.findings import Severity


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the source language and the ways in which it may be translated."""

    source: str
    targets: tuple[str, ...]
    case_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A word that no translation may hold; `instead` is what to say, "" where nobody said."""

    target: str
    instead: str = ""
    case_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """`off` are types of checks that are not run, `severities` replaces those that checks have by themselves."""

    terms: tuple[Term, ...] = ()
    forbidden: tuple[Forbidden, ...] = ()
    off: frozenset[str] = frozenset()
    severities: Mapping[str, Severity] = field(default_factory=dict)
