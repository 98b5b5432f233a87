"""What a policy is told of balancer and workers, and which decisions are worth a line."""

from dataclasses import replace

from plimsoll.core.balancing import BalancerFigures, Counts, Glance, Passed, ServerFigures, Times
from plimsoll.core.balancing import State as Health
from plimsoll.scale.policy.decision import Decision
from plimsoll.scale.serving.figures import UNWELL_MOST, Figures
from plimsoll.scale.serving.standstill import Standstill
from plimsoll.scale.serving.telling import Telling, Unanswered
from plimsoll.scale.supervisor.states import State
from plimsoll.scale.supervisor.status import Status, WorkerStatus

COUNTS = Counts(requests=100, answers=90, errors=2)
FIGURES = BalancerFigures(7, 60, "round-robin", 3, 5, 2, COUNTS, Times(40.0, 10.0, 200.0), ())
DECISION = Decision(0.0, "hybrid", 2, 2, 2, "load", {"rate": 9, "seconds": 60, "erlangs": 1, "headroom": "20%"}, {})


def worker(name: str, state: State, cpu: float | None = None, memory: int | None = None) -> WorkerStatus:
    return WorkerStatus(name, state, 1, 1, 1.0, cpu, memory, 1, "", "")


def server(state: Health, *, downs: int) -> ServerFigures:
    return ServerFigures("w1", state, 0, 0, 50, 100, Counts(downs=downs), Times())


def status(*workers: WorkerStatus, wanted: int) -> Status:
    return Status(wanted, sum(one.state is State.READY for one in workers), 1, workers, None, 1)


BUSY = status(worker("w1", State.READY, 0.5, 60), worker("w2", State.READY, 0.9, 100), wanted=3)


def test_rates_are_what_went_on_between_two_looks() -> None:
    figures = Figures()
    first = figures.readings(10.0, BUSY, FIGURES)
    assert first.trouble("rate") == "the rate of requests was not measured"
    later = replace(FIGURES, counts=Counts(requests=140, answers=120, errors=12))
    found = figures.readings(12.0, BUSY, later)
    assert [found.fresh(name) for name in ("rate", "served", "in_flight", "queue", "latency_s")] == [20, 10, 5, 2, 0.25]


def test_of_a_restarted_haproxy_only_what_it_has_counted_since_counts() -> None:
    figures = Figures()
    figures.readings(10.0, BUSY, FIGURES)
    again = replace(FIGURES, process=8, uptime_s=1, counts=Counts(requests=30, answers=30))
    assert figures.readings(12.0, BUSY, again).fresh("rate") == 15


def test_who_stood_still_for_a_moment_unsettles_it_and_who_does_so_for_long_does_not() -> None:
    figures = Figures()
    seen = [
        figures.readings(
            2.0 * at,
            BUSY,
            replace(FIGURES, servers=(server("down" if at > 3 else "up", downs=at > 1),)),
            stood_still=True,
        )
        for at in range(UNWELL_MOST + 6)
    ]
    assert [one.settled for one in seen] == [True, True, False, True, *[False] * UNWELL_MOST, True, True]


def test_who_is_slow_and_fails_his_checks_answers_on_and_did_not_stand_still() -> None:
    figures = Figures()
    down = replace(FIGURES, servers=(server("down", downs=1),))
    assert [figures.readings(2.0 * at, BUSY, down).settled for at in range(3)] == [True] * 3
    standstill = Standstill()
    glances = [(0, 10), (9, 12), (18, 15), (30, 15), (40, 15), (50, 15)]  # arrived, and answered well, each 0.25 s
    for at, (arrived, well) in enumerate(glances[:5]):
        standstill.look(at / 4, Glance(arrived, 2 * arrived, 9, well))
    assert not standstill.taken()
    standstill.look(1.25, Glance(50, 100, 9, 15))
    assert (standstill.taken(), standstill.taken()) == (True, False)


def test_the_latency_of_requests_long_past_is_none() -> None:
    figures = Figures()
    figures.readings(10.0, BUSY, FIGURES)
    assert figures.readings(12.0, BUSY, FIGURES).latency_s is None


def test_a_balancer_that_does_not_answer_leaves_the_load_unknown() -> None:
    figures = Figures()
    figures.readings(10.0, BUSY, FIGURES)
    found = figures.readings(12.0, BUSY, None)
    assert [found.rate, found.queue, found.in_flight, found.served] == [None] * 4
    assert found.fresh("cpu") == 0.7


def test_workers_that_are_wanted_and_not_ready_are_starting() -> None:
    found = Figures().readings(0.0, BUSY, None)
    assert (found.ready, found.starting) == (2, 1)
    surplus = status(*(worker(f"w{n}", State.READY) for n in (1, 2, 3)), wanted=2)
    assert Figures().readings(0.0, surplus, None).workers == 2


def test_the_cpu_of_a_worker_that_has_just_started_is_that_of_its_start() -> None:
    new = replace(worker("w3", State.READY, 1.0), ready_s=3.9)
    known = Figures().readings(0.0, status(*BUSY.workers, new, wanted=3), None)
    assert known.fresh("cpu") == 0.7
    assert Figures().readings(0.0, status(new, wanted=1), None).cpu is None
    assert Figures().readings(0.0, status(replace(new, ready_s=4.0), wanted=1), None).fresh("cpu") == 1.0


def test_the_share_of_memory_is_known_only_with_a_limit() -> None:
    assert Figures().readings(0.0, BUSY, None).memory is None
    assert Figures(160).readings(0.0, BUSY, None).fresh("memory") == 0.5


def test_what_changes_is_said_each_time_and_what_holds_once() -> None:
    telling = Telling()
    assert telling.line(DECISION) == ""
    more = replace(DECISION, wanted=3, asked=3)
    assert [telling.line(more).startswith("2 → 3 workers: 9 requests/s") for _ in range(2)] == [True, True]
    full = replace(DECISION, asked=5, rule="max", numbers={"most": 2}, admit_per_s=8.0)
    assert telling.line(full) == "2 workers stay: 5 are asked for, and the maximum is 2"
    assert telling.line(replace(full, asked=6)) == ""
    assert telling.line(DECISION) == ""
    assert telling.line(full)


def test_one_worker_is_one() -> None:
    assert replace(DECISION, before=1, wanted=1).summary.startswith("1 worker stays: 9 requests/s")


def test_what_is_not_known_is_said_only_where_it_matters() -> None:
    unknown = replace(DECISION, rule="unknown", numbers={"trouble": "the queue was not measured"})
    assert Telling().line(unknown) == (
        "2 workers stay: the queue was not measured: nobody is taken away for what is not known"
    )
    assert Telling().line(unknown, fixed=True) == ""


def test_requests_that_got_no_answer_are_told_summed_up() -> None:
    def lost(**workers: int) -> Passed:
        each = {name: Counts(failures=count) for name, count in workers.items() if name != "gone"}
        return Passed(2.0, Counts(), 0, each, sum(workers.values()))

    unanswered = Unanswered()
    assert unanswered.line(lost(w1=0), 0.0) == ""
    assert unanswered.line(lost(w1=1), 2.0).startswith("1 request got no answer")
    assert unanswered.line(lost(w1=1, w2=2), 4.0) == ""
    assert unanswered.line(lost(w1=1, gone=1), 12.0).endswith("took too long: w1 2, w2 2, who is gone 1")
    assert unanswered.line(lost(), 60.0) == ""
