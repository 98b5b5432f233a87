"""Memory, disks, interfaces and sockets as /proc tells them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.monitor.host.disks import DEVICES_MAX, looks_whole, read_diskstats
from plimsoll.monitor.host.memory import read_meminfo, read_vmstat
from plimsoll.monitor.host.network import read_net_dev, read_snmp, read_sockstat
from plimsoll.monitor.host.reading import Reading
from tests.monitor.host.looks import PAGE_BYTES, gauges, rates_of, reading_of

MEMINFO = """\
MemTotal:        1000 kB
MemFree:          100 kB
MemAvailable:     150 kB
Buffers:           20 kB
Cached:            80 kB
SwapTotal:        400 kB
SwapFree:         100 kB
Dirty:             12 kB
HugePages_Total:     0
"""


def test_memory_that_could_be_had_counts_as_free() -> None:
    values = gauges(read_meminfo, MEMINFO)
    assert values["host_memory_used_percent"] == pytest.approx(85.0)
    assert values["host_memory_total_bytes"] == 1000 * 1024
    assert values["host_memory_dirty_bytes"] == 12 * 1024
    assert values["host_swap_used_percent"] == pytest.approx(75.0)


def test_without_swap_there_is_no_share_of_it() -> None:
    assert "host_swap_used_percent" not in gauges(read_meminfo, MEMINFO.replace("400 kB", "0 kB"))


def test_old_kernels_that_do_not_tell_what_is_available_are_helped() -> None:
    text = MEMINFO.replace("MemAvailable:     150 kB\n", "")
    assert gauges(read_meminfo, text)["host_memory_used_percent"] == pytest.approx(80.0)


def vmstat(text: str, reading: Reading) -> None:
    read_vmstat(text, PAGE_BYTES, reading)


def test_swapping_is_told_in_bytes_and_kills_in_numbers() -> None:
    before = "nr_free_pages 7\npswpin 10\npswpout 20\npgmajfault 5\noom_kill 1\n"
    values = rates_of(vmstat, before, "nr_free_pages 9\npswpin 12\npswpout 20\npgmajfault 9\noom_kill 2\n")
    assert values["host_swap_in_bytes_per_s"] == PAGE_BYTES
    assert values["host_swap_out_bytes_per_s"] == 0
    assert values["host_major_faults_per_s"] == 2
    assert values["host_oom_kills_per_s"] == 0.5


# -- disks: reads, merged, sectors, ms; writes, merged, sectors, ms; under way, busy ms, weighted ms


def disks(text: str, reading: Reading) -> None:
    read_diskstats(text, looks_whole, reading)


BEFORE = """\
   7       0 loop0 900 0 0 0 0 0 0 0 0 0 0
   8       0 sda 100 5 2000 300 50 1 800 600 0 5000 9000
   8       1 sda1 90 5 1900 300 50 1 800 600 0 5000 9000
 259       0 nvme0n1 10 0 80 10 10 0 80 10 0 10 20 0 0 0 0 5 1
 259       1 nvme0n1p1 10 0 80 10 10 0 80 10 0 10 20
   8      16 sdb 0 0 0 0 0 0 0 0 0 0 0
"""
AFTER = BEFORE.replace("sda 100 5 2000 300 50 1 800 600 0 5000 9000", "sda 140 5 2400 500 50 1 800 600 0 6000 13000")


def test_a_disk_is_told_by_bytes_requests_awaits_queue_and_busy_time() -> None:
    values = rates_of(disks, BEFORE, AFTER)
    assert values['host_disk_reads_per_s{device="sda"}'] == 20
    assert values['host_disk_read_bytes_per_s{device="sda"}'] == 400 * 512 / 2
    assert values['host_disk_read_await_ms{device="sda"}'] == 5.0
    assert values['host_disk_busy_percent{device="sda"}'] == pytest.approx(50.0)
    assert values['host_disk_queue{device="sda"}'] == pytest.approx(2.0)


def test_without_requests_nothing_is_known_of_how_long_they_wait() -> None:
    values = rates_of(disks, BEFORE, AFTER)
    assert values['host_disk_writes_per_s{device="sda"}'] == 0
    assert 'host_disk_write_await_ms{device="sda"}' not in values


def test_partitions_loops_and_disks_that_were_never_used_are_left_out() -> None:
    named = {name for name in rates_of(disks, BEFORE, AFTER).known if "reads_per_s" in name}
    assert named == {'host_disk_reads_per_s{device="sda"}', 'host_disk_reads_per_s{device="nvme0n1"}'}


def test_what_sys_calls_a_whole_disk_is_one_whatever_its_name() -> None:
    reading = Reading()
    read_diskstats("202 1 xvda1 5 0 8 1 5 0 8 1 0 1 2\n", frozenset({"xvda1"}).__contains__, reading)
    assert len(reading.groups) == 1


def test_a_disk_that_was_changed_for_another_tells_nothing_till_it_is_seen_twice() -> None:
    other = BEFORE.replace("sda 100 5 2000 300 50 1 800 600 0 5000 9000", "sda 3 0 9000 900 900 1 9000 900 0 9000 9900")
    assert not [name for name in rates_of(disks, BEFORE, other).known if '"sda"' in name]
    assert 'host_disk_reads_per_s{device="nvme0n1"}' in rates_of(disks, BEFORE, other)


def test_a_disk_that_came_or_went_between_two_looks_has_no_rate() -> None:
    alone = BEFORE.splitlines(keepends=True)[1]
    assert not [name for name in rates_of(disks, alone, BEFORE).known if "nvme" in name]
    assert not [name for name in rates_of(disks, BEFORE, alone).known if "nvme" in name]


def test_more_disks_than_can_be_shown_are_counted() -> None:
    text = "".join(
        f"8 0 sd{number:c}{letter:c} 1 0 1 1 1 0 1 1 0 1 1\n" for number in range(97, 107) for letter in range(97, 107)
    )
    reading = reading_of(disks, text)
    assert len(reading.groups) == DEVICES_MAX
    assert reading.notes == ["36 disks beyond the first 64 are left out"]


counts = st.lists(st.integers(0, 1 << 32), min_size=11, max_size=11)


@given(counts, counts)
def test_no_disk_is_ever_told_a_negative_or_a_more_than_busy_figure(before: list[int], after: list[int]) -> None:
    one, other = (f"8 0 sda {' '.join(map(str, each))}\n" for each in (before, after))
    values = rates_of(disks, one, other)
    assert all(value >= 0 for value in values.known.values())
    assert values.known.get('host_disk_busy_percent{device="sda"}', 0.0) <= 100


# -- network

NET = """\
Inter-|   Receive                                                |  Transmit
 face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed
    lo: 500 5 0 0 0 0 0 0 500 5 0 0 0 0 0 0
  eth0: 1000 10 1 2 0 0 0 0 3000 30 0 0 0 0 0 0
  ifb0: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
veth12a: 700 7 0 0 0 0 0 0 700 7 0 0 0 0 0 0
"""


def test_an_interface_is_told_by_bytes_errors_and_drops_of_both_ways() -> None:
    later = NET.replace("1000 10 1 2 0 0 0 0 3000 30 0 0", "2000 20 2 4 0 0 0 0 9000 90 1 2")
    values = rates_of(read_net_dev, NET, later)
    assert values['host_network_received_bytes_per_s{interface="eth0"}'] == 500
    assert values['host_network_sent_bytes_per_s{interface="eth0"}'] == 3000
    assert values['host_network_errors_per_s{interface="eth0"}'] == 1
    assert values['host_network_drops_per_s{interface="eth0"}'] == 2


def test_the_loopback_is_shown_only_where_there_is_nothing_else() -> None:
    alone = "".join(line for line in NET.splitlines(keepends=True) if "eth0" not in line and "veth" not in line)
    assert set(reading_of(read_net_dev, NET).groups) == {("interface", "eth0")}
    assert set(reading_of(read_net_dev, alone).groups) == {("interface", "lo")}


def test_interfaces_of_containers_are_left_out_and_counted() -> None:
    assert reading_of(read_net_dev, NET).notes == ["1 interfaces of containers are left out"]


def test_segments_sent_again_are_found_by_their_name() -> None:
    text = "Ip: Forwarding\nIp: 1\nTcp: RtoMin RetransSegs InErrs\nTcp: 200 {} 0\nUdp: RetransSegs\nUdp: 9\n"
    assert rates_of(read_snmp, text.format(10), text.format(16))["host_tcp_retransmits_per_s"] == 3


def test_sockets_of_both_families_are_added() -> None:
    def both(text: str, reading: Reading) -> None:
        read_sockstat(text, reading)
        read_sockstat("TCP6: inuse 3\nUDP6: inuse 1\n", reading)

    values = gauges(both, "sockets: used 22\nTCP: inuse 4 orphan 1 tw 18 alloc 4 mem 86\nUDP: inuse 2 mem 0\n")
    assert values['host_sockets{state="tcp"}'] == 7
    assert values['host_sockets{state="udp"}'] == 3
    assert values['host_sockets{state="tcp_time_wait"}'] == 18
