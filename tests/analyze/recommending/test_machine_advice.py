"""What is advised about cores, memory, disks, the generator and capacity: exact, and for the finding at hand."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plimsoll.analyze.recommending import capacity, cpu, generator, memory, storage
from plimsoll.analyze.rules import cpu_withheld
from plimsoll.core.finding import Finding, Layer, Recommendation, Share, Suspect
from tests.analyze.building import SETTING, evidence, setting_facts

SEEN = evidence(gauges={"host_memory_total_bytes": 8 * 1024.0**3}, setting=replace(SETTING, target_is_here=True))


def finding(kind: str, subject: str, layer: Layer = "system", **details: Any) -> Finding:
    return Finding(
        kind, layer, subject, subject, "", "likely", "", share=Share(0.42, 0.3, 0.5), details=details,
        statements=[Suspect("1", "SELECT 1", 100, 2.5, 0.6)],
    )  # fmt: skip


def texts(advice: Sequence[Recommendation]) -> str:
    return "\n".join(how.text for one in advice for how in one.how)


def test_a_program_that_takes_cores_is_stopped_or_made_to_yield_by_its_number() -> None:
    hog = finding("cpu-saturation", "backup", processes=[{"name": "backup", "pids": [42, 43], "cores": 0.5}])
    advice = list(cpu.recommend(hog, SEEN))
    assert "for p in 42 43; do " in texts(advice)
    assert "&& renice -n 19 -p $p; done" in texts(advice)
    assert advice[0].effect == "up to 42 % of the request time"
    assert advice[0].basis.endswith("(30 % to 50 %)")


@pytest.mark.parametrize(("name", "said"), [("{}", "paused\n"), ("{} …", "paused\n"), ("backup -x", "")])
def test_a_process_is_paused_only_where_its_number_is_still_that_of_the_program(name: str, said: str) -> None:
    mine = " ".join(Path("/proc/self/cmdline").read_text().replace("\0", " ").split())
    program = {"name": name.format(mine[-30:]), "pids": [os.getpid()], "cores": 0.5}
    command = next(cpu.recommend(finding("cpu-saturation", "x", processes=[program]), SEEN)).how[0].text
    assert "kill -STOP $p" in command
    harmless = command.replace("kill -STOP $p", "echo paused")
    assert subprocess.run(["sh", "-c", harmless], capture_output=True, text=True, check=False).stdout == said


def test_a_limit_of_a_container_is_raised_to_a_number() -> None:
    limited = finding("cpu-saturation", cpu_withheld.LIMIT_SUBJECT, limit_cores=1.5)
    assert "docker update --cpus 3 <container>" in texts(list(cpu.recommend(limited, SEEN)))


def test_shared_buffers_are_a_quarter_of_the_machine_that_is_known_to_be_the_servers() -> None:
    short = finding("memory-pressure", "swapping")
    assert "shared_buffers = 2048MB" in texts(list(memory.recommend(short, SEEN)))
    assert "shared_buffers =" not in texts(list(memory.recommend(short, evidence())))


def test_checkpoints_are_given_room_for_the_log_of_their_time() -> None:
    forced = finding("wal-checkpoints", "checkpoints", log_bytes_per_s=10 * 1024.0**2)
    assert "ALTER SYSTEM SET max_wal_size = '18GB'" in texts(list(storage.recommend(forced, SEEN)))


def test_a_slow_disk_is_measured_and_a_busy_one_is_asked_for_less() -> None:
    slow = texts(list(storage.recommend(finding("disk-io", "files", slow=True), SEEN)))
    busy = texts(list(storage.recommend(finding("disk-io", "files", slow=False), SEEN)))
    assert "fio --name=read" in slow
    assert "fio" not in busy
    assert "EXPLAIN (ANALYZE, BUFFERS) SELECT 1;" in busy


def test_shared_buffers_that_are_large_already_are_left_alone() -> None:
    slow = finding("disk-io", "files", slow=False)
    small, large = (
        replace(SEEN, database=replace(SEEN.database, settings=setting_facts(shared_buffers=f"{pages} 8kB")))
        for pages in (16_384, 524_288)
    )
    assert "shared_buffers = 2048MB" in texts(list(storage.recommend(slow, small)))
    assert "shared_buffers" not in texts(list(storage.recommend(slow, large)))


def test_commits_may_be_let_go_where_they_may_be_lost_and_the_risk_is_said() -> None:
    advice = list(storage.recommend(finding("wal-checkpoints", "flush", slow=True), SEEN))
    lost = next(one for one in advice if "synchronous_commit" in texts([one]))
    assert "after a crash the last commits" in lost.risk


@pytest.mark.parametrize(
    ("cause", "told"),
    [("work", "--processes 2"), ("starved", "taskset"), ("held-up", "to_thread"), ("sharing", "taskset"),
     ("target", "taskset")],
)  # fmt: skip
def test_a_generator_is_helped_by_what_it_lacks(cause: str, told: str) -> None:
    assert told in texts(list(generator.recommend(finding("generator-saturated", "x", "generator", cause=cause), SEEN)))


def test_capacity_is_raised_by_workers_where_one_core_is_full_and_by_cheaper_statements_in_the_database() -> None:
    worker = finding(
        "at-capacity", "the one core that the application's process can use", "application", rate_per_s=300.0
    )
    database = finding("at-capacity", "the database's CPU", "database", rate_per_s=300.0)
    assert "--workers" in texts(list(capacity.recommend(worker, SEEN)))
    advice = list(capacity.recommend(database, SEEN))
    assert advice[0].basis == "60 % of the database's time goes into this statement: 100 calls of 2.5 ms"
    assert "--workers" not in texts(advice)


def test_nothing_is_said_about_what_others_advise_on() -> None:
    other = finding("missing-index", "public.orders", "database")
    assert not [one for give in (cpu, memory, storage, generator, capacity) for one in give.recommend(other, SEEN)]


def test_of_several_programs_stopping_one_is_promised_its_own_part_only_and_what_is_not_listed_is_said() -> None:
    first = {"name": "chromium", "pids": list(range(10)), "processes": 25, "cores": 0.5, "part": 0.5}
    stop, yields, apart = cpu.recommend(finding("cpu-saturation", "chromium", processes=[first]), SEEN)
    part = "this program's part (50 %) of the 42 % that all of them explain"
    assert stop.effect == yields.effect == f"up to 21 % of the request time: {part}"
    assert apart.effect == "up to 42 % of the request time"
    assert yields.how[0].note.startswith("10 of its 25 processes, ")


def test_where_a_fault_cannot_be_excluded_no_cores_are_bought() -> None:
    advice = list(capacity.recommend(finding("at-capacity", "CPU", "database", unseen="No plans"), SEEN))
    assert [one.what for one in advice] == ["run again to the end, with the database watched, before cores are added"]


def pinned(to: str, cores: float, processes: int = 1) -> str:
    row = {"pid": 9, "name": "postgres", "cpu_percent": 90.0, "tree": "database", "cores": to}
    seen = evidence(
        gauges={"host_cpu_cores": cores}, setting=replace(SETTING, processes=processes),
        processes=[(3.0, {"rows": [row], "known": True})],
    )  # fmt: skip
    starved = finding("generator-saturated", "cores that others use", "generator", cause="starved")
    return next(iter(generator.recommend(starved, seen))).how[0].text


def test_the_generator_is_given_cores_that_the_target_is_not_pinned_to_one_for_each_process() -> None:
    assert pinned("0", 4.0).startswith("taskset -c 3 ")
    assert pinned("0", 2.0).startswith("taskset -c 1 ")
    assert pinned("1", 2.0).startswith("taskset -c 0 ")
    assert pinned("0,1", 4.0, processes=2).startswith("taskset -c 2,3 ")
    assert pinned("0", 2.0, processes=2).startswith("the machine has 2 cores, and the target is pinned to 0: too few")
    assert pinned("", 2.0, processes=2).startswith("the machine has 2 cores: too few")
