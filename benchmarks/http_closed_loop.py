"""A small file from nginx, 16 connections, one process: `plimsoll run` with recording on, beside wrk, hey and Locust.

    python benchmarks/http_closed_loop.py [--pairs 5] [--seconds 6] [--no-locust] [--write]

Each pair is all of them one after another on the same server, in turning order; a ratio is the median of the pairs'
ratios. CPU is the client's alone.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._site import CONNECTIONS, FILE, FILE_BYTES, Site, hey_rate, program, site, wrk_count, wrk_rate
from benchmarks._tables import Row, finish, options
from benchmarks._throwaway import python_with
from benchmarks.closed_loop import no_locust

HERE = Path(__file__).resolve().parent
BOUNDS = {"wrk": 0.45, "Locust FastHttpUser": 6.0, "hey": 2.5}


@dataclass(frozen=True, slots=True)
class Measured:
    """Requests per second, and client CPU a request in µs."""

    rate: float
    cpu_us: float


Contender = Callable[[Site, float], Measured]


def plimsoll(site: Site, seconds: float) -> Measured:
    summary, _ = site.plimsoll(seconds, "--users", str(CONNECTIONS))
    if not summary["valid"] or summary["errors"]:
        raise SystemExit(f"the run is not valid: {summary['invalid_because']}, {summary['errors']} errors")
    return Measured(summary["rate_per_s"], summary["generator"]["cpu_us_per_request"])


def wrk(site: Site, seconds: float) -> Measured:
    load = ["-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s"]
    ended = site.call([program("wrk"), *load, site.file_url], seconds)
    return Measured(wrk_rate(ended.output), ended.cpu_s / wrk_count(ended.output) * 1e6)


def hey(site: Site, seconds: float) -> Measured:
    """As people run it: on every core that it can have."""
    load = ["-z", f"{max(1, round(seconds))}s", "-c", str(CONNECTIONS)]
    ended = site.call([program("hey"), *load, site.file_url], seconds)
    rate = hey_rate(ended.output)
    return Measured(rate, ended.cpu_s / (rate * seconds) * 1e6)


def locust(python: Path) -> Contender:
    def measure(site: Site, seconds: float) -> Measured:
        result = site.folder / "locust.json"
        more = {"FILE_PATH": f"/{FILE}", "RESULT": str(result)}
        file = ["-f", HERE / "_locust_http.py", "--headless", "--only-summary", "-L", "WARNING", "-H", site.url]
        load = ["-u", str(CONNECTIONS), "-r", str(CONNECTIONS), "-t", f"{max(1, round(seconds))}s"]
        site.call([python, "-m", "locust", *file, *load, "--stop-timeout", "5"], seconds, more)
        said = json.loads(result.read_text(encoding="utf-8"))
        if said["failures"]:
            raise SystemExit(f"Locust had {said['failures']} failures")
        return Measured(said["rate"], said["cpu_us"])

    return measure


def measure_pairs(
    site: Site, contenders: dict[str, Contender], pairs: int, seconds: float
) -> dict[str, list[Measured]]:
    measured: dict[str, list[Measured]] = {name: [] for name in contenders}
    names = list(contenders)
    for pair in range(pairs):
        for name in names[pair % len(names) :] + names[: pair % len(names)]:
            got = contenders[name](site, seconds)
            measured[name].append(got)
            print(f"pair {pair + 1}: {name:20} {got.rate:9,.0f}/s  {got.cpu_us:7.2f} µs", file=sys.stderr)
    return measured


def rows_of(measured: dict[str, list[Measured]]) -> list[Row]:
    ours = measured.pop("plimsoll")
    return [_rate_row(peer, ours, theirs) for peer, theirs in measured.items()] + [
        _cpu_row(peer, ours, theirs) for peer, theirs in measured.items()
    ]


def _rate_row(peer: str, ours: list[Measured], theirs: list[Measured]) -> Row:
    ratios = [a.rate / b.rate for a, b in zip(ours, theirs, strict=True)]
    ratio, bound = median(ratios), BOUNDS[peer]
    spread = f"{ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f})"
    what = f"requests per second, beside {peer}"
    return Row(what, _rate(ours), _rate(theirs), spread, f"≥ {bound:g}", ratio >= bound)


def _rate(measured: list[Measured]) -> str:
    return f"{median(one.rate for one in measured):,.0f}/s"


def _cpu_row(peer: str, ours: list[Measured], theirs: list[Measured]) -> Row:
    ours_us, peer_us = median(one.cpu_us for one in ours), median(one.cpu_us for one in theirs)
    what = f"client CPU a request, beside {peer}"
    return Row(what, f"{ours_us:.2f} µs", f"{peer_us:.2f} µs", f"{ours_us / peer_us:.2f}")


def main() -> None:
    parser = options("A small file beside wrk, hey and Locust.", pairs=5, seconds=6.0)
    parser.add_argument("--no-locust", action="store_true", help="leave Locust out, which is installed first")
    asked = parser.parse_args()
    contenders: dict[str, Contender] = {"wrk": wrk, "plimsoll": plimsoll, "hey": hey}
    with python_with("locust") if not asked.no_locust else no_locust() as (python, said), site() as served:
        if python is not None:
            contenders["Locust FastHttpUser"] = locust(python)
        measured = measure_pairs(served, contenders, asked.pairs, asked.seconds)
        server = served.version
    note = f"{asked.pairs} interleaved pairs of {asked.seconds:g} s, medians; {CONNECTIONS} connections"
    notes = [f"{note}, {FILE_BYTES} bytes from nginx with one worker on the same cores"]
    share = median(b.rate / a.rate for a, b in zip(measured["wrk"], measured["hey"], strict=True))
    notes += [f"hey reaches {share:.2f} of wrk's rate here: 2.5 times hey is {2.5 * share:.2f} of wrk"]
    notes += [] if python is not None else [said]
    others = [f"nginx {server}", *([said] if python is not None else [])]
    finish(
        "http_closed_loop",
        rows_of(measured),
        notes=notes if python is not None else [*notes, said],
        more_versions=others,
    )


if __name__ == "__main__":
    main()
