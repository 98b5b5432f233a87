"""What of a run's documents goes into the evidence."""

from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from plimsoll.core.analysis import Stretch
from plimsoll.core.details import StatementRow, document
from plimsoll.core.observation import Observation
from plimsoll.monitor.series.reader import SeriesReader
from plimsoll.monitor.series.store import SeriesStore
from plimsoll.runs.directory import find_run
from plimsoll.runs.intervals import IntervalWriter
from plimsoll.workflows.analyzing.gathering import counted_in, gather, is_loopback, some_of
from tests.core.made_intervals import second
from tests.report.builders import empty_summary
from tests.workflows.comparing.made_directories import a_directory


@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 399, 400, 401, 5_000])
def test_documents_of_a_long_run_are_spread_over_all_of_it(count: int) -> None:
    kept = [at for at, _ in some_of(200)(iter([(float(number), {}) for number in range(count)]))]
    steps = {later - earlier for earlier, later in pairwise(kept)}
    assert len(kept) == count if count <= 200 else 100 <= len(kept) <= 200
    assert len(steps) <= 1
    assert kept[-1:] == [] or count - kept[-1] <= 2 * max(steps, default=1)


def test_a_stretch_between_two_looks_is_told_by_those_that_reach_into_it(tmp_path: Path) -> None:
    def look(at_s: float, calls: int) -> Observation:
        row = StatementRow("7", "app", calls, 1.0, calls, 0, 0, 0, 0, 0, 0.0, True, "SELECT 1")
        return Observation("statements", at_s, details={"statements": document([row], seconds=10.0)})

    with closing(SeriesStore(tmp_path / "series.sqlite")) as store:
        for number in range(1, 5):
            store.write([look(1_000.0 + 10 * number, number)])
    with closing(SeriesReader(tmp_path / "series.sqlite")) as reader:
        within = counted_in(reader, 1_012.0, 1_018.0)["statements"]
        between = counted_in(reader, 1_016.0, 1_024.0)["statements"]
        assert counted_in(reader, 2_000.0, 2_010.0)["statements"] is None
    assert within is not None
    assert (within["rows"][0]["calls"], within["seconds"]) == (2, 10.0)
    assert between is not None
    assert (between["rows"][0]["calls"], between["seconds"]) == (2 + 3, 20.0)


def test_an_address_of_this_machine_leads_through_no_network() -> None:
    near = ["http://127.0.0.1:18098", "http://localhost/a", "http://[::1]:80", "postgresql://app@127.0.0.2:5432/db"]
    far = ["http://10.0.0.7:8000", "https://shop.example", "", "http://[broken", "a description"]
    assert [is_loopback(target) for target in [*near, *far]] == [True] * 4 + [False] * 5


def test_a_run_with_damaged_files_is_analyzed_as_far_as_it_can_be_read(tmp_path: Path) -> None:
    directory = find_run(tmp_path, a_directory(tmp_path, 0))
    facts, whole = directory.read_facts(), Stretch(0.0, 60.0, "")
    with closing(IntervalWriter(directory.intervals_path)) as writer:
        writer.write(second(0))
        writer.write(second(1))
    directory.series_path.write_bytes(b"no database" * 100)
    before = gather(directory, facts, empty_summary(), whole)
    lines = directory.intervals_path.read_bytes().splitlines(keepends=True)
    directory.intervals_path.write_bytes(lines[0] + lines[1][:50])
    after = gather(directory, facts, empty_summary(), whole)

    assert before.damaged == ""
    assert before.notes[0].startswith("what was watched beside the load cannot be read: ")
    assert after.damaged == after.notes[0] == "intervals.jsonl is damaged: 1 line cannot be read"
    assert (len(before.load.seconds), len(after.load.seconds)) == (2, 1)
