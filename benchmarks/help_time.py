"""What starting costs: `plimsoll --help` and `import plimsoll`, beside a bare interpreter and `pip --help`.

python benchmarks/help_time.py [--pairs 10] [--write]
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._clients import PLIMSOLL
from benchmarks._tables import Row, finish, options

HELP_S_MAX = 0.4

COMMANDS: dict[str, Sequence[str | Path]] = {
    "plimsoll --help": [PLIMSOLL, "--help"],
    "pip --help": [sys.executable, "-m", "pip", "--help"],
    "import plimsoll": [sys.executable, "-c", "import plimsoll"],
    "bare": [sys.executable, "-c", "pass"],
}


def once_s(argv: Sequence[str | Path]) -> float:
    began_s = time.perf_counter()
    subprocess.run([str(word) for word in argv], check=True, capture_output=True)
    return time.perf_counter() - began_s


def rows_of(times: dict[str, list[float]]) -> list[Row]:
    seconds = {name: median(taken) for name, taken in times.items()}
    ours = seconds["plimsoll --help"]
    return [
        _row("plimsoll --help", "pip --help", seconds, bound=f"< {HELP_S_MAX:g} s", kept=ours < HELP_S_MAX),
        _row("import plimsoll", "bare", seconds),
    ]


def _row(name: str, peer: str, seconds: dict[str, float], *, bound: str = "", kept: bool | None = None) -> Row:
    ours_s, peer_s = seconds[name], seconds[peer]
    shown = "python -c pass" if peer == "bare" else peer
    what = f"`{name}`, beside `{shown}`"
    return Row(what, f"{ours_s * 1000:.0f} ms", f"{peer_s * 1000:.0f} ms", f"{ours_s / peer_s:.2f}", bound, kept)


def main() -> None:
    asked = options("The time to start.", pairs=10).parse_args()
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for argv in COMMANDS.values():
        once_s(argv)  # compiles and caches
    for _ in range(asked.pairs):
        for name, argv in COMMANDS.items():
            times[name].append(once_s(argv))
    finish("help_time", rows_of(times), notes=[f"medians of {asked.pairs}, in turn, after one that is not counted"])


if __name__ == "__main__":
    main()
