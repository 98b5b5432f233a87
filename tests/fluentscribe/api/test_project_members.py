"""Who works on a project, and its glossary, over HTTP."""

from tests.fluentscribe.api.service import OURS, Platform

PEOPLE = f"/projects/{OURS}/members"
TERMS = f"/projects/{OURS}/terms"


def history(platform: Platform) -> list[object]:
    """Changes of the project, oldest first."""
    page = platform.call("GET", f"/audit-logs?object_type=project&object_id={OURS}", "auditor").json
    return [one["diff"] for one in reversed(page["items"])]


def test_a_manager_puts_people_on_a_project_and_takes_them_off(platform: Platform) -> None:
    person = platform.people["member"]
    where = f"{PEOPLE}/{person}"
    put = platform.call("PUT", where, "manager", {"role": "linguist"})
    assert (put.status, put.json["role"]) == (201, "linguist")
    assert platform.call("GET", f"/projects/{OURS}", "member").status == 200
    changed = platform.call("PUT", where, "manager", {"role": "viewer"}, {"If-Match": put.headers["etag"]})
    assert (changed.status, changed.json["role"]) == (200, "viewer")
    late = platform.call("PUT", where, "manager", {"role": "manager"}, {"If-Match": put.headers["etag"]})
    assert late.status == 412
    assert platform.call("GET", where, "viewer").headers["etag"] == changed.headers["etag"]
    assert platform.call("DELETE", where, "manager").status == 204
    assert platform.call("DELETE", where, "manager").status == 404
    assert platform.call("GET", f"/projects/{OURS}", "member").status == 403
    name = f"members.{person}"
    assert history(platform) == [{name: [None, "linguist"]}, {name: ["linguist", "viewer"]}, {name: ["viewer", None]}]


def test_only_members_of_the_organization_who_are_no_auditors_work_on_a_project(platform: Platform) -> None:
    auditor = platform.call("PUT", f"{PEOPLE}/{platform.people['auditor']}", "owner", {"role": "viewer"})
    assert (auditor.status, auditor.json["detail"]) == (409, "auditors read logs, and work on no project")
    foreign = platform.call("PUT", f"{PEOPLE}/{platform.people['their member']}", "owner", {"role": "viewer"})
    assert foreign.status == 404


def test_people_of_a_project_page(platform: Platform) -> None:
    first = platform.call("GET", f"{PEOPLE}?limit=3", "viewer").json
    rest = platform.call("GET", f"{PEOPLE}?limit=3&cursor={first['next']}", "viewer").json
    names = [one["role"] for one in first["items"] + rest["items"]]
    assert (sorted(names), rest["next"]) == (["linguist", "manager", "reviewer", "viewer"], None)


def test_terms_are_added_listed_and_deleted(platform: Platform) -> None:
    before = len(history(platform))
    term = platform.call("POST", TERMS, "reviewer", {"source_term": " file ", "target_term": "Datei"})
    word = platform.call("POST", TERMS, "reviewer", {"target_term": "Akte", "forbidden": True, "case_sensitive": True})
    assert (term.status, term.json["source_term"], word.json["source_term"]) == (201, "file", None)
    assert platform.call("POST", TERMS, "reviewer", {"target_term": "Akte"}).json["errors"][0]["where"] == (
        "body.source_term"
    )
    first = platform.call("GET", f"{TERMS}?limit=1", "viewer").json
    second = platform.call("GET", f"{TERMS}?limit=1&cursor={first['next']}", "viewer").json
    assert [first["items"][0], second["items"][0], second["next"]] == [term.json, word.json, None]
    where = term.headers["location"].removeprefix("/api/v1")
    assert platform.call("GET", where, "viewer").headers["etag"] == term.headers["etag"]
    assert platform.call("DELETE", where, "reviewer").status == 204
    assert platform.call("GET", where, "viewer").status == 404
    number = term.json["id"]
    assert history(platform)[before:] == [
        {f"terms.{number}": [None, "file = Datei"]},
        {f"terms.{word.json['id']}": [None, "* ≠ Akte"]},
        {f"terms.{number}": ["file = Datei", None]},
    ]
