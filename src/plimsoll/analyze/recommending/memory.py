"""What to do about memory that runs out."""

from collections.abc import Iterator
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.settings import setting_bytes
from plimsoll.analyze.recommending.making import made
from plimsoll.analyze.rules.memory_pressure import KIND
from plimsoll.core.finding import Finding, How, Recommendation
from plimsoll.core.units import format_bytes

SHARED_BUFFERS_OF_MEMORY: Final = 0.25
MEBIBYTE: Final = 1024**2


def recommend(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    if finding.kind != KIND:
        return
    yield made(
        finding, "see who holds the memory", "immediate", "minutes", "none",
        How("command", "ps -eo pid,rss,comm --sort -rss | head", "rss counts shared buffers in each backend"),
        How("command", "journalctl -k --grep 'Out of memory|oom-kill'", "what was killed, and what it held"),
    )  # fmt: skip
    yield made(
        finding, "take less memory for each session", "short-term", "hours",
        "sorts and hashes that need more go to temporary files",
        How("setting", "work_mem", "each sort or hash of each session may take so much: sessions x 2 x work_mem must "
            "fit beside shared_buffers"),
        How("setting", "max_connections", "fewer sessions, behind a pool"),
    )  # fmt: skip
    megabytes, now = quarter_of_memory(evidence), setting_bytes(evidence.database.settings, "shared_buffers")
    if megabytes and (now is None or now > megabytes * MEBIBYTE):
        yield made(
            finding, "leave memory to the system", "short-term", "minutes", "needs a restart of the server",
            How("setting", f"shared_buffers = {megabytes}MB", "a quarter of the memory"
                f"{'' if now is None else f', today {format_bytes(now)}'}"),
        )  # fmt: skip
    yield made(
        finding, "add memory, or move other programs away", "long-term", "days", "it costs more",
        How("setting", "memory of the machine, or memory.max of the container", ""),
    )  # fmt: skip


def quarter_of_memory(evidence: Evidence) -> int:
    """In MB; 0 where the server's machine is not known."""
    if not evidence.setting.target_is_here:
        return 0
    total = evidence.gauges.mean("container_memory_limit_bytes") or evidence.gauges.mean("host_memory_total_bytes")
    return round((total or 0.0) * SHARED_BUFFERS_OF_MEMORY / MEBIBYTE)
