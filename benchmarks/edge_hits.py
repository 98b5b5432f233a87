"""1 KiB from a cache before an application: `Edge` beside hishel, nginx and Varnish, each one worker.

    python benchmarks/edge_hits.py [--pairs 3] [--seconds 4] [--no-hishel] [--write]

Each pair is all of them one after another, in turning order; a ratio is the median of the pairs' ratios of CPU, which
is the cache's alone (Varnish's management, too; where a cache stands alone, without the application that it asked
once). What is asked for varies by Accept-Encoding and carries a tag, as pages do. A server that does not tell the
same body twice caches nothing, and has no row.
"""

import os
import sys
import tempfile
from collections import defaultdict
from contextlib import nullcontext
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._clients import FINE, call
from benchmarks._edge_servers import contenders, running
from benchmarks._site import CONNECTIONS, program, wrk_count, wrk_rate
from benchmarks._static_servers import Server
from benchmarks._tables import Row, finish, options
from benchmarks._throwaway import python_with

OURS = ("Edge, uvicorn", "Edge, Granian", "edge serve")
WITHOUT = "no cache, uvicorn"
BOUND = 2.2  # times the plain answer's CPU, of which uvicorn gives 45,000 a second on a core: so 20,000
FIELDS = ("Accept: text/html", "Accept-Encoding: gzip, deflate, br", "User-Agent: Mozilla/5.0 (X11; Linux x86_64)")

Found = dict[str, list[tuple[float, float]]]  # requests a second, and the cache's CPU a request in µs


def measured(server: Server, seconds: float, home: Path) -> tuple[float, float] | None:
    url = f"http://127.0.0.1:{server.port}/a?b=1"
    words = [word for field in FIELDS for word in ("-H", field)]
    bodies = {call([program("curl"), "-sS", *words, url], 10.0, {}, home, (FINE,)).output for _ in range(3)}
    if server.name != WITHOUT and len(bodies) != 1:
        return None
    load = [program("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", *words, url]
    before = server.cpu_s()
    said = call(load, seconds, {}, home, (FINE,)).output
    return wrk_rate(said), (server.cpu_s() - before) / wrk_count(said) * 1e6


def measure_pairs(pairs: int, seconds: float, peers: Path | None) -> Found:
    found: Found = defaultdict(list)
    everyone = contenders(peers)
    names = list(everyone)
    for pair in range(pairs):
        for name in names[pair % len(names) :] + names[: pair % len(names)]:
            with tempfile.TemporaryDirectory(prefix="plimsoll-benchmark-") as place:
                home = Path(place)
                home.chmod(0o755)  # nginx's worker may run as another account
                with running(everyone[name], home) as server:
                    got = measured(server, seconds, home)
            if got is None:
                print(f"pair {pair + 1}: {name:18} caches nothing", file=sys.stderr)
            else:
                found[name].append(got)
                print(f"pair {pair + 1}: {name:18} {got[0]:9,.0f}/s {got[1]:7.2f} µs", file=sys.stderr)
    return found


def rows_of(found: Found) -> list[Row]:
    rows = []
    for name in OURS:
        for peer, theirs in found.items():
            if peer not in OURS:
                ratios = [a[1] / b[1] for a, b in zip(found[name], theirs, strict=True)]
                spread = f"{median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"
                bounded = peer == WITHOUT
                bound, kept = (f"≤ {BOUND:g}", median(ratios) <= BOUND) if bounded else ("", None)
                rows.append(Row(f"{name}, beside {peer}", _said(found[name]), _said(theirs), spread, bound, kept))
    return rows


def _said(several: list[tuple[float, float]]) -> str:
    return f"{median(one[0] for one in several):,.0f}/s, {median(one[1] for one in several):.1f} µs"


def main() -> None:
    parser = options("1 KiB from a cache: Edge beside hishel, nginx and Varnish.", pairs=3, seconds=4.0)
    parser.add_argument("--no-hishel", action="store_true", help="leave it out, which is installed first")
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    without = nullcontext((None, "hishel left out"))
    with (
        without if asked.no_hishel else python_with("hishel[fastapi,async]", "uvicorn", "uvloop", "httptools") as (
            peers,
            said,
        )
    ):
        found = measure_pairs(asked.pairs, asked.seconds, peers)
    notes = [
        f"load average {load:.1f} when it began",
        f"{asked.pairs} pairs of {asked.seconds:g} s, medians; {CONNECTIONS} connections from wrk on the same cores",
        "requests per second, and the cache's CPU a request, whose ratio is told",
        f"`{WITHOUT}` is the application itself, which makes each answer anew: what it costs is what a hit saves",
    ]
    finish("edge_hits", rows_of(found), notes=notes, more_versions=[said])


if __name__ == "__main__":
    main()
