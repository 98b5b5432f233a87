"""`plimsoll analyze` on JTL files: 10 million rows of CSV (about 950 MB), and a million samples of XML.

    python benchmarks/jtl.py [--pairs 1] [--rows 10000000] [--write]

Both files are made in a temporary directory, which is removed. The peers read the same CSV for fewer figures: polars at
once, as a notebook would, for count, errors and four percentiles of each label; Python's own csv module with numpy, a
tenth of the rows, its time multiplied. The peer of the XML is lxml, which walks through the samples and keeps times.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._clients import PLIMSOLL
from benchmarks._tables import Row, finish, options
from benchmarks.report_time import Took, took

ROWS: Final = 10_000_000
XML_PART: Final = 10  # as many rows have the XML's samples
CHUNK: Final = 500_000
LABELS, THREADS = 20, 200
CSV_SECONDS_MAX, XML_SECONDS_MAX, PEAK_MB_MAX = 12.0, 60.0, 1000.0
CSV_MODULE_PART: Final = 10
T0: Final = 1_700_000_000_000
HEADER: Final = (
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,"
    "grpThreads,allThreads,URL,Latency,IdleTime,Connect"
)
POLARS: Final = """
import sys, polars as pl
rows = pl.read_csv(sys.argv[1])
ms = pl.col("elapsed")
figures = [pl.len(), (~pl.col("success")).sum(), *(ms.quantile(q).alias(str(q)) for q in (0.5, 0.95, 0.99, 0.999))]
print(rows.group_by("label").agg(figures))
"""
CSV_MODULE: Final = """
import csv, itertools, sys, numpy as np
from collections import defaultdict
times, failed = defaultdict(list), defaultdict(int)
with open(sys.argv[1], newline="") as file:
    for row in itertools.islice(csv.DictReader(file), int(sys.argv[2])):
        times[row["label"]].append(int(row["elapsed"]))
        failed[row["label"]] += row["success"] != "true"
print({label: np.percentile(found, [50, 95, 99, 99.9]) for label, found in times.items()})
"""
LXML: Final = """
import sys, numpy as np
from collections import defaultdict
from lxml import etree
times = defaultdict(list)
for _, sample in etree.iterparse(sys.argv[1], tag="httpSample"):
    times[sample.get("lb")].append(int(sample.get("t")))
    sample.clear()
    while sample.getprevious() is not None:
        del sample.getparent()[0]
print({label: np.percentile(found, [50, 95, 99, 99.9]) for label, found in times.items()})
"""


def write_csv(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER + "\n")
        _in_chunks(
            rows,
            lambda at, ms, ok: file.write(
                f"{T0 + at // THREADS * 72},{ms},GET /item/{at % LABELS},{200 if ok else 503},"
                f"{'OK' if ok else 'Service Unavailable'},buyers 1-{at % THREADS},text,{'true' if ok else 'false'},,"
                f"{1200 + at % LABELS},130,200,200,http://shop/item,{ms - 1},0,0\n"
            ),
        )


def write_xml(path: Path, samples: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<testResults version="1.2">\n')
        _in_chunks(
            samples,
            lambda at, ms, ok: file.write(
                f'<httpSample t="{ms}" it="0" lt="{ms - 1}" ct="0" ts="{T0 + at // THREADS * 72}" '
                f's="{"true" if ok else "false"}" lb="GET /api/item/{at % LABELS}" rc="{200 if ok else 503}" rm="OK" '
                f'tn="buyers 1-{at % THREADS}" dt="text" by="1200" sby="130" ng="200" na="200">\n'
                "  <java.net.URL>http://shop/api/item</java.net.URL>\n</httpSample>\n"
            ),
        )
        file.write("</testResults>\n")


def _in_chunks(count: int, write: Callable[[int, int, bool], object]) -> None:
    """Times of a log-normal distribution with a median of 33 ms; one of 250 fails."""
    chance = np.random.default_rng(7)
    for begin in range(0, count, CHUNK):
        size = min(CHUNK, count - begin)
        times = np.clip(chance.lognormal(3.5, 0.8, size), 1, 60_000).astype(int).tolist()
        for at, ms in enumerate(times, begin):
            write(at, ms, at % 250 != 0)


def measured(file: Path, folder: Path, pairs: int, peer: list[str | Path]) -> tuple[list[Took], list[Took]]:
    ours, theirs = [], []
    for _ in range(pairs):
        ours.append(took([PLIMSOLL, "analyze", file, "--json", "--goal", "errors<50%"], folder))
        theirs.append(took([*peer[:2], peer[2], file, *peer[3:]], folder))
    return ours, theirs


def rows_of(what: str, ours: list[Took], peer: list[Took], named: str, seconds_max: float, times: int = 1) -> list[Row]:
    seconds, peer_s = median(one.seconds for one in ours), median(one.seconds for one in peer) * times
    mb, peer_mb = max(one.peak_mb for one in ours), max(one.peak_mb for one in peer)
    cpu_s, peer_cpu_s = median(one.cpu_s for one in ours), median(one.cpu_s for one in peer) * times
    bound, kept = f"< {seconds_max:g} s", seconds < seconds_max
    memory = f"< {PEAK_MB_MAX:,.0f} MB"
    return [
        Row(f"{what}, beside {named}", f"{seconds:.2f} s", f"{peer_s:.2f} s", f"{seconds / peer_s:.2f}", bound, kept),
        Row("CPU time of both cores", f"{cpu_s:.2f} s", f"{peer_cpu_s:.2f} s", f"{cpu_s / peer_cpu_s:.2f}"),
        Row("peak memory", f"{mb:,.0f} MB", f"{peer_mb:,.0f} MB", f"{mb / peer_mb:.2f}", memory, mb < PEAK_MB_MAX),
    ]


def main() -> None:
    parser = options("The time that analyzing a JTL file takes.")
    parser.add_argument("--rows", type=int, default=ROWS, help=f"of the CSV; the XML has a tenth ({ROWS:,})")
    asked = parser.parse_args()
    python = [sys.executable, "-c"]
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="plimsoll-benchmark-") as name:
        folder = Path(name)
        write_csv(csv := folder / "samples.jtl", asked.rows)
        size_mb = csv.stat().st_size / 1e6
        part = asked.rows // CSV_MODULE_PART
        ours, polars = measured(csv, folder, asked.pairs, [*python, POLARS])
        module = [took([*python, CSV_MODULE, csv, str(part)], folder)]
        csv.unlink()
        write_xml(xml := folder / "samples.xml", asked.rows // XML_PART)
        xml_mb = xml.stat().st_size / 1e6
        xml_ours, lxml = measured(xml, folder, asked.pairs, [*python, LXML])
    what, named = f"{asked.rows:,} rows of CSV", "Python's csv module"
    table = [
        *rows_of(what, ours, polars, "polars at once", CSV_SECONDS_MAX),
        rows_of(what, ours, module, named, CSV_SECONDS_MAX, CSV_MODULE_PART)[0],
        *rows_of(f"{asked.rows // XML_PART:,} samples of XML", xml_ours, lxml, "lxml", XML_SECONDS_MAX),
    ]
    notes = [
        f"{size_mb:,.0f} MB of CSV, {xml_mb:,.0f} MB of XML, {LABELS} labels, {THREADS} threads",
        f"median of {asked.pairs}; load average {busy:.1f} when it began: far above 1, only the CPU time counts",
        f"ours makes all metrics, over time too; {named} reads {part:,} rows, its time is multiplied",
    ]
    finish("jtl", table, notes=notes)


if __name__ == "__main__":
    main()
