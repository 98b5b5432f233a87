"""CPU, load, tasks and pressure as /proc tells them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.monitor.host.cpu import MODES, read_loadavg, read_pressure, read_stat
from plimsoll.monitor.host.reading import Reading
from tests.monitor.host.looks import between, gauges, rates_of

# 400 ticks on two cores: 80 user, 20 system, 10 iowait, 290 idle; cpu0 works 80 of 200, cpu1 20.
STAT = """\
cpu  1000 50 500 8000 100 0 20 0 300 0
cpu0 600 25 250 4000 50 0 10 0 150 0
cpu1 400 25 250 4000 50 0 10 0 150 0
intr 991 0 0 7
ctxt 70000
btime 1795674835
processes 4000
procs_running 4
procs_blocked 1
"""
LATER = """\
cpu  1080 50 520 8290 110 0 20 0 380 0
cpu0 660 25 270 4115 55 0 10 0 200 0
cpu1 420 25 250 4175 55 0 10 0 180 0
intr 1991 0 0 7
ctxt 72000
btime 1795674835
processes 4006
procs_running 2
procs_blocked 0
"""


def test_time_is_shared_out_among_the_modes_of_all_cores() -> None:
    values = rates_of(read_stat, STAT, LATER)
    assert values["host_cpu_busy_percent"] == pytest.approx(25.0)
    assert values['host_cpu_percent{mode="user"}'] == pytest.approx(20.0)
    assert values['host_cpu_percent{mode="system"}'] == pytest.approx(5.0)
    assert values['host_cpu_percent{mode="iowait"}'] == pytest.approx(2.5)


def test_the_busiest_core_is_told_apart_from_the_average() -> None:
    assert rates_of(read_stat, STAT, LATER)["host_cpu_core_busy_max_percent"] == pytest.approx(40.0)


def test_switches_and_forks_are_rates_of_seconds() -> None:
    values = rates_of(read_stat, STAT, LATER, seconds=4.0)
    assert values["host_context_switches_per_s"] == 500.0
    assert values["host_forks_per_s"] == 1.5


def test_we_are_not_counted_among_those_that_want_a_core() -> None:
    values = gauges(read_stat, STAT)
    assert values["host_tasks_runnable"] == 3
    assert values["host_cpu_cores"] == 2


def test_waiting_for_io_that_goes_back_is_none() -> None:
    values = rates_of(read_stat, STAT, LATER.replace("8290 110", "8290 90"))
    assert values['host_cpu_percent{mode="iowait"}'] == 0.0
    assert values["host_cpu_busy_percent"] == pytest.approx(100 * 100 / 390)


def test_a_core_that_was_switched_off_takes_nothing_with_it() -> None:
    alone = "".join(line for line in LATER.splitlines(keepends=True) if not line.startswith("cpu1"))
    values = rates_of(read_stat, STAT, alone)
    assert values["host_cpu_core_busy_max_percent"] == pytest.approx(40.0)


def test_counters_that_began_anew_give_no_share() -> None:
    assert "host_cpu_busy_percent" not in rates_of(read_stat, LATER, STAT)


def test_two_looks_at_the_same_tick_give_no_share() -> None:
    assert "host_cpu_busy_percent" not in rates_of(read_stat, STAT, STAT)


def test_a_gap_such_as_a_suspended_machine_is_no_rate() -> None:
    assert rates_of(read_stat, STAT, LATER, seconds=3_600).known == {}


def test_old_kernels_with_four_columns_are_read() -> None:
    values = rates_of(read_stat, "cpu 100 0 50 850\n", "cpu 150 0 60 890\n")
    assert values["host_cpu_busy_percent"] == pytest.approx(60.0)


def test_load_averages_are_those_of_the_kernel() -> None:
    values = gauges(read_loadavg, "0.13 1.18 12.41 1/122 30889\n")
    assert [values[f"host_load{minutes}"] for minutes in (1, 5, 15)] == [0.13, 1.18, 12.41]


def pressure(text: str, resource: str = "io") -> Reading:
    reading = Reading()
    read_pressure(text, "host_pressure_percent", resource, reading)
    return reading


def test_pressure_comes_from_the_microseconds_in_all_not_from_the_averages() -> None:
    line = "some avg10=99.00 avg60=0.00 avg300=0.00 total={}\nfull avg10=99.00 avg60=0.00 avg300=0.00 total={}\n"
    values = between(pressure(line.format(1_000_000, 500)), pressure(line.format(1_500_000, 100_500)))
    assert values['host_pressure_percent{resource="io",kind="some"}'] == pytest.approx(25.0)
    assert values['host_pressure_percent{resource="io",kind="full"}'] == pytest.approx(5.0)


def test_full_pressure_of_the_cpu_means_nothing_for_a_machine() -> None:
    text = "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
    assert len(pressure(text, "cpu").counters) == 1


ticks = st.lists(st.integers(0, 1 << 40), min_size=8, max_size=8)


@given(ticks, ticks)
def test_whatever_the_counters_do_shares_are_between_none_and_all(before: list[int], after: list[int]) -> None:
    one, other = (f"cpu {' '.join(map(str, each))}\ncpu0 {' '.join(map(str, each))}\n" for each in (before, after))
    values = rates_of(read_stat, one, other)
    assert all(0 <= value <= 100.000001 for value in values.known.values())
    if "host_cpu_busy_percent" in values:
        modes = sum(values[f'host_cpu_percent{{mode="{mode}"}}'] for mode in MODES if mode != "iowait")
        assert values["host_cpu_busy_percent"] == pytest.approx(modes)
