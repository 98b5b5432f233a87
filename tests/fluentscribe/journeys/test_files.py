"""Files that journeys hand in: read by the platform's own readers, their mistakes found by its own checks."""

from pathlib import Path
from random import Random

import pytest

from fluentscribe.checks.running import Languages, examine
from fluentscribe.formats.reading import read
from fluentscribe.formats.values import Refused, Unit
from fluentscribe.journeys.files import FORMATS, File, any_file, broken_file, file_of, large_file
from fluentscribe.journeys.sentences import MISTAKES, PAIRS, Pair, pairs


def units_of(file: File, folder: Path) -> list[Unit]:
    path = folder / file.name
    path.write_bytes(file.content)
    header, units = read(path, file.name, "en", "de")
    assert (header.source_language or "en", header.target_language or "de") == ("en", "de")
    return list(units)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_of_each_format_holds_its_pairs(kind: str, tmp_path: Path) -> None:
    held = pairs(Random(1), 30)
    units = units_of(file_of(kind, "k1", held), tmp_path)
    assert [(unit.source.plain, unit.target.plain) for unit in units] == [(one.source, one.target) for one in held]


@pytest.mark.parametrize("kind", MISTAKES)
def test_each_mistake_that_is_planted_is_found_as_what_it_is(kind: str, tmp_path: Path) -> None:
    planted = next(pair for pair in pairs(Random(2), 400, mistakes=1) if pair.mistake == kind)
    found = examine(units_of(file_of("csv", "k2", [planted]), tmp_path), Languages("en", "de"))
    assert kind in {finding.type for finding in found}


def test_right_translations_are_found_right(tmp_path: Path) -> None:
    right = [Pair(source.replace("{n}", "17"), target.replace("{n}", "17")) for source, target in PAIRS]
    assert list(examine(units_of(file_of("xliff-2", "k3", right), tmp_path), Languages("en", "de"))) == []


def test_files_are_as_large_as_most_are_and_a_quarter_of_their_units_has_a_mistake() -> None:
    files = [any_file(Random(seed)) for seed in range(150)]
    sizes = sorted(len(file.pairs) for file in files)
    assert 30 <= sizes[75] <= 52  # the median is 40
    held = [pair for file in files for pair in file.pairs]
    assert 0.22 <= sum(pair.mistake != "" for pair in held) / len(held) <= 0.28
    assert len({file.content for file in files}) == 150


def test_the_same_chance_makes_the_same_file() -> None:
    assert any_file(Random(7)) == any_file(Random(7))


def test_a_large_file_has_the_units_asked_for_and_is_never_the_same_twice(tmp_path: Path) -> None:
    first, second = (large_file(Random(seed), 2_000) for seed in (1, 2))
    assert len(units_of(first, tmp_path)) == 2_000
    assert first.content != second.content
    assert 350_000 < len(first.content) < 500_000


def test_a_broken_file_is_refused_as_one_that_ends_early(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        units_of(broken_file(Random(3)), tmp_path)
    assert refused.value.code == "truncated-xml"
