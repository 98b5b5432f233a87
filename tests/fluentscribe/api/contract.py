"""Holds the running platform against its own OpenAPI document, with requests that schemathesis makes up."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.fluentscribe.api.service import Platform

# A call of these ends the very login that all others are made with.
ENDING = ("/api/v1/auth/logout",)
# What a schema cannot say (a cursor is one of ours, an id is of something that is there) is refused all the same.
# What a repeated Idempotency-Key is answered with may be gone by now.
NOT_CHECKED = ("positive_data_acceptance", "ensure_resource_availability")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`said` is the whole report; `operations` and `cases` are what it counts."""

    code: int
    said: str

    @property
    def operations(self) -> int:
        return self._count(r"Tested: +(\d+)")

    @property
    def cases(self) -> int:
        return self._count(r"([\d,]+) generated")

    def _count(self, pattern: str) -> int:
        found = re.search(pattern, self.said)
        assert found is not None, self.said
        return int(found[1].replace(",", ""))


def held_against_its_document(platform: Platform, folder: Path, who: str, *words: str) -> Outcome:
    """`words` are further options of `schemathesis run`."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run"),
        f"http://{platform.host}:{platform.port}/api/v1/openapi.json",
        *("--header", f"Authorization: Bearer {platform.tokens[who]}"),
        *("--exclude-checks", ",".join(NOT_CHECKED), "--no-color", "--warnings", "off", "--continue-on-failure"),
        *(word for path in ENDING for word in ("--exclude-path", path)),
        *words,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return Outcome(done.returncode, done.stdout + done.stderr)
