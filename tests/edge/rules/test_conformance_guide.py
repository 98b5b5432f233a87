"""docs/guides/edge-conformance.md: its sums are sums, what is missing is explained, and its tests are there."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "edge-conformance.md").read_text("utf-8")


def missing(kind: str) -> int:
    return sum(int(number) for number in re.findall(rf"^\|.*\| {kind} \| (\d+) \|", GUIDE, re.MULTILINE))


def test_its_sums_are_sums_and_each_failure_is_explained() -> None:
    rows = re.findall(r"^\| [^|]+ \| \**(\d+) of (\d+)\** \| \**(\d+) of (\d+)\** \|$", GUIDE, re.MULTILINE)
    *sections, total = [tuple(map(int, row)) for row in rows]
    assert len(sections) == 19
    assert tuple(map(sum, zip(*sections, strict=True))) == total
    required, of_required, optimal, of_optimal = total
    assert (missing("required"), missing("optimal")) == (of_required - required, of_optimal - optimal)
    browsers, interim = (3, 2), (1, 3)  # left out and added, of required and of optimal ones
    assert f"**{required + interim[0]} of {of_required - browsers[0] + interim[0]}** required" in GUIDE
    assert f"**{optimal + interim[1]} of {of_optimal - browsers[1] + interim[1]}** optimal" in GUIDE


def test_the_tests_of_its_attacks_are_there() -> None:
    named = set(re.findall(r"\| `([a-z_]+/test_[a-z_]+\.py)` \|$", GUIDE, re.MULTILINE))
    assert len(named) == 7
    assert [name for name in named if not (TESTS / name).is_file()] == []
