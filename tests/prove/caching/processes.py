"""The application processes of one scenario, from outside."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import plimsoll
from benchmarks._tables import ROOT
from tests.prove.caching.application import Config

STOP_S = 20.0


class Process:
    """Runs from its start; `stop` has it end by itself and write down what it did."""

    def __init__(self, config: Config, python: Sequence[str] = (sys.executable,)) -> None:
        self.name = config.name
        place = Path(config.record).with_suffix(".json")
        place.write_text(json.dumps(asdict(config)), encoding="utf-8")
        self._said = Path(config.record).with_suffix(".err")
        with self._said.open("w") as errors:
            self._process = subprocess.Popen(
                [*python, "-m", "tests.prove.caching.application", str(place)],
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": f"{Path(plimsoll.__file__).parents[1]}{os.pathsep}{ROOT}"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def ready(self) -> None:
        """Waits until it reads. Raises RuntimeError with what it said if it ends instead."""
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "ready\n":
            raise RuntimeError(f"{self.name} did not start: {self._last()}")

    def pause(self) -> None:
        os.kill(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self._process.pid, signal.SIGCONT)

    def hush(self) -> None:
        """It writes no more."""
        self._tell()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._close()

    def stop(self) -> None:
        """Raises RuntimeError if it failed."""
        if self._process.returncode is not None:
            return
        try:
            self._tell()
            code = self._process.wait(STOP_S)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            self._process.kill()
            code = self._process.wait()
        self._close()
        if code:
            raise RuntimeError(f"{self.name} ended with {code}: {self._last()}")

    def end(self) -> None:
        """However it is."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._close()

    def _tell(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def _close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()

    def _last(self) -> str:
        return self._said.read_text(encoding="utf-8")[-2000:]
