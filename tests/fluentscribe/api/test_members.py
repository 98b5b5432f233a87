"""Organizations and their members over HTTP: brought in, invited, raised, let go."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from tests.fluentscribe.api.service import OURS, THEIRS, Platform, Reply
from tests.fluentscribe.api.waiting import held

MEMBERS = f"/organizations/{OURS}/members"
SECRET_WORDS = "correct horse battery"


def title(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.json["detail"]


def test_who_makes_an_organization_owns_it_and_may_close_it(platform: Platform) -> None:
    slug = f"new-{uuid4().hex}"
    made = platform.call("POST", "/organizations", "viewer", {"slug": slug, "name": "New"})
    where = made.headers["location"].removeprefix("/api/v1")
    assert (made.status, made.json["status"]) == (201, "trial")
    own = platform.call("GET", "/organizations", "viewer").json["items"]
    assert [(one["slug"], one["role"]) for one in own] == [("ours-organization", "member"), (slug, "owner")]
    assert platform.call("POST", "/organizations", "owner", {"slug": slug, "name": "Theirs"}).status == 409
    assert platform.call("GET", where, "owner").status == 404
    assert platform.call("PATCH", where, "viewer", {"status": "closed"}).json["status"] == "closed"
    late = platform.call("PATCH", where, "viewer", {"name": "Newer"})
    assert title(late) == (403, "the organization is closed: it may be read only")
    admin = platform.call("PATCH", f"/organizations/{OURS}", "admin", {"status": "closed"})
    assert title(admin) == (403, "only owners close an organization")


def test_somebody_new_is_invited_and_chooses_a_password_once(platform: Platform) -> None:
    email = f"{uuid4().hex}@example.org"
    key = {"Idempotency-Key": "bring-in"}
    invited = platform.call("POST", MEMBERS, "admin", {"email": email, "role": "member"}, key)
    where = invited.headers["location"].removeprefix("/api/v1")
    assert (invited.status, invited.json["pending"]) == (201, True)
    kept = platform.call("POST", MEMBERS, "admin", {"email": email, "role": "member"}, key)
    assert (kept.json["id"], kept.json["invitation"]) == (invited.json["id"], None)
    assert platform.call("POST", "/auth/login", None, {"email": email, "password": "!"}).status == 401
    token = {"token": invited.json["invitation"], "password": SECRET_WORDS, "display_name": "Ada"}
    forged = {**token, "token": token["token"][:-1] + "_"}
    assert platform.call("POST", "/auth/accept", None, forged).status == 401
    accepted = platform.call("POST", "/auth/accept", None, token)
    assert (accepted.status, accepted.json["organization"]["role"]) == (200, "member")
    assert platform.call("POST", "/auth/accept", None, token).status == 401
    platform.tokens["ada"] = accepted.json["access_token"]
    assert platform.call("GET", "/me", "ada").json["display_name"] == "Ada"
    assert platform.call("GET", where, "ada").json["pending"] is False
    assert platform.call("POST", "/auth/login", None, {"email": email, "password": SECRET_WORDS}).status == 200
    assert title(platform.call("POST", MEMBERS, "owner", {"email": email.upper()}))[0] == 409


def test_an_invitation_ends_with_the_membership(platform: Platform) -> None:
    email = f"{uuid4().hex}@example.org"
    first = platform.call("POST", MEMBERS, "admin", {"email": email}).json
    assert platform.call("DELETE", f"{MEMBERS}/{first['id']}", "admin").status == 204
    second = platform.call("POST", MEMBERS, "admin", {"email": email}).json
    assert second["id"] == first["id"]
    assert second["invitation"] not in (None, first["invitation"])
    withdrawn = {"token": first["invitation"], "password": SECRET_WORDS}
    assert platform.call("POST", "/auth/accept", None, withdrawn).status == 401
    platform.sql("UPDATE invitations SET expires_at = now() WHERE profile_id = $1::text::uuid", first["id"])
    late = {"token": second["invitation"], "password": SECRET_WORDS}
    assert title(platform.call("POST", "/auth/accept", None, late)) == (
        401,
        "this invitation is not good, or no longer",
    )


def test_who_is_known_already_is_added_at_once(platform: Platform) -> None:
    added = platform.call("POST", MEMBERS, "owner", {"email": "theirowner@example.org", "role": "auditor"})
    assert (added.json["pending"], added.json["invitation"], added.json["role"]) == (False, None, "auditor")
    where = f"{MEMBERS}/{added.json['id']}"
    shown = platform.call("GET", where, "admin")
    assert (shown.json["email"], shown.headers["etag"]) == ("theirowner@example.org", added.headers["etag"])
    assert platform.call("DELETE", where, "owner").status == 204
    assert platform.call("GET", where, "owner").status == 404


def test_roles_change_by_the_rules_and_a_lost_membership_ends_all_rights(platform: Platform) -> None:
    mine = {name: f"{MEMBERS}/{platform.people[name]}" for name in ("owner", "admin", "linguist")}
    unmade = platform.call("PATCH", mine["owner"], "admin", {"role": "member"})
    assert title(unmade) == (403, "only owners make or unmake owners")
    last = platform.call("DELETE", mine["owner"], "owner")
    assert title(last) == (403, "an organization has an owner: make somebody else one first")
    before = platform.call("GET", mine["linguist"], "owner")
    tagged = {"If-Match": before.headers["etag"]}
    assert platform.call("PATCH", mine["linguist"], "owner", {"role": "auditor"}, tagged).json["role"] == "auditor"
    assert platform.call("PATCH", mine["linguist"], "owner", {"role": "member"}, tagged).status == 412
    assert platform.sql("SELECT FROM project_members WHERE profile_id = $1", platform.people["linguist"]) == []
    assert platform.call("GET", "/projects", "linguist").status == 403
    assert platform.call("DELETE", mine["linguist"], "admin").status == 204
    assert platform.call("GET", f"/organizations/{OURS}", "linguist").status == 404
    logged = platform.sql("SELECT action, diff::text AS diff FROM audit_logs WHERE object_id = $1 ORDER BY id",
                          str(platform.people["linguist"]))  # fmt: skip
    assert [tuple(row) for row in logged] == [
        ("update", '{"role": ["member", "auditor"]}'),
        ("remove", '{"role": ["auditor", null]}'),
    ]


def test_members_page_by_when_they_joined_and_only_those_who_run_it_see_addresses(platform: Platform) -> None:
    first = platform.call("GET", f"{MEMBERS}?limit=3", "viewer").json
    second = platform.call("GET", f"{MEMBERS}?limit=3&cursor={first['next']}", "viewer").json
    assert len({one["id"] for one in first["items"] + second["items"]}) == 6
    assert {one["email"] for one in first["items"]} == {None}
    shown = platform.call("GET", f"{MEMBERS}?limit=1&role=owner", "admin").json["items"]
    assert [(one["email"], one["role"]) for one in shown] == [("owner@example.org", "owner")]


def test_one_leaves_an_organization_unless_one_is_its_last_owner(platform: Platform) -> None:
    where = f"/me/organizations/{OURS}"
    assert platform.call("DELETE", where, "reviewer").status == 204
    assert platform.call("GET", f"/projects/{OURS}", "reviewer").status == 404
    assert platform.sql("SELECT FROM project_members WHERE profile_id = $1", platform.people["reviewer"]) == []
    assert platform.call("DELETE", where, "reviewer").status == 404
    last = platform.call("DELETE", where, "owner")
    assert title(last) == (403, "an organization has an owner: make somebody else one first")


def test_of_two_owners_who_remove_each_other_at_the_same_moment_one_stays(platform: Platform) -> None:
    theirs = f"/organizations/{THEIRS}/members"
    names = ("their owner", "their admin")
    platform.call("PATCH", f"{theirs}/{platform.people['their admin']}", "their owner", {"role": "owner"})
    with ThreadPoolExecutor(2) as threads:
        with held(platform, "SELECT FROM organizations WHERE id = $1 FOR UPDATE", THEIRS) as lock:
            calls = [
                threads.submit(platform.call, "DELETE", f"{theirs}/{platform.people[whom]}", who)
                for who, whom in (names, names[::-1])
            ]
            lock.until_waiting(2)
        assert sorted(call.result().status for call in calls) == [204, 403]
    owners = platform.sql("SELECT FROM organization_members WHERE organization_id = $1 AND role = 'owner'", THEIRS)
    assert len(owners) == 1
