"""A slice of the proof in `tests/prove/scaling`: what is killed while requests come, by counts; and its judge."""

import pytest

from tests.prove.scaling.asking import Asked
from tests.prove.scaling.faults import all_workers_killed, haproxy_killed, supervisor_killed
from tests.prove.scaling.judging import Death, Logged, Window, judge, read_log
from tests.prove.scaling.playing import Fault, Run, play

RATE = 50.0  # so few that no queue runs over, however slow the machine
CALM_S = 0.1


async def everything(run: Run) -> None:
    await all_workers_killed(run)
    await haproxy_killed(run)
    await supervisor_killed(run)


def test_nothing_is_lost_but_what_a_killed_process_had_in_hand() -> None:
    fault = Fault("everything", "all of it, one after another", everything, ("--workers", "2"))
    played = play(fault, rate=RATE, calm_s=CALM_S)
    assert "\n".join(played.verdict.lost) == ""
    assert played.verdict.requests > 0


GOOD = {"first": 1.1, "status": 200}
KILLED = {3: Logged("w1", by_worker=True)}


@pytest.mark.parametrize(
    ("kind", "came", "deaths", "lost"),
    [
        ("get", GOOD, [], 0),
        ("get", {"why": "closed"}, [Death("w1", 1.2)], 1),
        ("get", {"status": 503, "first": 1.1}, [Death("w1", 1.2)], 1),
        ("get", {"status": 200, "first": 1.1, "why": "another's answer"}, [], 1),
        ("stream", {"first": 1.1, "why": "closed"}, [Death("w1", 1.2)], 0),
        ("stream", {"first": 1.1, "why": "closed"}, [], 1),
        ("post", {"status": 502, "first": 1.3}, [Death("w1", 1.2)], 0),
        ("post", {"status": 502, "first": 1.3}, [Death("w2", 1.2)], 1),
        ("post", {"status": 502, "first": 1.3}, [Death("w1", 0.9)], 1),
        ("post", {"status": 502, "first": 1.3}, [], 1),
    ],
)
def test_only_what_was_in_flight_in_a_killed_worker_may_be_lost(
    kind: str, came: dict[str, float | int | str], deaths: list[Death], lost: int
) -> None:
    asked = Asked(3, kind, due=1.0, began=1.0, sent=True, ended=1.4, **came)  # type: ignore[arg-type]
    assert len(judge([asked], KILLED, deaths, [], []).lost) == lost
    assert not judge([asked], {}, deaths, [Window(1.2, 1.3)], []).lost


def test_who_finds_nobody_to_connect_to_was_not_in_the_hands_of_haproxy() -> None:
    asked = Asked(1, "get", due=1.0, began=1.0, ended=1.1, why="Connection refused")
    assert judge([asked], {}, [], [Window(0.9, 1.2)], []).lost
    assert not judge([asked], {}, [], [Window(0.9, 1.2, whole=True)], []).lost


def test_a_post_that_was_begun_twice_is_told() -> None:
    assert judge([], {}, [], [], [7, 8, 7]).lost == ["POST 7 was begun twice"]


def test_the_longest_time_without_an_answer_is_between_good_ones() -> None:
    good = [
        Asked(number, "get", 0.0, first=1.0, ended=ended, status=200)
        for number, ended in enumerate((1.0, 1.5, 4.0, 30.0))
    ]
    bad = Asked(9, "get", 5.0, first=5.0, ended=5.0, status=503)  # no request comes after 5 s
    assert judge([*good, bad], {}, [], [], []).outage_s == 2.5


def test_the_access_log_says_at_which_worker_a_request_was() -> None:
    before, after = (
        "2026-11-27T18:40:32Z haproxy | 27/Nov/2026:18:40:32.932 127.0.0.1 least-connections",
        "16/16/4/0/0 0/0",
    )
    lines = [
        f'{before}/w1.last 0/0/0/-1/22 502 209 SH {after} POST "/post/510"',
        f'{before}/<NOSRV> 0/5000/-1/-1/5000 503 209 sQ {after} GET "/get/511"',
        f'{before}/w1 0/0/0/2/22 200 98 -- {after} GET "/health"',
    ]
    assert read_log(lines) == {510: Logged("w1", by_worker=True), 511: Logged("", by_worker=False)}
