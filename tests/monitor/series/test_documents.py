"""Documents come back from the disk as they went, whatever they hold; statements' texts are stored once."""

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.observation import Observation
from plimsoll.monitor.series.documents import pack_document, unpack_document
from plimsoll.monitor.series.reader import SeriesReader
from plimsoll.monitor.series.store import SeriesStore
from tests.monitor.series.made import BEGUN_S

plain = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=5)
documents = st.dictionaries(st.sampled_from(["rows", "left_out", "seconds", ""]), plain | st.lists(plain, max_size=3))
rows = st.lists(st.dictionaries(st.sampled_from(["pid", "query", "blocked_by"]), plain | st.lists(plain, max_size=2)))


@given(documents, st.none() | rows)
def test_a_document_comes_back_as_it_was(found: dict[str, Any], more: list[dict[str, Any]] | None) -> None:
    found = found if more is None else found | {"rows": more}
    assert unpack_document(pack_document(found)) == found


def test_a_statement_has_its_text_in_every_document_and_takes_its_place_once(tmp_path: Path) -> None:
    long = {str(number): f"SELECT {number} " + "x" * 1900 for number in range(50)}
    store = SeriesStore(tmp_path / "series.sqlite")

    def look(turn: int) -> Observation:
        told = [{"query_id": query_id, "calls": turn, "query": query} for query_id, query in long.items()]
        utility = {"query_id": None, "calls": 1, "query": "VACUUM"}
        return Observation("statements", BEGUN_S + turn, details={"statements": {"rows": [*told, utility]}})

    for turn in range(40):
        store.write([look(turn)])
    held = store.bytes_held()
    store.close()
    assert held < 400_000
    store = SeriesStore(store.path)
    store.write([look(40)])
    store.close()
    with SeriesReader(store.path) as reader:
        assert reader.details("statements") == [
            (BEGUN_S + turn, look(turn).details["statements"]) for turn in range(41)
        ]
        calls = reader.fold_details(lambda found: sum(one["rows"][0]["calls"] for _, one in found), "statements")
        assert calls == sum(range(41))
