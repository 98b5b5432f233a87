"""Links of published reports, for whoever reads them: made before a load by those who run organizations."""

from typing import Any

from fluentscribe.journeys.web.people import API, PASSWORD
from fluentscribe.journeys.web.team import RUNNING

LINKS = "FLUENTSCRIBE_LINKS"  # the variable that has them, between blanks, where they were made before
LINKS_MAX = 20


async def published(run: Any, addresses: list[str]) -> list[str]:
    """By the first of these people who run an organization, each once. A link that there was is none any more then."""
    links: list[str] = []
    seen = set()
    for email in addresses:
        given = {"email": email, "password": PASSWORD}
        told = (await run.http("POST", f"{API}/auth/login", json=given, expect=(200, 401))).json()
        organization = told.get("organization")
        if organization is None or organization["role"] not in RUNNING or organization["id"] in seen:
            continue
        seen.add(organization["id"])
        links += await _of_organization(run, told["access_token"])
        if len(links) >= LINKS_MAX:
            break
    return links[:LINKS_MAX]


async def _of_organization(run: Any, token: str) -> list[str]:
    """Of all its projects; none where it may be read only."""
    found = (await run.http("GET", f"{API}/projects", params={"limit": 200}, bearer=token, expect=(200, 403))).json()
    links = []
    for project in found.get("items", ()):
        path = f"{API}/projects/{project['id']}/published-report"
        reply = await run.http("POST", path, bearer=token, expect=(201, 403))
        if reply.status == 201:
            links.append(str(reply.json()["link"]))
    return links
