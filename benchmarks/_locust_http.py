"""A small file as a Locust FastHttpUser, run by http_closed_loop.py in an environment of its own, with nothing of ours.

CPU is taken between the first and the last request, so that imports and connecting are left out.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

from locust import FastHttpUser, constant, events, task  # type: ignore[import-not-found]  # in the throwaway one alone

PATH = os.environ["FILE_PATH"]
_began: dict[str, float] = {}


class Visitor(FastHttpUser):  # type: ignore[misc]  # unknown here: see above
    wait_time = constant(0)

    @task  # type: ignore[untyped-decorator]
    def get(self) -> None:
        self.client.get(PATH)


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
