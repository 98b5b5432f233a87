"""Interfaces, TCP and sockets: /proc/net/dev, snmp, sockstat. Texts in, values out."""

import re
from collections.abc import Hashable
from typing import Final

from plimsoll.monitor.host.reading import Reading, series

INTERFACES_MAX: Final = 64  # the first of /proc/net/dev that were ever used
_OF_CONTAINERS: Final = re.compile(r"veth.*|cali.*|lxc.*|tap.*|vnet\d+")  # one for each, and soon gone again
_RETRANSMITS: Final = series("host_tcp_retransmits_per_s")


def read_net_dev(text: str, reading: Reading) -> None:
    """Without the loopback, unless there is nothing else; without the containers' ends of bridges."""
    lines = (line.partition(":") for line in text.splitlines()[2:])
    counts = {name.strip(): [float(value) for value in rest.split()] for name, _, rest in lines}
    used = {name: values for name, values in counts.items() if values[0] or values[8]}
    own = {name: values for name, values in used.items() if not _OF_CONTAINERS.fullmatch(name)}
    chosen = {name: values for name, values in own.items() if name != "lo"} or own
    for name, values in list(chosen.items())[:INTERFACES_MAX]:
        reading.count_together(("interface", name), _counters(name, values))
    if len(used) > len(own):
        reading.notes.append(f"{len(used) - len(own)} interfaces of containers are left out")
    if len(chosen) > INTERFACES_MAX:
        reading.notes.append(
            f"{len(chosen) - INTERFACES_MAX} interfaces beyond the first {INTERFACES_MAX} are left out"
        )


def _counters(name: str, values: list[float]) -> dict[Hashable, float]:
    """Columns: 0-7 received (bytes, packets, errors, drops, ...), 8-15 sent in the same order."""
    interface = ("interface", name)
    return {
        series("host_network_received_bytes_per_s", interface): values[0],
        series("host_network_sent_bytes_per_s", interface): values[8],
        series("host_network_errors_per_s", interface): values[2] + values[10],
        series("host_network_drops_per_s", interface): values[3] + values[11],
    }


def read_snmp(text: str, reading: Reading) -> None:
    """Its lines come in pairs: names, then values."""
    names, values = ([line for line in text.splitlines() if line.startswith("Tcp:")] + ["", ""])[:2]
    known = dict(zip(names.split(), values.split(), strict=False))
    if "RetransSegs" in known:
        reading.counters[_RETRANSMITS] = float(known["RetransSegs"])


_STATES: Final = {
    ("TCP", "inuse"): "tcp",
    ("TCP6", "inuse"): "tcp",
    ("TCP", "tw"): "tcp_time_wait",
    ("TCP", "orphan"): "tcp_orphan",
    ("UDP", "inuse"): "udp",
    ("UDP6", "inuse"): "udp",
}


def read_sockstat(text: str, reading: Reading) -> None:
    """Of both families: `sockstat` and `sockstat6` are read one after the other, and their sockets added."""
    for line in text.splitlines():
        family, _, rest = line.partition(":")
        words = rest.split()
        for name, value in zip(words[::2], words[1::2], strict=False):
            state = _STATES.get((family, name))
            if state is not None:
                key = series("host_sockets", ("state", state))
                reading.values[key] = reading.values.get(key, 0.0) + float(value)
