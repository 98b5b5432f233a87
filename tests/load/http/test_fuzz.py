"""Responses that chance has been at: no hang, no exception of another kind, and never a wrong success."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.load.http.fed import WAITING, Fed, asked
from tests.load.http.mutated import Opinion, case, right, tallied, theirs


def test_what_is_taken_of_broken_responses_is_what_another_reader_takes() -> None:
    tallies = tallied(range(3_000))
    assert [one for tally in tallies.values() for one in tally.wrong] == []
    assert all(tally.refused for words, tally in tallies.items() if words not in ("as it was", "followed by more"))
    assert all(tally.taken for words, tally in tallies.items() if words != "random bytes")


def test_right_responses_are_read_as_another_reader_reads_them() -> None:
    for seed in range(300):
        whole = right(Random(seed))
        made = asked(whole, end=True)
        assert Opinion(made.status, made.headers, made.body) == theirs(whole, "GET")


def test_after_a_broken_response_the_connection_is_not_used_again_unless_it_was_whole() -> None:
    for seed in range(1_000):
        made, fed = case(Random(seed)), Fed()
        first = fed.ask(made.segments, made.method)
        if first.keep:
            assert fed.ask([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]).body == b"ok", made


@given(st.lists(st.binary(max_size=60), max_size=8), st.sampled_from(["GET", "HEAD"]))
def test_whatever_comes_the_end_of_the_connection_ends_the_waiting(segments: list[bytes], method: str) -> None:
    assert asked(*segments, method=method, end=True) != WAITING
    assert asked(b"HTTP/1.1 200 OK\r\n", *segments, method=method, end=True) != WAITING
