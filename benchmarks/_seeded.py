"""Fills a database by a seed plan, as `plimsoll seed` does it, in a process of its own.

    python benchmarks/_seeded.py DSN_VARIABLE PLAN [--rows TABLE=NUMBER] [--table TABLE]

`--table` (repeatable) leaves the others out. Prints one JSON object, with the peak of this process's memory.
"""

import argparse
import asyncio
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._machine import peak_mb
from plimsoll.cli.filling import Silent
from plimsoll.data.plan.values import SeedPlan, TablePlan
from plimsoll.settings.loading import load_settings
from plimsoll.settings.masking import Secret
from plimsoll.workflows.seed import SeedRequest, plan_from, seed
from plimsoll.workflows.target import TargetRequest


def with_rows(plan: SeedPlan, said: list[str]) -> SeedPlan:
    """`said` are TABLE=NUMBER."""
    tables = dict(plan.tables)
    for name, _, number in (one.partition("=") for one in said):
        tables[name] = replace(tables.get(name, TablePlan()), rows=int(number))
    return replace(plan, tables=tables)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("variable")
    parser.add_argument("plan", type=Path)
    parser.add_argument("--rows", action="append", default=[])
    parser.add_argument("--table", action="append", default=[])
    asked = parser.parse_args()
    before_mb = peak_mb()
    where = TargetRequest(load_settings(None), os.environ, dsn=Secret(os.environ[asked.variable]))
    request = SeedRequest(where, with_rows(plan_from(asked.plan), asked.rows), tables=asked.table)
    filled = asyncio.run(seed(request, Silent())).filled
    said = {
        "rows": {str(name): count for name, count in filled.rows.items()},
        "seconds": filled.seconds,
        "bytes": filled.bytes_copied,
        "imported_mb": before_mb,
        "peak_mb": peak_mb(),
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main()
