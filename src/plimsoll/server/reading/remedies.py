"""What to do about an alert of a rule that came with Plimsoll and has no runbook of its own."""

from collections.abc import Mapping
from typing import Final

REMEDIES: Final[Mapping[str, str]] = {
    "cpu": "see under System which process takes it, and under Database which statements take the most time",
    "cpu_pressure": "see under System which process takes the CPU: more work waits for a core than the machine has",
    "container_cpu_throttled": "raise the container's CPU limit, or give it fewer workers",
    "memory": "see under System which process holds it; add memory, or lower work_mem or the number of workers",
    "container_memory": "raise the container's memory limit, or lower work_mem or the number of workers",
    "memory_pressure": "see under System which process holds the memory, and end or restrict it",
    "swap": "see under System which process holds the memory: what is swapped out is slow to come back",
    "oom_kill": "see the kernel's log for which process it was; add memory, or lower what it may take",
    "container_oom_kill": "raise the container's memory limit, or lower what its processes may take",
    "disk_space": "free space, or enlarge the file system: a full one stops the database",
    "disk_inodes": "remove files that nobody needs: without free inodes no file can be made",
    "io_pressure": "see under System which disk is slow, and under Database which statements read the most",
    "collector_lost": "see under System why it is lost",
    "database_down": "see that the server runs and can be reached, then its log",
    "connections": "see under Database, Sessions, who holds them; use a pool, or raise max_connections",
    "cache_hit": "see under Database which statements read the most; an index or more shared_buffers may help",
    "long_transaction": "see under Database, Sessions, whose it is; while it is open nothing dead can be cleaned up",
    "idle_in_transaction": "see under Database, Sessions, whose it is; the application forgot to commit or to close",
    "long_statement": "see under Database, Sessions, which it is; end it with pg_cancel_backend if nobody needs it",
    "blocked_sessions": "see under Database, Who blocks whom, who is at the top",
    "lock_chain": "see under Database, Who blocks whom, who is at the top",
    "lock_wait": "see under Database, Who blocks whom, who is at the top",
    "deadlocks": "see the server's log for the statements; let transactions take their locks in one order",
    "replication_lag": "see under System the standby's disks and network; under Database what writes the log",
    "replay_lag": "see whether a long query on the standby holds the replay up, and how its disks do",
    "slot_retained": "see whether who uses the slot still runs; drop the slot if nobody does",
    "wraparound": "find what holds vacuum up (long transactions, slots), then VACUUM (FREEZE) the oldest tables",
    "multixact_wraparound": "find what holds vacuum up (long transactions), then VACUUM (FREEZE) the oldest tables",
    "checksum_failures": "stop writing, take a backup, and test the disks",
    "archive_failures": "see the server's log for why archive_command fails: the log piles up meanwhile",
}
