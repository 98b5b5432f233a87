"""Files that were damaged in every way: never a traceback, and no row lost without being counted."""

import contextlib
import io
import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.analyze.metrics.measured import Measured, Measuring, measured
from plimsoll.analyze.reading.blocks import blocks
from plimsoll.analyze.reading.csv_rows import CsvRows
from plimsoll.analyze.reading.jtl import JtlFile
from plimsoll.analyze.reading.layout import Layout, header_layout
from plimsoll.analyze.reading.left_out import LeftOut
from plimsoll.core.errors import UsageError
from tests.analyze.reading.writing import DEFAULT, T0, csv_line, csv_text, row, xml_sample, xml_text

WORDS = st.text(st.sampled_from("ab \"',;\t|\n<&é0"), max_size=12)
GOOD = st.builds(
    lambda at, elapsed, label, failure, success: row(
        at, elapsed=elapsed, label=f"l{label}", failureMessage=failure, success=success
    ),
    st.integers(0, 10**7), st.integers(0, 10**6), WORDS, WORDS, st.sampled_from(["true", "false"]),
)  # fmt: skip
NOTHING = Layout(",", 0, {}, has_header=True)
BAD = st.sampled_from(
    ["x", "1,2", "," * 16, "," * 17, f"{T0},x" + "," * 15, f"{T0},5,a,200,OK,t,text,perhaps" + "," * 9, '"', 'a"b']
)


def read(content: bytes) -> Measured:
    """As `measure` does, without a file on disk."""
    jtl = JtlFile(io.BytesIO(content), Path("given"))
    measuring = Measuring()
    for batch in jtl.batches():
        measuring.add(batch)
    return measured(jtl, measuring)


def all_rows(found: Measured) -> int:
    return found.requests + sum(step.count for step in found.journeys) + found.told.sub_results


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(GOOD, BAD), min_size=1, max_size=30), st.booleans())
def test_every_row_is_read_or_counted_as_left_out(lines: list[dict[str, object] | str], ended: bool) -> None:
    good = sum(not isinstance(line, str) for line in lines)
    text = ",".join(DEFAULT) + "\n" + "\n".join(line if isinstance(line, str) else csv_line(line) for line in lines)
    found = read((text + "\n" * ended).encode())
    assert found.told.rows == all_rows(found)
    if '"' not in "".join(line for line in lines if isinstance(line, str)):
        assert (found.told.rows, found.told.left_out.rows) == (good, len(lines) - good)
    else:  # what follows an open quote may belong to it
        assert found.told.rows + found.told.left_out.rows >= good


@settings(max_examples=40, deadline=None)
@given(st.lists(GOOD, min_size=1, max_size=15), st.integers(1, 900), st.sampled_from(["\n", "\r\n"]))
def test_where_a_file_is_cut_into_pieces_makes_no_difference(
    rows: list[dict[str, object]], size: int, end: str
) -> None:
    content = csv_text(rows, end=end).encode()
    left_out = LeftOut()
    reader = CsvRows(header_layout(",".join(DEFAULT)) or NOTHING, left_out)
    pieces = (content[at : at + size] for at in range(0, len(content), size))
    found = [frame for block in blocks(pieces, left_out, size) for _, frame in reader.read(block)]
    labels = {line: label for frame in found for line, label in frame.select("line", "label").iter_rows()}
    assert [label for _, label in sorted(labels.items())] == [one["label"] for one in rows]
    assert left_out.rows == 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=12), st.data())
def test_of_xml_cut_off_anywhere_every_sample_that_began_is_read_or_counted(at: list[int], data: st.DataObject) -> None:
    whole = xml_text(*(xml_sample(ms, inner="<responseData>a &amp; b</responseData>") for ms in at))
    first = whole.index("<httpSample") + len("<httpSample ")
    cut = data.draw(st.integers(first, len(whole)))
    found = read(whole[:cut].encode())
    begun = len(re.findall(r"<httpSample", whole[:cut]))
    assert begun - 1 <= all_rows(found) + found.told.left_out.rows <= begun
    assert all_rows(found) == len(re.findall(r"<httpSample [^>]*>", whole[:cut]))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_whatever_is_done_to_a_file_there_is_a_result_or_a_reason(data: st.DataObject) -> None:
    given_rows = [row(50 * at, label=f'l "{at}", x') if at % 3 else row(50 * at) for at in range(8)]
    samples = [xml_sample(50 * at, inner=xml_sample(50 * at, lb=f"l{at}-0")) for at in range(8)]
    content = data.draw(st.sampled_from([csv_text(given_rows), xml_text(*samples)])).encode()
    for _ in range(data.draw(st.integers(1, 4))):
        content = mutated(content, data)
    with contextlib.suppress(UsageError):
        found = read(content)
        assert found.told.rows == all_rows(found) - found.told.sub_results * (found.kind == "jtl-xml")


def mutated(content: bytes, data: st.DataObject) -> bytes:
    """Bytes overwritten, taken out, or doubled somewhere."""
    at = data.draw(st.integers(0, max(0, len(content) - 1)))
    end = min(len(content), at + data.draw(st.integers(0, 200)))
    kind = data.draw(st.sampled_from(["out", "twice", "noise", "cut", "quote"]))
    noise = data.draw(st.binary(max_size=20))
    changed = {
        "out": content[:at] + content[end:],
        "twice": content[:end] + content[at:],
        "noise": content[:at] + noise + content[end:],
        "cut": content[:at],
        "quote": content[:at] + b'"' + content[at:],
    }
    return changed[kind]
