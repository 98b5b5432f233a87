"""Holds the running platform against its own OpenAPI document, with requests that schemathesis makes up."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
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


def held_against_its_document(
    platform: Platform, folder: Path, who: str, *words: str, things: Mapping[str, object] | None = None
) -> Outcome:
    """`words` are further options of `schemathesis run`. `things` are keys of what is there, by the path's parameter:
    requests then go to these, and nothing is deleted."""
    kept = folder / "schemathesis.toml"
    lines = [f'"path.{name}" = {json.dumps(key, default=str)}' for name, key in (things or {}).items()]
    kept.write_text("\n".join(["[parameters]", *lines, ""]), encoding="utf-8")
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(kept), "run"),
        f"http://{platform.host}:{platform.port}/api/v1/openapi.json",
        *("--header", f"Authorization: Bearer {platform.tokens[who]}"),
        *("--exclude-checks", ",".join(NOT_CHECKED), "--no-color", "--warnings", "off", "--continue-on-failure"),
        *(word for path in ENDING for word in ("--exclude-path", path)),
        *(("--exclude-method", "DELETE") if things else ()),
        *words,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return Outcome(done.returncode, done.stdout + done.stderr)
