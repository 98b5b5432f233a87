"""What a recording's requests become."""

from typing import Any

import pytest

from plimsoll.core.errors import UsageError
from tests.load.importers.har.making import body, entry, imported, page


def test_requests_become_steps_in_the_order_in_which_they_began() -> None:
    late, early = entry("GET", "/b", at=0.2), page("/a", at=0.1)
    assert body(late, early) == 'await user.http("GET /a", "GET", "/a")\nawait user.http("GET /b", "GET", "/b")'


def test_a_pause_of_the_user_is_a_think_time_and_a_short_gap_is_none() -> None:
    said = body(page("/a"), entry("GET", "/b", at=0.3), page("/c", at=8.4))
    assert said.splitlines()[1:4] == ['await user.http("GET /b", "GET", "/b")', "await user.think(6, 10)", ""]
    assert said.count("think") == 1
    assert "think" not in body(page("/a"), page("/c", at=8.4), think=False)


def test_who_was_away_for_long_is_not_waited_for() -> None:
    made = imported(page("/a"), page("/b", at=3_600))
    assert "await user.think(45, 75)" in made.text
    assert "Pauses of more than 60 s shortened to that: 1." in made.notes


@pytest.mark.parametrize(
    ("left_out", "reason"),
    [
        (entry("GET", "/x", host="other.example.com"), "requests to other hosts"),
        (entry("GET", "/x", status=0), "requests without an answer (cancelled, blocked or failed)"),
        (entry("GET", "data:image/png;base64,AAAA"), "data: addresses, for which nobody is asked"),
        (entry("GET", "wss://shop.example.com/live", status=101), "WebSockets"),
        (
            entry("OPTIONS", "/x", headers={"Access-Control-Request-Method": "PUT"}),
            "questions of the browser's own before a cross-origin request (OPTIONS)",
        ),
        (entry("GET", "/x", kind="text/event-stream"), "event streams, which have no end"),
        (entry("GET", "/x", _fromCache="memory"), "answers out of the browser's cache"),
        ({"startedDateTime": "2025-03-04T09:00:00Z"}, "entries with no request in it"),
        ({"request": {"method": "GET", "url": "/no/host"}}, "entries with no full URL in it"),
        (page("/", at=0.123), "entries recorded twice"),
        (entry("CONNECT", "/"), "CONNECT requests to a proxy"),
        (entry("GET IT", "/"), "requests with a method that is none"),
    ],
)
def test_what_is_left_out_is_told_with_its_reason(left_out: dict[str, Any], reason: str) -> None:
    made = imported(page("/", at=0.123), left_out)
    assert made.left_out.counts() == {reason: 1}
    assert made.steps == 1
    assert made.notes[0] == f"Left out: {reason}: 1."


def test_a_recording_without_any_answer_is_taken_as_it_is() -> None:
    assert imported(entry("GET", "/a", status=0), entry("GET", "/b", status=0)).steps == 2


def test_the_host_is_that_of_the_first_page_and_others_are_counted() -> None:
    made = imported(entry("GET", "/t.gif", host="t.example.net", kind="image/gif"), page("/"), entry("GET", "/x"))
    assert made.chosen == ("shop.example.com",)
    assert made.hosts == {"shop.example.com": 2, "t.example.net": 1}


def test_a_frame_of_another_host_is_no_first_page() -> None:
    frame = page("/ad", host="ads.example.net", headers={"Sec-Fetch-Dest": "iframe"})
    assert imported(frame, page("/", at=1)).chosen == ("shop.example.com",)


def test_several_hosts_can_be_wanted_by_name_or_address() -> None:
    entries = [page("/"), entry("GET", "/v1", host="api.example.com:8443"), entry("GET", "/x", host="cdn.example.com")]
    assert imported(*entries, hosts=["shop.example.com", "https://api.example.com:8443/"]).steps == 2
    assert imported(*entries, hosts=["api.example.com"]).steps == 1
    with pytest.raises(UsageError, match=r"no request to elsewhere\.example .*: it asks shop\.example\.com"):
        imported(*entries, hosts=["elsewhere.example"])


def test_a_chain_of_redirects_is_one_step_with_the_last_answer() -> None:
    login = entry("POST", "/login", status=303, reply_headers={"Location": "/home?welcome=1"})
    assert body(login, page("/home?welcome=1", at=0.1, status=404)) == (
        'await user.http("POST /login", "POST", "/login", expect=404)'
    )


def test_a_redirect_to_another_host_is_not_followed() -> None:
    leave = entry("GET", "/leave", status=302, reply_headers={"location": "https://bank.example.net/pay"})
    assert 'await user.http("GET /leave", "GET", "/leave", redirects=False)' in body(page("/"), leave)


def test_a_post_that_is_repeated_by_308_stays_a_post() -> None:
    moved = entry("POST", "/old", status=308, reply_headers={"location": "/new"})
    assert body(moved, entry("POST", "/new", at=0.1)) == 'await user.http("POST /old", "POST", "/old")'
    assert body(moved, entry("GET", "/new", at=0.1)).count("await") == 2


def test_a_redirect_that_nobody_followed_is_not_followed() -> None:
    made = imported(entry("POST", "/login", status=303, reply_headers={"Location": "/home"}), entry("GET", "/x"))
    assert 'await user.http("POST /login", "POST", "/login", redirects=False)' in made.text
    assert "Redirects that led to other hosts, or that nobody followed (redirects=False): 1." in made.notes


def test_a_recorded_refusal_is_what_is_expected_and_a_servers_error_is_not() -> None:
    made = imported(page("/"), entry("GET", "/no", status=404), entry("GET", "/broken", status=500))
    assert 'await user.http("GET /no", "GET", "/no", expect=404)' in made.text
    assert 'await user.http("GET /broken", "GET", "/broken")' in made.text
    assert "Answered with a server's error when recorded, which fails a step: GET /broken." in made.notes


def test_static_files_are_a_journey_of_their_own_or_none() -> None:
    entries = [
        page("/"),
        entry("GET", "/app.css", kind="text/css"),
        entry("GET", "/app.css", kind="text/css", at=1),
        entry("GET", "/logo", kind="image/svg+xml"),
        entry("GET", "/gone.png", kind="text/html", status=404),
        entry("GET", "/app.js?v=2", kind=""),
    ]
    made = imported(*entries)
    assert (made.steps, made.static) == (1, 3)
    assert (
        'STATIC = (\n    ("style", "/app.css"),\n    ("image", "/logo"),\n    ("script", "/app.js?v=2"),\n)'
        in made.text
    )
    assert made.left_out.counts() == {"static files asked for again": 1, "static files that were not there": 1}
    without = imported(*entries, assets="none")
    assert "STATIC" not in without.text
    assert without.left_out.counts()["static files (--assets none)"] == 3


def test_a_script_that_answers_a_question_is_no_static_file() -> None:
    assert imported(page("/"), entry("GET", "/find?q=a&callback=f1", kind="text/javascript")).static == 0


def test_steps_are_named_alike_whatever_thing_they_are_about() -> None:
    said = body(
        page("/"),
        entry("GET", "/orders/17/lines/3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
        entry("GET", "/orders/18/lines/9a0c04e0-4f89-11d3-9a0c-0305e82c3302"),
    )
    assert said.count('"GET /orders/{id}/lines/{id}"') == 2


def test_what_is_asked_of_one_address_for_everything_is_named_by_its_operation() -> None:
    query = {"query": "query Basket { basket { id } }", "variables": {}}
    assert '"POST /graphql Basket"' in body(entry("POST", "/graphql", json_body=query))
    call = {"jsonrpc": "2.0", "method": "basket.list", "id": 1}
    assert '"POST /rpc basket.list"' in body(entry("POST", "/rpc", json_body=call))


def test_the_same_request_again_and_again_is_a_loop() -> None:
    polls = [entry("GET", "/jobs/7", at=at) for at in (1.0, 3.1, 5.2, 7.3)]
    assert body(page("/"), *polls).splitlines()[-4:] == [
        "for again in range(4):",
        "    if again:",
        "        await user.think(1.5, 2.5)",
        '    await user.http("GET /jobs/{id}", "GET", "/jobs/7")',
    ]


def test_queries_are_mappings_or_pairs_where_their_order_would_be_lost() -> None:
    assert body(page("/f?a=1&b=x+y&b=%C3%A9")) == (
        'await user.http("GET /f", "GET", "/f", params={"a": "1", "b": ["x y", "é"]})'
    )
    assert 'params=[("a", "1"), ("b", "2"), ("a", "3")]' in body(page("/f?a=1&b=2&a=3"))
    assert body(page("/service?wsdl")) == 'await user.http("GET /service", "GET", "/service?wsdl")'


def test_requests_that_were_made_side_by_side_are_counted() -> None:
    made = imported(page("/", took=1), entry("GET", "/a", at=0.5), entry("GET", "/b", at=2))
    assert made.notes == ("Requests made while another was under way, here one after the other: 1.",)


def test_the_file_imports_what_it_names_and_not_what_its_texts_say() -> None:
    assert "from plimsoll import journey\n" in imported(page("/start?feed=setup")).text


def test_titles_of_pages_stand_before_their_first_steps() -> None:
    pages = [{"id": "p1", "title": "Basket"}, {"id": "p2", "title": "https://shop.example.com/pay"}]
    said = body(page("/", pageref="p1"), page("/pay", at=2, pageref="p2"), log={"pages": pages})
    assert said.startswith("# Basket\nawait")
    assert said.count("#") == 1


def test_a_recording_of_nothing_is_refused_with_what_it_holds() -> None:
    with pytest.raises(UsageError, match=r"nothing to import .*: no HTTP request is in it"):
        imported(entry("GET", "wss://shop.example.com/live"))
    with pytest.raises(UsageError, match=r"nothing to import .*: event streams, which have no end: 1"):
        imported(entry("GET", "/x", kind="text/event-stream"))


def test_a_moment_against_caches_is_that_of_the_run() -> None:
    now, long_ago = "1741078800123", "1641078800123"
    made = imported(entry("GET", f"/x?_={now}&t={long_ago}&order={now}"))
    assert f'params={{"_": int(time() * 1_000), "t": "{long_ago}", "order": "{now}"}}' in made.text
    assert "from time import time\n" in made.text


def test_an_address_without_a_scheme_names_no_host_in_the_scenario() -> None:
    made = imported(
        page("/"), entry("GET", "secret.example.net:443//x://"), entry("CONNECT", "shop.example.com:443//://")
    )
    assert "secret" not in made.text
    assert made.left_out.counts() == {
        "addresses that are none of HTTP, for which nobody is asked": 1,
        "CONNECT requests to a proxy": 1,
    }


def test_a_name_and_password_in_an_address_are_basic_authorization() -> None:
    made = imported(entry("GET", "https://ann:s3cret-word@shop.example.com/x"))
    assert "user.authorize(basic=(BASIC_USER, BASIC_PASSWORD))" in made.text or "basic=(BASIC_USER" in made.text
    assert "s3cret-word" not in made.text


def test_who_waited_for_a_state_waits_for_it_again() -> None:
    states = ("queued", "running", "done")
    polls = [entry("GET", "/jobs/7", at=1.3 * at, reply={"job": {"status": state}}) for at, state in enumerate(states)]
    assert body(*polls).splitlines() == [
        "for _ in range(20):",
        '    reply = await user.http("GET /jobs/{id}", "GET", "/jobs/7")',
        '    if reply.json()["job"].get("status") == "done":',
        "        break",
        "    await user.think(0.9, 1.5)",
    ]


def test_who_looked_once_more_looks_once_more() -> None:
    states = ("queued", "queued", "done", "done")
    polls = [entry("GET", "/jobs/7", at=at, reply={"status": state}) for at, state in enumerate(states)]
    said = body(*polls)
    assert said.count("for _ in range(20):") == 1
    assert said.splitlines()[-1] == 'await user.http("GET /jobs/{id}", "GET", "/jobs/7")'


def test_what_came_with_the_state_is_taken_out_after_the_waiting() -> None:
    waiting = entry("GET", "/jobs/7", reply={"ready": False})
    ready = entry("GET", "/jobs/7", at=0.2, reply={"ready": True, "file_id": 44})
    said = body(waiting, ready, entry("GET", "/files/44", at=1)).splitlines()
    assert said[2:6] == [
        '    if reply.json().get("ready"):',
        "        break",
        "    await user.think(0.1, 0.1)",
        'file_id = reply.json()["file_id"]',
    ]


def test_the_same_answer_again_is_no_waiting() -> None:
    same = [entry("GET", "/jobs/7", at=at, reply={"status": "open"}) for at in (0, 1)]
    assert "for" not in body(*same)
