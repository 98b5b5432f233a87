"""50 million samples through the real recorder, writer, fold and judge: an hour of virtual seconds, 10 steps.

    python benchmarks/recorder_memory.py [--samples 50000000] [--write]

The memory is the peak of a process that does nothing else (VmHWM, imports and all), held against what it takes to keep
every value, as k6's trends do: latency and service time of each sample as float64, measured on a tenth and multiplied.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._tables import Row, finish, options

SAMPLES = 50_000_000
SECONDS = 3600
STEPS = 10
PEAK_MB_MAX = 400.0
TRENDS = 2  # latency and service time
PEER_PART = 10
HERE = Path(__file__).resolve().parent


def recorded(root: Path, samples: int, *, seconds: int = SECONDS, steps: int = STEPS) -> dict[str, Any]:
    """Makes a run directory of so many samples under `root` in a process of its own, and says what it took."""
    return _child("_recorded.py", str(root), samples, seconds, steps)


def kept_mb(samples: int) -> float:
    """What keeping every value takes, from a tenth of them."""
    part = max(1, samples * TRENDS // PEER_PART)
    return float(_child("_kept_values.py", part, STEPS * TRENDS)["mb"]) * PEER_PART


def _child(script: str, *arguments: object) -> dict[str, Any]:
    argv = [sys.executable, str(HERE / script), *map(str, arguments)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{script} failed:\n{done.stderr[-1500:]}")
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def rows_of(said: dict[str, Any], samples: int, peer_mb: float) -> list[Row]:
    peak = said["peak_mb"]
    ratio, bound = f"{peak / peer_mb:.2f}", f"< {PEAK_MB_MAX:g} MB"
    per_sample = f"{said['took_s'] / samples * 1e6:.2f} µs"
    disk = f"{said['samples_bytes'] / 1e6:,.0f} MB ({said['samples_bytes'] / samples:.1f} bytes a sample)"
    return [
        Row("peak memory", f"{peak:,.0f} MB", f"{peer_mb:,.0f} MB", ratio, bound, peak < PEAK_MB_MAX),
        Row("of which before the first sample", f"{said['imported_mb']:,.0f} MB"),
        Row("samples counted", f"{said['counted']:,}", "", "", f"{samples:,}", said["counted"] == samples),
        Row("samples lost", f"{said['lost']:,}", "", "", "0", said["lost"] == 0),
        Row("time", f"{said['took_s']:,.0f} s ({per_sample} a sample)"),
        Row("samples on disk", disk),
        Row("intervals on disk", f"{said['intervals_bytes'] / 1e6:,.0f} MB"),
    ]


def main() -> None:
    parser = options("Memory of the recorder beside keeping every value.")
    parser.add_argument("--samples", type=int, default=SAMPLES, help=f"how many ({SAMPLES:,})")
    samples = parser.parse_args().samples
    with tempfile.TemporaryDirectory(prefix="plimsoll-benchmark-") as folder:
        said = recorded(Path(folder), samples)
    notes = [
        f"{samples:,} samples over {SECONDS:,} virtual seconds, {STEPS} steps, in one process, as fast as it goes",
        "the peer keeps two float64 a sample and nothing else",
    ]
    finish("recorder_memory", rows_of(said, samples, kept_mb(samples)), notes=notes)


if __name__ == "__main__":
    main()
