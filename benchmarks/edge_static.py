"""Files of a folder: `Static` beside Granian's own static server, servestatic and nginx, each one worker.

    python benchmarks/edge_static.py [--pairs 5] [--seconds 4] [--no-servestatic] [--write]

What is asked for: 1 KiB as it is, a script of 64 KiB that was compressed before, and a validator that holds (304). Each
pair is all of them one after another, in turning order; a ratio is the median of the pairs' ratios of CPU, which is the
server's alone, workers and all. nginx has only gzip here, as Debian builds it; Granian's own has neither variants nor
validators.
"""

import gzip
import os
import sys
import tempfile
from collections import defaultdict
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._clients import FINE, call
from benchmarks._site import CONNECTIONS, program, wrk_count, wrk_rate
from benchmarks._static_servers import Server, contenders, running
from benchmarks._tables import Row, finish, options
from benchmarks._throwaway import python_with
from plimsoll.edge.static.building import build

OURS = ("Static, uvicorn", "Static, Granian")
BOUND = 2.0  # times the CPU of Granian's own


@dataclass(frozen=True, slots=True)
class Asked:
    """`fields` as wrk takes them; "{etag}" is the server's own for what the other fields ask for."""

    what: str
    file: str
    fields: tuple[str, ...] = ()
    status: int = 200


ASKED = (
    Asked("1 KiB", "small.txt"),
    Asked("64 KiB, compressed before", "app.js", ("Accept-Encoding: gzip",)),
    Asked("304", "small.txt", ("If-None-Match: {etag}",), 304),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Requests per second, and the server's CPU a request in µs."""

    rate: float
    cpu_us: float


def fill(folder: Path) -> None:
    random = Random(1)
    (folder / "small.txt").write_text("".join(random.choices("abcdefgh \n", k=1_024)), encoding="ascii")
    words = ["const", "let", "function", "return", "=>", "{", "}", "(", ")", "document", "window", "value", "0", "1"]
    text = " ".join(random.choices(words, k=20_000))[: 64 * 1_024]
    (folder / "app.js").write_text(text, encoding="ascii")
    (folder / "app.js.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))  # as nginx and servestatic want it
    build(folder, ("br", "zstd", "gzip"), lambda _: None)


def measured(server: Server, asked: Asked, seconds: float, home: Path) -> Measured | None:
    """None for a server that does not do it."""
    url, fields = server.url(asked.file), list(asked.fields)
    head = _head(url, [field for field in fields if "{etag}" not in field], home)
    if any("{etag}" in field for field in fields):
        if "etag" not in head:
            return None
        fields = [field.format(etag=head["etag"]) for field in fields]
        head = _head(url, fields, home)
    wanted = "gzip" if "Accept-Encoding: gzip" in fields else None
    if head["status"] != str(asked.status) or head.get("content-encoding") != wanted:
        return None
    words = [word for field in fields for word in ("-H", field)]
    load = [program("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", *words, url]
    before = server.cpu_s()
    said = call(load, seconds, {}, home, (FINE,)).output
    return Measured(wrk_rate(said), (server.cpu_s() - before) / wrk_count(said) * 1e6)


def _head(url: str, fields: list[str], home: Path) -> dict[str, str]:
    words = [word for field in fields for word in ("-H", field)]
    said = call([program("curl"), "-sS", "-D", "-", "-o", "/dev/null", *words, url], 10.0, {}, home, (FINE,)).output
    first, *lines = said.strip().splitlines()
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return {"status": first.split()[1], **{name.lower(): value.strip() for name, value in pairs}}


Found = dict[tuple[str, str], list[Measured]]


def measure_pairs(pairs: int, seconds: float, peers: Path | None) -> Found:
    found: Found = defaultdict(list)
    everyone = contenders(peers)
    names = list(everyone)
    with tempfile.TemporaryDirectory(prefix="plimsoll-benchmark-") as place:
        home, folder = Path(place), Path(place) / "www"
        home.chmod(0o755)  # nginx's worker may run as another account
        folder.mkdir()
        fill(folder)
        for pair in range(pairs):
            for name in names[pair % len(names) :] + names[: pair % len(names)]:
                with running(everyone[name], home, folder) as server:
                    for asked in ASKED:
                        got = measured(server, asked, seconds, home)
                        if got is not None:
                            found[name, asked.what].append(got)
                            said = f"{name:22} {asked.what:26} {got.rate:9,.0f}/s {got.cpu_us:7.2f} µs"
                            print(f"pair {pair + 1}: {said}", file=sys.stderr)
    return found


def rows_of(found: Found) -> list[Row]:
    rows = []
    for asked in ASKED:
        for name in OURS:
            ours = found[name, asked.what]
            for (peer, what), theirs in found.items():
                if what == asked.what and peer not in OURS:
                    rows.append(_row(f"{asked.what}: {name}, beside {peer}", ours, theirs, peer == "Granian's own"))
    return rows


def _row(what: str, ours: list[Measured], theirs: list[Measured], bounded: bool) -> Row:
    """By CPU, which is what one core can carry, whoever else has the machine's cores meanwhile."""
    ratios = [a.cpu_us / b.cpu_us for a, b in zip(ours, theirs, strict=True)]
    ratio = median(ratios)
    spread = f"{ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f})"
    bound, kept = (f"≤ {BOUND:g}", ratio <= BOUND) if bounded else ("", None)
    return Row(what, _said(ours), _said(theirs), spread, bound, kept)


def _said(several: list[Measured]) -> str:
    return f"{median(one.rate for one in several):,.0f}/s, {median(one.cpu_us for one in several):.1f} µs"


def main() -> None:
    parser = options(
        "Files of a folder beside Granian's own static server, servestatic and nginx.", pairs=5, seconds=4.0
    )
    parser.add_argument("--no-servestatic", action="store_true", help="leave it out, which is installed first")
    asked = parser.parse_args()
    busy = os.getloadavg()[0]
    packages = ("servestatic", "uvicorn", "uvloop", "httptools")
    with (
        nullcontext((None, "servestatic left out")) if asked.no_servestatic else python_with(*packages) as (peers, said)
    ):
        found = measure_pairs(asked.pairs, asked.seconds, peers)
    notes = [
        f"{asked.pairs} pairs of {asked.seconds:g} s, medians; {CONNECTIONS} connections from wrk on the same cores",
        "requests per second, and the server's CPU a request, whose ratio is told; what one does not do has no row",
        f"load average {busy:.1f} when it began",
    ]
    finish("edge_static", rows_of(found), notes=notes, more_versions=[said])


if __name__ == "__main__":
    main()
