"""The series of a machine, of the container we are in, of watched process trees and of the watch itself."""

from typing import Final

from plimsoll.core.series.info import SeriesInfo, of

HOST: Final[tuple[SeriesInfo, ...]] = (
    of("host_cpu_busy_percent", "percent", "CPU time of all cores that was not idle, nor waiting for I/O"),
    of("host_cpu_percent", "percent", "CPU time of all cores by what it went into", "mode"),
    of("host_cpu_core_busy_max_percent", "percent", "the busiest core"),
    of("host_cpu_cores", "cores", "cores that are online"),
    of("host_load1", "count", "tasks that run or wait, averaged over a minute"),
    of("host_load5", "count", "tasks that run or wait, averaged over 5 minutes"),
    of("host_load15", "count", "tasks that run or wait, averaged over 15 minutes"),
    of("host_tasks_runnable", "count", "tasks that run or wait for a core at this moment"),
    of("host_pressure_percent", "percent", "time in which tasks wanted a resource (PSI)", "resource", "kind"),
    of("host_memory_used_percent", "percent", "memory that is not available to new work"),
    of("host_memory_total_bytes", "bytes", "memory in all"),
    of("host_memory_available_bytes", "bytes", "memory that new work could have without swapping"),
    of("host_memory_cached_bytes", "bytes", "memory that holds files"),
    of("host_memory_dirty_bytes", "bytes", "file contents that wait to be written"),
    of("host_swap_used_percent", "percent", "swap in use"),
    of("host_swap_in_bytes_per_s", "bytes/s", "memory read back from swap"),
    of("host_swap_out_bytes_per_s", "bytes/s", "memory written to swap"),
    of("host_major_faults_per_s", "1/s", "page faults that had to read from disk"),
    of("host_oom_kills_per_s", "1/s", "processes killed for want of memory"),
    of("host_filesystem_used_percent", "percent", "space in use, of what users may use", "mount"),
    of("host_filesystem_free_bytes", "bytes", "space that users may still use", "mount"),
    of("host_filesystem_inodes_used_percent", "percent", "inodes in use", "mount"),
    of("host_disk_read_bytes_per_s", "bytes/s", "read from a disk", "device"),
    of("host_disk_written_bytes_per_s", "bytes/s", "written to a disk", "device"),
    of("host_disk_reads_per_s", "1/s", "reads of a disk", "device"),
    of("host_disk_writes_per_s", "1/s", "writes to a disk", "device"),
    of("host_disk_read_await_ms", "ms", "time from a read's request to its end, on average", "device"),
    of("host_disk_write_await_ms", "ms", "time from a write's request to its end, on average", "device"),
    of("host_disk_queue", "count", "requests under way at a disk, on average", "device"),
    of("host_disk_busy_percent", "percent", "time in which a disk had something to do", "device"),
    of("host_network_received_bytes_per_s", "bytes/s", "received on an interface", "interface"),
    of("host_network_sent_bytes_per_s", "bytes/s", "sent on an interface", "interface"),
    of("host_network_errors_per_s", "1/s", "packets in error, both ways", "interface"),
    of("host_network_drops_per_s", "1/s", "packets dropped, both ways", "interface"),
    of("host_tcp_retransmits_per_s", "1/s", "TCP segments sent again"),
    of("host_sockets", "count", "sockets by state", "state"),
    of("host_context_switches_per_s", "1/s", "changes from one task to another"),
    of("host_forks_per_s", "1/s", "processes and threads begun"),
    of("container_cpu_limit_cores", "cores", "cores that the container may use"),
    of("container_cpu_used_percent", "percent", "CPU in use, of its limit or else of all cores"),
    of("container_cpu_throttled_percent", "percent", "periods in which it was held back for its limit"),
    of("container_memory_limit_bytes", "bytes", "memory that the container may use"),
    of("container_memory_used_bytes", "bytes", "memory in use, without files that can be dropped"),
    of("container_memory_used_percent", "percent", "memory in use, of its limit"),
    of("container_pressure_percent", "percent", "PSI of the container", "resource", "kind"),
    of("container_oom_kills_per_s", "1/s", "processes killed for want of memory within its limit"),
)  # fmt: skip

PROCESS: Final[tuple[SeriesInfo, ...]] = (
    of("process_count", "count", "processes of a tree", "tree"),
    of("process_cpu_percent", "percent", "CPU in use, of one core", "tree"),
    of("process_memory_bytes", "bytes", "resident memory, shared parts counted once where known", "tree"),
    of("process_threads", "count", "threads", "tree"),
    of("process_open_files", "count", "open files and sockets", "tree"),
    of("process_read_bytes_per_s", "bytes/s", "read from disks", "tree"),
    of("process_written_bytes_per_s", "bytes/s", "written to disks", "tree"),
    of("process_run_delay_percent", "percent", "time spent waiting for a core, of one core", "tree"),
)  # fmt: skip

WATCH: Final[tuple[SeriesInfo, ...]] = (
    of("watch_cpu_percent", "percent", "what watching costs here, of one core"),
    of("watch_memory_bytes", "bytes", "resident memory of the watch"),
    of("watch_pass_ms", "ms", "how long a collector's last pass took", "collector"),
    of("watch_collector_up", "yes/no", "whether a collector sees what it looks at", "collector"),
    of("watch_store_ok", "yes/no", "whether what is seen is stored on disk"),
    of("watch_database_ms_per_s", "ms/s", "time for which the database worked for us"),
)
