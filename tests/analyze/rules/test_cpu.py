"""Cores that are taken, and cores that are used up: by whom, and how much of the requests' time that explains."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from plimsoll.analyze.evidence.cpu_use import cpu_use
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.recommending.cpu import recommend
from plimsoll.analyze.rules import at_capacity, cpu_saturation, cpu_withheld
from plimsoll.core.recorded import Dated
from tests.analyze.building import SETTING, evidence, node, plans, statement, step, the_one

SQL = [step(count=6_000, latency_ms=20.0)]  # 100/s: 2 s of requests in each second
HTTP = [step("GET /", kind="http", count=6_000, latency_ms=20.0)]
CLOSED = replace(SETTING, open_loop=False)


def gauges(cores: float = 2, **more: float) -> Mapping[str, float]:
    return {"host_cpu_cores": cores, 'database_active_sessions{wait="CPU"}': 0.0, **more}


def database(cpu: float, delay: float, sessions: float = 0.0) -> Mapping[str, float]:
    """In percent of one core."""
    return {
        'process_cpu_percent{tree="database"}': cpu, 'process_count{tree="database"}': 9,
        "database_sessions_cpu_percent": cpu, "database_sessions_run_delay_percent": delay,
        'database_active_sessions{wait="CPU"}': sessions,
    }  # fmt: skip


def application(cpu: float, delay: float) -> Mapping[str, float]:
    tree = '{tree="port:8000"}'
    return {
        f"process_cpu_percent{tree}": cpu, f"process_run_delay_percent{tree}": delay, f"process_count{tree}": 1,
    }  # fmt: skip


def row(name: str, cpu: float, *, pid: int = 1, tree: str = "", cores: str = "", command: str = "") -> dict[str, Any]:
    return {"pid": pid, "name": name, "cpu_percent": cpu, "tree": tree, "cores": cores, "command": command}


def looks(*rows: dict[str, Any]) -> Sequence[Dated]:
    return [(float(at), {"rows": list(rows), "known": True}) for at in (3, 6, 9)]


PINNED = row("postgres", 45.0, pid=9, tree="database", cores="1")
HOG = row("backup", 52.0, pid=42, cores="1")


def beside_a_hog(delay: float = 60.0, *rows: dict[str, Any]) -> Evidence:
    return evidence(
        steps=SQL, gauges=gauges(**database(45.0, delay)), processes=looks(PINNED, *(rows or (HOG,)))
    )  # fmt: skip


def test_a_program_on_the_databases_core_is_named_with_what_the_database_waits_for_it() -> None:
    found = the_one(list(cpu_saturation.examine(beside_a_hog())))
    assert (
        found.title
        == "backup (pid 42) takes 52 % of the 1 core that the platform is pinned to, and the database waits for it"
    )
    assert found.layer == "system"
    assert found.share is not None
    assert (
        0.16 < found.share.value <= 0.30
    )  # 0.6 s of 2 s of requests are waits; the platform's own queue is part of them
    assert found.share.low <= found.share.value <= found.share.high
    assert {figure.label: figure.value for figure in found.figures}[
        "by programs that do not belong to the platform"
    ] == 0.52


def test_waits_that_the_platforms_own_queue_explains_are_not_blamed_on_a_small_neighbour() -> None:
    small = row("cron", 10.0, pid=7, cores="1")
    assert not list(cpu_saturation.examine(beside_a_hog(60.0, small)))


def test_a_program_on_another_core_is_no_reason() -> None:
    assert not list(cpu_saturation.examine(beside_a_hog(60.0, {**HOG, "cores": "0"})))


def test_bursts_that_wait_for_themselves_are_not_blamed_on_a_neighbour_that_leaves_the_core_idle() -> None:
    """As by parallel workers: on average the core has room, while they work it has none."""
    small = row("agent", 22.0, pid=7, cores="1")
    assert not list(cpu_saturation.examine(beside_a_hog(60.0, small)))
    assert list(cpu_saturation.examine(beside_a_hog(60.0, {**small, "cpu_percent": 40.0})))


def test_a_busy_neighbour_that_nobody_waits_for_is_no_finding() -> None:
    assert not list(cpu_saturation.examine(beside_a_hog(5.0)))


def test_the_load_generator_is_not_taken_for_a_stranger() -> None:
    assert not list(cpu_saturation.examine(beside_a_hog(60.0, {**HOG, "tree": "plimsoll"})))


def test_a_program_beside_the_application_is_found_by_its_waits() -> None:
    pinned = row("python", 40.0, pid=8, tree="port:8000", cores="0,1")
    watched = gauges(cores=4, **application(40.0, 70.0))
    both = looks(pinned, row("python", 90.0, pid=50, cores="0", command="python build.py"), row("ld", 65.0, cores="1"))
    found = the_one(list(cpu_saturation.examine(evidence(steps=HTTP, gauges=watched, processes=both))))
    assert found.subject == "python build.py"
    assert found.details["victim"] == "the application"
    assert [one["name"] for one in found.details["processes"]] == ["python build.py", "ld"]
    assert found.title.startswith("python build.py (pid 50) and 1 other program take 77.5 % of the 2 cores")


@pytest.mark.parametrize("name", ["pgbouncer", "nginx"])
def test_what_requests_pass_through_is_of_the_platform_and_so_is_what_the_kernel_does_for_it(name: str) -> None:
    assert not list(cpu_saturation.examine(beside_a_hog(60.0, {**HOG, "name": name})))
    assert not list(cpu_saturation.examine(beside_a_hog(60.0, {**HOG, "name": "ksoftirqd/1", "memory_bytes": 0})))


def test_a_database_that_is_not_watched_is_no_stranger_to_its_application() -> None:
    server = row("postgres", 50.0, pid=5, cores="0,1")
    pinned = row("python", 40.0, pid=8, tree="port:8000", cores="0,1")
    alone = evidence(steps=HTTP, gauges=gauges(**application(40.0, 70.0)), processes=looks(pinned, server))
    use = cpu_use(alone)
    assert use is not None
    assert use.services == pytest.approx(0.5)
    assert not use.others


def test_programs_too_short_for_any_look_are_counted_and_not_named() -> None:
    watched = gauges(**database(60.0, 80.0), host_cpu_busy_percent=99.0)
    seen = evidence(steps=SQL, gauges=watched, processes=looks(row("postgres", 60.0, tree="database")))
    found = the_one(list(cpu_saturation.examine(seen)))
    assert (found.subject, found.details["victim"]) == ("unlisted or short-lived processes", "the database")
    assert found.title.startswith("unlisted or short-lived processes take "), "they are several"
    assert found.confidence == "possible"


def test_of_what_takes_cores_the_list_is_named_with_its_own_part_and_what_is_not_on_it_with_the_rest() -> None:
    watched = gauges(**database(30.0, 80.0), host_cpu_busy_percent=65.0)
    named = row("pytest", 20.0, pid=7), row("ld", 10.0, pid=8)
    seen = evidence(steps=SQL, gauges=watched, processes=looks(row("postgres", 30.0, tree="database"), *named))
    found = the_one(list(cpu_saturation.examine(seen)))
    assert found.title == (
        "unlisted or short-lived processes take 35 % of the machine's 2 cores, pytest (pid 7) and 1 other program "
        "another 15 %, and the database waits for them"
    )
    parts = {figure.label: figure.value for figure in found.figures if figure.unit == "share"}
    listed = [parts[f"of these: {name}"] for name in ("pytest (pid 7)", "ld (pid 8)", found.subject)]
    assert listed == pytest.approx([0.10, 0.05, 0.35])
    assert sum(listed) == pytest.approx(parts["by programs that do not belong to the platform"])
    first, stop, *_ = recommend(found, seen)
    assert first.how[0].text.startswith("pidstat")
    assert found.share is not None
    assert stop.effect.endswith(
        f"this program's part (20 %) of the {100 * found.share.value:.3g} % that all of them explain"
    )


def test_what_may_run_elsewhere_is_counted_only_as_far_as_there_is_room() -> None:
    use = cpu_use(beside_a_hog(60.0, row("pytest", 190.0, pid=77)))
    assert use is not None
    assert use.foreign == pytest.approx(0.55)


def test_a_container_that_is_held_back_by_its_limit_is_told_with_the_limit() -> None:
    limited = gauges(
        **database(95.0, 60.0), container_cpu_limit_cores=1, container_cpu_throttled_percent=70.0
    )  # fmt: skip
    found = the_one(list(cpu_withheld.examine(evidence(steps=SQL, gauges=limited))))
    assert found.subject == cpu_withheld.LIMIT_SUBJECT
    assert found.share is not None
    assert found.share.value == pytest.approx(0.7 * (0.95 + 0.60) / 2, abs=0.01)


def test_a_hypervisor_that_withholds_cores_is_told_and_a_little_steal_is_not() -> None:
    def stolen(percent: float) -> Evidence:
        steal = {'host_cpu_percent{mode="steal"}': percent, "host_cpu_busy_percent": 80.0}
        return evidence(steps=SQL, gauges=gauges(**database(150.0, 10.0), **steal))

    found = the_one(list(cpu_withheld.examine(stolen(40.0))))
    assert found.subject == cpu_withheld.STEAL_SUBJECT
    assert not list(cpu_withheld.examine(stolen(4.0)))


def test_requests_that_queue_in_an_application_which_waits_for_its_core_wait_for_that_core_too() -> None:
    pinned, hog = row("python", 20.0, pid=8, tree="port:8000", cores="1"), row("make", 78.0, pid=50, cores="1")
    taken_up = evidence(steps=HTTP, gauges=gauges(**application(20.0, 75.0)), processes=looks(pinned, hog))
    found = the_one(list(cpu_saturation.examine(taken_up)))
    assert found.share is not None
    assert (
        found.share.value > 0.6
    )  # 0.75 s of 2 s wait themselves; 1.05 s queue behind a process that waits 79 % of the time


def test_waits_for_a_core_beside_idle_cores_look_like_a_quota_and_are_said_to_be_possible() -> None:
    def kept(cores: float, *rows: dict[str, Any]) -> list[Any]:
        watched = gauges(cores=cores, **database(50.0, 120.0), host_cpu_busy_percent=55.0 / cores)
        return list(cpu_withheld.examine(evidence(steps=SQL, gauges=watched, processes=looks(*rows))))

    anywhere = {**PINNED, "cores": ""}
    found = the_one(kept(4, anywhere))
    assert (found.subject, found.confidence) == (cpu_withheld.QUOTA_SUBJECT, "possible")
    assert not kept(4, PINNED, {**HOG, "cpu_percent": 49.0})  # on its own core it queues
    assert not kept(4)  # where it runs is not known


# -- at capacity


def full(setting: Any = CLOSED, *, cpu: float = 97.0, delay: float = 90.0, **more: Any) -> Evidence:
    """With a statement and its plan, in which there is no fault."""
    cheap = statement("SELECT 1")
    known = {"statements": [cheap], "plans": plans((cheap, node("Result")))} | more
    return evidence(
        steps=SQL, gauges=gauges(**database(cpu, delay)), setting=setting,
        processes=looks({**PINNED, "cpu_percent": cpu}), **known,
    )  # fmt: skip


def test_a_core_that_the_database_fills_with_the_loads_own_work_is_its_capacity() -> None:
    busy = statement("SELECT sum(x) FROM big", mean_ms=9.0)
    found = the_one(list(at_capacity.examine(full(statements=[busy]))))
    assert found.title == "the database's CPU is used up at 100 requests/s"
    assert (found.kind, found.layer) == ("at-capacity", "database")
    assert found.share is not None
    assert found.share.value == pytest.approx((0.97 + 0.90) / 2, abs=0.01)
    assert [suspect.query for suspect in found.statements] == ["SELECT sum(x) FROM big"]


def test_what_the_cores_are_used_for_adds_up_and_other_programs_are_named_among_it() -> None:
    beside = looks({**PINNED, "cpu_percent": 85.0}, {**HOG, "cpu_percent": 13.0})
    found = the_one(list(at_capacity.examine(replace(full(cpu=85.0), processes=beside))))
    assert (
        "98 % of the database's CPU is in use, mostly by the load's own work, 13 % by other prog" in found.explanation
    )
    parts = {figure.label: figure.value for figure in found.figures}
    assert parts["by the database"] + parts["by other programs"] == pytest.approx(parts["in use"])


def test_database_and_application_that_fill_a_core_together_are_named_together() -> None:
    both = gauges(**database(48.0, 30.0), **application(49.0, 40.0))
    pinned = looks(PINNED, row("python", 49.0, pid=8, tree="port:8000", cores="1"))
    found = the_one(list(at_capacity.examine(evidence(steps=HTTP, gauges=both, setting=CLOSED, processes=pinned))))
    assert found.subject == "the CPU that database and application share"
    assert found.share is not None
    assert found.share.value == pytest.approx(1.0, abs=0.01)


def test_a_core_that_others_fill_through_the_same_server_is_not_claimed_for_the_load() -> None:
    seen = full()
    busy = evidence(
        steps=SQL, gauges=gauges(**database(97.0, 500.0, sessions=6.0)), setting=CLOSED,
        processes=looks({**PINNED, "cpu_percent": 97.0}),
    )  # fmt: skip
    assert the_one(list(at_capacity.examine(seen))).confidence == "likely"
    assert "sessions that are not the load's" in the_one(list(at_capacity.examine(busy))).explanation


@pytest.mark.parametrize("seen", [full(statements=[]), full(plans={})])
def test_where_statements_or_plans_are_missing_a_fault_is_not_excluded(seen: Evidence) -> None:
    found = the_one(list(at_capacity.examine(seen)))
    assert (found.confidence, "a fault cannot be excluded" in found.explanation) == ("possible", True)
    assert "No fault was found" not in found.explanation
    assert "No fault was found" in the_one(list(at_capacity.examine(full()))).explanation


def test_a_busy_core_on_which_nobody_queues_is_not_at_capacity() -> None:
    assert not list(at_capacity.examine(full(delay=10.0)))


def test_a_core_with_room_is_not_at_capacity() -> None:
    assert not list(at_capacity.examine(full(cpu=70.0)))


def test_of_a_core_that_a_stranger_shares_the_load_is_told_its_own_part_and_none_where_that_is_small() -> None:
    def shared(own: float, others: float) -> list[Any]:
        watched = gauges(**database(own, 90.0))
        processes = looks(PINNED, {**HOG, "cpu_percent": others})
        return list(at_capacity.examine(evidence(steps=SQL, gauges=watched, setting=CLOSED, processes=processes)))

    found = the_one(shared(72.0, 26.0))
    assert found.confidence == "possible"
    assert "partly by other programs" in found.explanation
    assert found.share is not None
    assert found.share.value == pytest.approx((0.72 + 0.90) / 2 * 0.72 / 0.98, abs=0.01)
    assert not shared(45.0, 52.0)


def test_an_open_loop_that_is_served_in_full_and_at_once_is_not_at_capacity() -> None:
    quick = [step(count=6_000, latency_ms=20.0, service_low_ms=15.0)]
    served = replace(full(SETTING), load=evidence(steps=quick).load)
    assert not list(at_capacity.examine(served))


def test_an_open_loop_that_drops_arrivals_at_a_full_core_is_at_capacity() -> None:
    found = the_one(list(at_capacity.examine(full(SETTING, dropped_per_s=20))))
    assert "1,200 arrivals found no free user" in found.explanation


def test_a_database_whose_machine_is_not_seen_is_told_by_sessions_that_compute_at_once_and_as_a_guess() -> None:
    def far(sessions: float, quickest_ms: float) -> list[Any]:
        slow = [step(count=6_000, latency_ms=40.0, service_low_ms=quickest_ms)]
        seen = evidence(steps=slow, gauges={'database_active_sessions{wait="CPU"}': sessions})
        return list(at_capacity.examine(seen))

    assert the_one(far(3.6, 5.0)).confidence == "possible"
    assert not far(3.6, 35.0)
    assert not far(1.0, 5.0)


def serving(cpu: float, *each: float) -> list[Any]:
    """An application on 8 cores whose processes use so much each."""
    processes = looks(*(row("python", used, pid=pid, tree="port:8000") for pid, used in enumerate(each)))
    steps = [step("GET /", kind="http", count=6_000, latency_ms=80.0)]  # 8 under way at a time
    seen = evidence(steps=steps, gauges=gauges(cores=8, **application(cpu, 1.0)), setting=CLOSED, processes=processes)
    return list(at_capacity.examine(seen))


def test_one_process_that_fills_its_one_core_is_the_limit_however_many_cores_are_idle() -> None:
    found = the_one(serving(99.0, 99.0))
    assert found.subject == "the one core that the application's process can use"
    assert found.layer == "application"


def test_several_processes_that_fill_a_core_each_are_counted_and_their_master_is_not() -> None:
    assert the_one(serving(382.0, 96.0, 95.0, 96.0, 95.0, 0.5)).subject.startswith("the 4 cores")
    assert not serving(250.0, 90.0, 60.0, 50.0, 50.0)


def test_a_process_of_many_threads_is_not_limited_to_a_core() -> None:
    assert not serving(390.0, 390.0)


def test_another_database_server_is_told_as_one_and_not_stopped_by_its_processes() -> None:
    seen = beside_a_hog(60.0, row("postgres", 52.0, pid=42, cores="1", command="/usr/bin/postgres -D /data/b"))
    found = the_one(list(cpu_saturation.examine(seen)))
    assert found.subject == "another PostgreSQL server (-D /data/b)"
    advised = [how.text for one in recommend(found, seen) for how in one.how]
    assert "ps -o pid,ppid,args -p 42" in advised
    assert not any("kill" in text for text in advised)


def test_who_is_bound_to_the_databases_core_is_named_before_who_happens_to_run_there() -> None:
    roaming = row("tests", 99.0, pid=50)
    seen = beside_a_hog(60.0, {**HOG, "cpu_percent": 20.0}, roaming)
    use = cpu_use(seen)
    assert use is not None
    assert [one.name for one in use.others] == ["backup", "tests"]
