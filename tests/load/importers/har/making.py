"""HAR files as browsers write them, made of the few things that a test is about."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from plimsoll.load.importers.har.parsing import recording_of
from plimsoll.load.importers.har.scenario import Imported, scenario_of

HOST = "shop.example.com"
BEGUN = datetime(2025, 3, 4, 9, 0, tzinfo=UTC)
Headers = dict[str, str]


def entry(
    method: str,
    path: str,
    *,
    at: float = 0.0,
    took: float = 0.1,
    host: str = HOST,
    headers: Headers | None = None,
    post: dict[str, Any] | None = None,
    json_body: Any = None,
    status: int = 200,
    reply: Any = None,
    kind: str = "application/json",
    reply_headers: Headers | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One entry: `at` and `took` in seconds, `reply` a text or what becomes JSON."""
    if json_body is not None:
        post = {"mimeType": "application/json", "text": json.dumps(json_body)}
    url = path if "://" in path or path.startswith("data:") else f"https://{host}{path}"
    content: dict[str, Any] = {"mimeType": kind, "size": 0}
    if reply is not None:
        content["text"] = reply if isinstance(reply, str) else json.dumps(reply)
    return {
        "startedDateTime": (BEGUN + timedelta(seconds=at)).isoformat(timespec="milliseconds"),
        "time": took * 1_000,
        "request": {"method": method, "url": url, "headers": listed(headers), "postData": post},
        "response": {"status": status, "headers": listed(reply_headers), "content": content},
        **more,
    }


def listed(headers: Headers | None) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in (headers or {}).items()]


def page(path: str = "/", **more: Any) -> dict[str, Any]:
    return entry("GET", path, kind="text/html", **more)


def har(*entries: Any, **log: Any) -> dict[str, Any]:
    return {"log": {"version": "1.2", "creator": {"name": "Recorder", "version": "1"}, "entries": list(entries), **log}}


def imported(*entries: Any, log: dict[str, Any] | None = None, **options: Any) -> Imported:
    return scenario_of(recording_of(har(*entries, **(log or {})), "visit.har"), "visit.har", **options)


def body(*entries: Any, **options: Any) -> str:
    """What the journey says, without the lines around it."""
    text = imported(*entries, **options).text
    inside = text.partition('"""What was recorded, in its order."""\n')[2].partition("\n\n\n@journey")[0]
    return "\n".join(line.removeprefix("    ") for line in inside.rstrip().splitlines())


def written(directory: Path, *entries: Any) -> Path:
    path = directory / "visit.har"
    path.write_text(json.dumps(har(*entries)), encoding="utf-8")
    return path
