"""The select-only statement as a Locust user with psycopg 3, as its documentation has it for systems other than HTTP.

Run by closed_loop.py in an environment of its own, with nothing of ours. CPU is taken between the first and the last
request, so that imports and connecting are left out.
"""

import json
import os
import time
from pathlib import Path
from random import Random
from typing import Any

import psycopg  # type: ignore[import-not-found]  # in the throwaway environment alone, as Locust
from locust import User, constant, events, task  # type: ignore[import-not-found]

DSN = os.environ["PLIMSOLL_BENCHMARK_DSN"]
QUERY = os.environ["QUERY"].replace("$1", "%s")
ACCOUNTS = int(os.environ["ACCOUNTS"])
_began: dict[str, float] = {}


class Bank(User):  # type: ignore[misc]  # unknown here: see above
    wait_time = constant(0)

    def on_start(self) -> None:
        self.connection = psycopg.connect(DSN, autocommit=True, prepare_threshold=1)
        self.cursor = self.connection.cursor()
        self.draw = Random(1).randrange

    def on_stop(self) -> None:
        self.connection.close()

    @task  # type: ignore[untyped-decorator]
    def look_up(self) -> None:
        began = time.perf_counter()
        error: Exception | None = None
        rows: list[Any] = []
        try:
            rows = self.cursor.execute(QUERY, (1 + self.draw(ACCOUNTS),)).fetchall()
        except psycopg.Error as failed:
            error = failed
        self.environment.events.request.fire(
            request_type="SQL",
            name="look up account",
            response_time=(time.perf_counter() - began) * 1000,
            response_length=len(rows),
            exception=error,
            context={},
        )


@events.spawning_complete.add_listener  # type: ignore[untyped-decorator]
def begin(**_: Any) -> None:
    _began.update(cpu_s=time.process_time(), wall_s=time.monotonic())


@events.test_stopping.add_listener  # type: ignore[untyped-decorator]
def stop(environment: Any, **_: Any) -> None:
    total = environment.stats.total
    cpu_s, wall_s = time.process_time() - _began["cpu_s"], time.monotonic() - _began["wall_s"]
    measured = {
        "rate": total.num_requests / wall_s,
        "cpu_us": cpu_s / total.num_requests * 1e6,
        "failures": total.num_failures,
    }
    Path(os.environ["RESULT"]).write_text(json.dumps(measured), encoding="utf-8")
