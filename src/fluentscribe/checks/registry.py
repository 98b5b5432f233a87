"""All checks: what each is called, its dimension of MQM, how bad what it finds is by itself, and where it applies."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fluentscribe.checks import quotes as quotation
from fluentscribe.checks.addresses import addresses
from fluentscribe.checks.brackets import brackets
from fluentscribe.checks.case import sentence_start
from fluentscribe.checks.findings import Dimension, Flag, Severity
from fluentscribe.checks.length import length_limit, length_ratio
from fluentscribe.checks.markup import markup
from fluentscribe.checks.newlines import newlines
from fluentscribe.checks.numbers import number_format, numbers_kept
from fluentscribe.checks.pair import Pair
from fluentscribe.checks.placeholders import icu_messages, placeholders
from fluentscribe.checks.punctuation import end_punctuation, inverted
from fluentscribe.checks.repeated import repeated_words
from fluentscribe.checks.spaces import spaces
from fluentscribe.checks.tags import extra_tags, missing_tags, tag_order
from fluentscribe.checks.untranslated import same_as_source, untranslated
from fluentscribe.text.languages import CASELESS
from fluentscribe.text.numbers import DIGITS

Find = Callable[[Pair], Iterator[Flag]]


@dataclass(frozen=True, slots=True)
class Check:
    """`needs` are characters without which, in source and target, the check has nothing to find; None for any.

    `languages` are those of the target to which it applies, `but_not` those to which it does not.
    """

    type: str
    dimension: Dimension
    severity: Severity
    find: Find | None = None  # None: it looks at more than one unit, or at the project's terms
    needs: frozenset[str] | None = None
    languages: frozenset[str] | None = None
    but_not: frozenset[str] = frozenset()

    def applies(self, target_base: str) -> bool:
        return target_base not in self.but_not and (self.languages is None or target_base in self.languages)


# Where one of these speaks, nothing was translated, and nothing else is said.
NOTHING_DONE = (
    Check("untranslated", "accuracy", "major", untranslated),
    Check("same-as-source", "accuracy", "major", same_as_source),
)
OF_A_UNIT = (
    Check("missing-tag", "design", "major", missing_tags),
    Check("extra-tag", "design", "major", extra_tags),
    Check("tag-order", "design", "major", tag_order),
    Check("placeholder", "design", "critical", placeholders, frozenset("%{")),
    Check("icu", "design", "critical", icu_messages, frozenset("{")),
    Check("markup", "design", "major", markup, frozenset("<>&")),
    Check("number", "accuracy", "major", numbers_kept, DIGITS),
    Check("number-format", "locale", "minor", number_format, DIGITS),
    Check("address", "accuracy", "major", addresses, frozenset("@/.")),
    Check("bracket", "linguistic", "minor", brackets, frozenset("()[]{}（）［］")),
    Check("quote", "linguistic", "minor", quotation.quotes, quotation.NEEDED),
    Check("quote-style", "locale", "minor", quotation.quote_style, quotation.NEEDED - {'"'}),
    Check("repeated-word", "linguistic", "minor", repeated_words),
    Check("space", "linguistic", "minor", spaces),
    Check("punctuation", "linguistic", "minor", end_punctuation),
    Check("inverted-mark", "linguistic", "minor", inverted, frozenset("?!"), frozenset({"es", "gl", "ast"})),
    Check("length-ratio", "accuracy", "minor", length_ratio),
    Check("length-limit", "design", "major", length_limit),
    Check("case", "linguistic", "minor", sentence_start, but_not=CASELESS),
    Check("newline", "design", "minor", newlines, frozenset("\n\\")),
)
INCONSISTENT_TARGET = Check("inconsistent-target", "terminology", "minor")
INCONSISTENT_SOURCE = Check("inconsistent-source", "accuracy", "neutral")
GLOSSARY = Check("glossary", "terminology", "major")
FORBIDDEN_TERM = Check("forbidden-term", "terminology", "major")

CHECKS = (*NOTHING_DONE, *OF_A_UNIT, INCONSISTENT_TARGET, INCONSISTENT_SOURCE, GLOSSARY, FORBIDDEN_TERM)
BY_TYPE = {check.type: check for check in CHECKS}
