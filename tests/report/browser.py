"""Chromium without a window: a page's document after its scripts ran, and what it asked the network for."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
VIRTUAL_MS = 10_000  # of the page's own time, which passes as fast as the machine can
HANG_S = 120


@dataclass(frozen=True)
class Visit:
    """`document` is the page's HTML at the end; `requests` are the addresses that the page itself asked for."""

    document: str
    requests: list[str]


def find_chromium() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def visit(chromium: str, page: Path, directory: Path, *, dark: bool = False) -> Visit:
    log = directory / "requests.json"
    options = [
        "--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND", "--allow-file-access-from-files",
        f"--user-data-dir={directory / 'profile'}", f"--virtual-time-budget={VIRTUAL_MS}", "--window-size=1500,1000",
        f"--log-net-log={log}", f"--blink-settings=preferredColorScheme={0 if dark else 1}",
    ]  # fmt: skip
    if os.geteuid() == 0:
        options.append("--no-sandbox")  # Chromium refuses root otherwise
    done = subprocess.run(
        [chromium, *options, "--dump-dom", page.as_uri()], capture_output=True, timeout=HANG_S, check=True
    )
    return Visit(done.stdout.decode(), _asked_by_page(json.loads(log.read_text())["events"]))


def _asked_by_page(events: list[dict[str, object]]) -> list[str]:
    """Chromium's own errands (updates, sign-in) have "not an origin" for initiator, a page from a file "null"."""
    found = []
    for event in events:
        asked = event.get("params")
        if isinstance(asked, dict) and asked.get("initiator", "not an origin") != "not an origin":
            found.append(str(asked["url"]))
    return [url for url in found if not url.startswith(("file:", "data:", "blob:"))]
