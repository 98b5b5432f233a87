"""Inline tags by their ids: missing, more than in the source, crossing."""

import pytest

from fluentscribe.checks.running import Languages, examine
from tests.fluentscribe.checks.asking import tagged, unit


def found(source: str, target: str) -> list[str]:
    units = [unit(tagged("Open it now.", source), tagged("Jetzt öffnen.", target))]
    return [finding.type for finding in examine(units, Languages("en", "de"))]


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("<1 >1 =2", "<1 >1 =2", []),
        ("<1 >1 =2", "=2 <1 >1", []),  # words change places, and tags with them
        ("<1 >1 =2", "<1 >1", ["missing-tag"]),
        ("=1 =2", "", ["missing-tag", "missing-tag"]),
        ("=1", "=1 =1", ["extra-tag"]),
        ("=1", "=3", ["missing-tag", "extra-tag"]),
        ("<1 >1 <2 >2", "<1 <2 >1 >2", ["tag-order", "tag-order"]),
        ("<1 >1", ">1 <1", ["tag-order"]),
        ("<1 <2 >1 >2", "<2 <1 >2 >1", []),  # crossing already in the source
    ],
)
def test_tags_are_those_of_the_source_and_nest(source: str, target: str, said: list[str]) -> None:
    assert found(source, target) == said
