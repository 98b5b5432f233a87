"""Tags of what answers rest on: the same texts that the database writes by the templates of plimsoll.toml."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import resources
from uuid import UUID

Key = UUID | int

CONFIG = resources.files("fluentscribe.caching").joinpath("plimsoll.toml")


def tables() -> Mapping[str, Sequence[str]]:
    """What has to be installed for these tags to be written: templates by table."""
    found: Mapping[str, Sequence[str]] = tomllib.loads(CONFIG.read_text("utf-8"))["cache"]["tables"]
    return found


def _tag(family: str, *keys: Key) -> str:
    """Of UUIDs and whole numbers, in which nothing has to be escaped."""
    return f"{family}:{'/'.join(map(str, keys))}"


def _of(family: str) -> Callable[..., str]:
    return partial(_tag, family)


profile = _of("profile")
shown_person = _of("shown-person")  # name and address
account = _of("account")  # whether it is disabled
login = _of("login")
organization = _of("organization")
roles = _of("roles")  # of an organization: who has which ones, and whether they may write there
member = _of("member")  # organization, person
members_of_organization = _of("members-of-organization")
memberships_of_person = _of("memberships-of-person")
project = _of("project")
place_of_project = _of("place-of-project")  # whether it is there, and whose; so for uploads and sessions
projects_of_organization = _of("projects-of-organization")
project_member = _of("project-member")  # project, person
members_of_project = _of("members-of-project")
projects_of_person = _of("projects-of-person")
terms_of_project = _of("terms-of-project")
upload = _of("upload")
place_of_upload = _of("place-of-upload")
name_of_upload = _of("name-of-upload")
uploads_of_project = _of("uploads-of-project")
scans_of_upload = _of("scans-of-upload")
session = _of("session")
place_of_session = _of("place-of-session")
sessions_of_upload = _of("sessions-of-upload")  # which there are, not how they stand
sessions_of_project = _of("sessions-of-project")
sessions_of_organization = _of("sessions-of-organization")
jobs_of_session = _of("jobs-of-session")
segments_of_session = _of("segments-of-session")
segments_of_organization = _of("segments-of-organization")
errors_of_session = _of("errors-of-session")
errors_of_organization = _of("errors-of-organization")
assessments_of_session = _of("assessments-of-session")
assessments_of_project = _of("assessments-of-project")
assessments_of_organization = _of("assessments-of-organization")
published_report = _of("published-report")  # of a project
review = _of("review")
reviews_of_session = _of("reviews-of-session")
reviews_of_person = _of("reviews-of-person")
reviews_of_organization = _of("reviews-of-organization")
