"""A manager's heavy hours: reports over years, the state of every project, exports."""

from datetime import UTC, datetime, timedelta
from typing import Any

from fluentscribe.journeys.web.paging import read_list
from fluentscribe.journeys.web.people import Person, do
from fluentscribe.journeys.web.team import chance, team
from plimsoll import journey

PROJECTS_MAX = 6
EXPORTS_MAX = 3
BACK = {"day": timedelta(days=90), "week": timedelta(days=700), "month": timedelta(days=3600)}  # the platform's bounds


@journey(weight=4)
async def report_to_the_board(user: Any) -> None:
    """The whole organization by day, week and month, then each project's dashboard and quality."""
    random, lead = chance(user), team(user).lead
    for bucket in BACK:
        await _quality(user, lead, "quality of organization", "/organization/reports/quality", bucket)
    projects = await read_list(user, random, lead, "list projects", "/projects", every=True, limit=50)
    for project in random.sample(projects, min(PROJECTS_MAX, len(projects))):
        path = f"/projects/{project['id']}"
        await do(user, lead, "read dashboard", "GET", f"{path}/dashboard")
        await _quality(user, lead, "quality of project", f"{path}/reports/quality", random.choice(list(BACK)))


@journey(weight=3, writes=True)  # exports are logged
async def export_everything(user: Any) -> None:
    """Findings of several sessions as CSV and JSON, and the files as they came; those of the data sets are not kept."""
    random, lead = chance(user), team(user).lead
    sessions = await read_list(user, random, lead, "list all sessions", "/sessions", limit=50)
    for session in random.sample(sessions, min(EXPORTS_MAX, len(sessions))):
        path = f"/sessions/{session['id']}"
        kind = {"format": random.choice(("csv", "json"))}
        await do(user, lead, "export findings", "GET", f"{path}/export", params=kind, max_bytes=100_000_000)
        await do(user, lead, "read assessments", "GET", f"{path}/assessments")
        if session["upload_id"]:
            content = f"/uploads/{session['upload_id']}/content"
            await do(user, lead, "download file", "GET", content, expect=(200, 410), max_bytes=100_000_000)


async def _quality(user: Any, lead: Person, step: str, path: str, bucket: str) -> None:
    since = (datetime.now(UTC) - BACK[bucket]).strftime("%Y-%m-%dT%H:%M:%SZ")
    await do(user, lead, f"{step} by {bucket}", "GET", path, params={"from": since, "bucket": bucket})
