"""Values of earlier answers in later requests, where that can be told surely."""

from pathlib import Path

import pytest

from plimsoll.load.language.scenario import load_scenario
from tests.load.importers.har.making import body, entry, imported, page

UUID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"


def test_a_token_of_an_answer_is_taken_out_of_it_and_sent() -> None:
    login = entry(
        "POST", "/login", json_body={"name": "ann", "password": "pw"}, reply={"auth": {"accessToken": "t0ken-77"}}
    )
    bearer = {"Authorization": "Bearer t0ken-77"}
    said = body(login, entry("GET", "/a", headers=bearer), entry("GET", "/b", headers=bearer)).splitlines()
    assert said[1].startswith('reply = await user.http("POST /login"')
    assert said[2:4] == ['access_token = reply.json()["auth"]["accessToken"]', "user.authorize(bearer=access_token)"]
    assert "t0ken-77" not in "".join(said)


def test_an_identifier_is_known_again_in_path_query_body_and_header() -> None:
    created = entry("POST", "/projects", json_body={"name": "n"}, reply={"id": UUID}, status=201)
    used = entry(
        "PUT",
        f"/projects/{UUID}/files?parent={UUID}",
        headers={"X-Project": UUID},
        json_body={"of": [UUID], "link": f"/projects/{UUID}"},
    )
    said = body(created, used)
    assert 'project_id = reply.json()["id"]' in said
    for part in (
        'f"/projects/{project_id}/files"',
        '{"parent": project_id}',
        '"X-Project": project_id',
        '{"of": [project_id], "link": f"/projects/{project_id}"}',
    ):
        assert part in said
    assert UUID not in said


def test_a_number_is_known_again_as_the_same_thing_only() -> None:
    created = entry("POST", "/projects", json_body={}, reply={"id": 17, "owner": {"id": 3}})
    said = body(
        created, entry("GET", "/projects/17?page=17&limit=3"), entry("GET", "/users/17"), entry("GET", "/owners/3")
    )
    assert 'f"/projects/{project_id}",\n    params={"page": "17", "limit": "3"}' in said
    assert '"/users/17"' in said
    assert 'f"/owners/{owner_id}"' in said


def test_a_number_in_a_json_body_keeps_its_type() -> None:
    listed = entry("GET", "/api/projects", reply={"items": [{"id": 5}, {"id": 17}]})
    said = body(listed, entry("POST", "/jobs", json_body={"project_id": 17, "projectId": "17"}))
    assert 'project_id = reply.json()["items"][1]["id"]' in said
    assert 'json={"project_id": project_id, "projectId": str(project_id)}' in said


def test_what_the_client_sent_first_is_its_own() -> None:
    made = entry("POST", "/orders", json_body={"key": UUID}, reply={"key": UUID})
    assert "reply" not in body(made, entry("GET", f"/orders/{UUID}"))
    assert "reply" not in body(entry("GET", "/projects/17", reply={"id": 17}), entry("GET", "/projects/17/files"))


def test_identifiers_that_stay_are_told() -> None:
    made = imported(page("/"), entry("GET", "/projects/17"))
    assert "Identifiers as recorded, for which a feed may be better: /projects/17." in made.notes


def test_words_that_happen_to_be_equal_are_left_alone() -> None:
    assert "reply" not in body(entry("GET", "/me", reply={"role": "reviewer"}), entry("GET", "/users?role=reviewer"))


def test_fields_of_a_page_are_read_out_of_it(tmp_path: Path) -> None:
    form = '<form><input type=hidden name=csrf value="a&amp;b-9876"/><input name=q><input name=csrf value=other></form>'
    post = {"mimeType": "application/x-www-form-urlencoded", "text": "csrf=a%26b-9876&q=1"}
    made = imported(page("/form", reply=form), entry("POST", "/form", post=post))
    assert 'csrf = field(reply.text, "csrf")' in made.text
    assert 'form={"csrf": csrf, "q": "1"}' in made.text
    scenario = tmp_path / "visit.py"
    scenario.write_text(made.text, encoding="utf-8")
    field = load_scenario(scenario).journeys[0].function.__globals__["field"]
    assert field(form, "csrf") == "a&b-9876"
    with pytest.raises(LookupError, match="the page has no field other"):
        field(form, "other")


def test_a_token_that_changes_with_each_page_keeps_its_name() -> None:
    def form(at: float, token: str) -> list[dict[str, object]]:
        text = f'<meta name="csrf-token" content="{token}">'
        return [page("/f", at=at, reply=text), entry("POST", "/f", at=at + 0.2, headers={"X-CSRF-Token": token})]

    said = body(*form(0, "aaaa1111"), *form(1, "bbbb2222"))
    assert said.count('csrf_token = field(reply.text, "csrf-token")') == 2
    assert "csrf_token_2" not in said


def test_a_cookie_that_is_sent_as_a_header_too_is_read_from_the_users_cookies() -> None:
    first = page("/", reply_headers={"Set-Cookie": "XSRF-TOKEN=a%3Db12345; Path=/"})
    said = body(first, entry("POST", "/x", headers={"X-XSRF-TOKEN": "a=b12345", "Cookie": "XSRF-TOKEN=a%3Db12345"}))
    assert 'headers={"X-XSRF-TOKEN": unquote(user.cookies.get("XSRF-TOKEN") or "")}' in said


def test_where_an_answer_leads_tells_the_new_identifier() -> None:
    created = entry("POST", "/orders", status=303, reply_headers={"Location": "/orders/17"})
    said = body(created, page("/orders/17", at=0.1), entry("GET", "/orders/17/lines", at=0.5))
    assert 'order_id = reply.url.rpartition("/")[2]' in said
    assert 'f"/orders/{order_id}/lines"' in said
    told = entry("POST", "/orders", status=201, reply_headers={"Location": "/orders/18"})
    assert 'order_id = reply.headers.get("location", "").rpartition("/")[2]' in body(told, entry("GET", "/orders/18"))


def test_what_an_answer_has_under_the_name_of_one_thing_is_not_looked_up_there() -> None:
    token = "q1w2e3r4t5y6u7i8"
    keyed = entry(
        "GET", "/all", reply={UUID: {"key": token}, "cdn.example.net": {"key": f"{token}9"}, "17": {"id": 44}}
    )
    asked = entry("GET", f"/x/{token}/{token}9/things/44")
    assert "reply" not in body(keyed, asked)


def test_a_tag_of_an_answer_is_sent_as_the_condition_of_a_change() -> None:
    read = entry("GET", "/notes/abc", reply_headers={"ETag": '"f1d3fafab498"'})
    change = entry("PATCH", "/notes/abc", headers={"If-Match": '"f1d3fafab498"'}, json_body={})
    said = body(read, change)
    assert 'e_tag = reply.headers.get("etag", "")' in said
    assert '"If-Match": e_tag' in said


def test_a_key_against_repetition_is_made_anew_for_each_request() -> None:
    made = imported(*(entry("POST", "/x", at=at, headers={"Idempotency-Key": f"{at}{UUID}"}) for at in (1, 2)))
    assert made.text.count('{"Idempotency-Key": str(uuid4())}') == 2
    assert "from uuid import uuid4\n" in made.text
    assert made.constants == ()


def test_what_is_never_sent_is_not_taken_out() -> None:
    set_by_script = {"Cookie": f"_ga={UUID}"}
    assert "reply" not in body(entry("GET", "/a", reply={"id": UUID}), entry("GET", "/b", headers=set_by_script))


def test_a_token_in_a_script_or_a_link_of_a_page_is_read_from_between_its_neighbours(tmp_path: Path) -> None:
    script = '<script>var s = {"old":"1", "key":"q1w2e3r4t5y6u7i8"};</script>'
    text = f'<a href="/x">1</a>\n{script}<a href="/orders/{UUID}">'
    used = entry("GET", f"/orders/{UUID}", headers={"X-Key": "q1w2e3r4t5y6u7i8"})
    made = imported(page("/", reply=text), used)
    assert """key = between(reply.text, 'key":"', '"')""" in made.text
    assert """orders = between(reply.text, "orders/", '"')""" in made.text
    assert 'f"/orders/{orders}"' in made.text
    scenario = tmp_path / "visit.py"
    scenario.write_text(made.text, encoding="utf-8")
    between = load_scenario(scenario).journeys[0].function.__globals__["between"]
    assert between(text, "orders/", '"') == UUID
    with pytest.raises(LookupError, match="nothing between 'x' and 'y'"):
        between("x", "x", "y")


def test_the_number_of_a_page_is_no_identifier() -> None:
    listed = entry("GET", "/orders", reply={"content": [], "number": 2})
    assert "reply" not in body(listed, entry("GET", "/orders/2"))
