"""What the Scaling tab says, and the forms that tell a served application, which is a real one."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI

from plimsoll.core.scaling import FiguresStatus, Forecast, ReloadStatus, ScalingLimits
from plimsoll.core.series.key import SeriesKey
from plimsoll.server.analyses.queue import AnalysisQueue
from plimsoll.server.dashboard.charts import keys_of
from plimsoll.server.dashboard.panels import panels_of
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.scaling import SLOTS
from plimsoll.server.dashboard.scaling_forms import add_scaling_forms
from plimsoll.server.dashboard.scaling_served import settled
from plimsoll.server.doorkeeper import Doorkeeper
from plimsoll.server.guard import Guard
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.scaling_lines import verdict_of
from plimsoll.server.reading.source import Source
from plimsoll.server.security import make_access
from plimsoll.settings.monitor import MonitorSettings
from plimsoll.settings.settings import Settings
from plimsoll.workflows.watch import Watch, WatchRequest
from tests.monitor.scaling.made import BROKEN, KEPT, NOW, WOULD, loaded, row, status
from tests.scale.serving.test_control import controlled
from tests.server.asking import ADMIN, GUARDED, READ, asked, bearer

FULL = replace(KEPT, rule="machine", because="4 are asked for, and 93% of the machine's memory is in use")


def reading(*rows: Mapping[str, Any], **more: Any) -> Reading:
    silent = [{"served": "strange", "why": "it speaks otherwise"}]
    document = {"rows": list(rows), "ended": [{"served": "old", "at": NOW - 60}], "silent": silent}
    return Reading(NOW + 4, details={"scaling": (NOW + 4, document)}, **more)


def said(found: Reading, **place: str) -> str:
    here = settled(Place(tab="scaling", **place), found)
    return "".join(slot.say(found, here) for slot in SLOTS if slot.say is not None)


def test_who_is_well_tells_load_capacity_workers_decisions_and_what_they_rest_on() -> None:
    told = said(reading(row(status())))
    for words in (
        "3 workers of shop carry 120/s of the 150/s that they can",
        "80 % in use · 50/s a worker, learned",
        "of 3 wanted · 1 to 3 allowed",
        "30 of 40",
        "3 workers stay: it is enough",
        "1 → 3",
        "130/s are expected",
        "60,000 requests, 2 errors, 7 refused, 1 sent again",
        "others' are not measured".replace("'", "&#x27;"),
        "&lt;b&gt;KeyError",
        "admin_token",
    ):
        assert words in told, words
    assert WOULD[1:] not in told
    figures = FiguresStatus("http://watch/metrics", {}, "the machine's memory is <12 s> old")
    more = said(reading(row(status(reload=ReloadStatus(2, "under way", 1), figures=figures))))
    assert "under way, to generation 2; 1 worker of the code before is left" in more
    assert "is &lt;12 s&gt; old" in more
    opened = said(reading(row(status())), decision=f"{KEPT.at:.3f}")
    assert f"T{WOULD[1:]}" in opened
    assert "<dt>Waiting</dt><dd>12</dd>" in opened


def test_what_is_wrong_is_said_first_with_its_reason_and_what_to_do() -> None:
    def words(told: Mapping[str, Any]) -> tuple[str, str, str]:
        found = verdict_of(told)
        return found.standing, found.word, f"{found.sentence} {found.cause} {found.remedy}"

    for told, standing, word, part in (
        (row(BROKEN), "bad", "Broken", "nobody serves exit code 1"),
        (row(status(), gone="nobody listens"), "bad", "Gone", "nobody listens start the same plimsoll serve again"),
        (row(loaded(trouble="no answer")), "bad", "No balancer", "no answer"),
        (
            row(loaded(refused_per_s=20.0)),
            "bad",
            "Shedding",
            "Requests for shop are refused, 20/s of 120/s: of its workers 4 are asked for, and the maximum is 3",
        ),
        (
            row(loaded(queue=9)),
            "warning",
            "At its most",
            "of shop 4 are asked for, and the maximum is 3; 9 requests wait  allow",
        ),
        (
            row(replace(loaded(), decision=FULL)),
            "warning",
            "Short of memory",
            "93% of the machine's memory is in use  free",
        ),
        (row(status(paused=True)), "warning", "Paused", "3 workers stay, whatever the load"),
        (row(status(ready=0)), "warning", "Starting", "No worker of shop is ready yet"),
        (row(status(wanted=5)), "good", "Growing", "2 more are on the way"),
    ):
        found = words(told)
        assert found[:2] == (standing, word)
        assert part in found[2], found
    bound = loaded(refused_per_s=20.0)
    held = replace(bound, paused=True, decision=replace(KEPT, rule="load", wanted=5))
    assert "its scaling is paused, and the policy would have 5  resume it below" in words(row(held))[2]
    full = replace(bound, limits=ScalingLimits(1, 9, workers_connected=3), decision=replace(KEPT, rule="connections"))
    assert "more workers would exhaust them" in words(row(full))[2]
    assert "no &lt;settings&gt; found" in said(reading(row(BROKEN)))


def test_what_is_not_of_now_is_not_said_as_if_it_were() -> None:
    gone = said(reading(row(status(), gone="nobody listens")))
    assert "Not known since" in gone
    assert "120/s" not in gone
    lost = reading(row(status(), gone="nobody listens"))
    assert lost.lost_s("scaling_rate_per_s", "shop") == NOW  # charts say no number of now
    assert lost.lost_s("scaling_rate_per_s", "old") == NOW - 60
    assert reading(row(status())).lost_s("scaling_rate_per_s", "shop") is None
    assert "Not seen since" not in gone
    stale = said(replace(reading(row(status())), now_s=NOW + 600))
    assert "What is served here was not seen since" in stale
    assert "In flight" not in stale.replace('title="requests that it has in hand"', "").split("Workers")[0]
    unasked = said(reading(row(loaded(rate_per_s=None, in_flight=None))))
    assert "the balancer was not asked yet" in unasked
    assert "too little is known" in said(reading(row(status(forecast=Forecast(None, 1.0, False)))))
    assert "was not looked at yet" in said(Reading(NOW))


def test_where_nothing_is_served_it_is_said_with_what_was_and_how_one_serves() -> None:
    told = said(reading())
    assert "old was ended at" in told
    assert "strange does not answer: it speaks otherwise." in told
    assert "strange does not answer" in said(reading(row(status())))
    assert "plimsoll serve shop.main:app" in told


def test_of_several_the_worst_is_shown_and_its_charts_alone() -> None:
    other = {**row(BROKEN), "served": "blog"}
    found = reading(row(status()), other)
    here = settled(Place(tab="scaling"), found)
    assert here.served == "blog"
    assert "The workers of blog die" in said(found)
    assert "carry 120/s" in said(found, served="shop")
    away = said(reading(row(status())), served="old")
    assert "old is not served here" in away
    assert "served=shop" in away
    assert "120/s" not in away
    keys = [
        SeriesKey.of(name, served=one) for name in ("scaling_wanted_workers", "host_load1") for one in ("shop", "blog")
    ]
    assert keys_of(panels_of(here)[1], keys) == [SeriesKey.of("scaling_wanted_workers", served="blog")]
    assert len(keys_of(panels_of(Place(tab="scaling"))[1], keys)) == 2


def test_the_forms_tell_a_served_application_for_the_admin_alone(tmp_path: Path) -> None:
    serve = tmp_path / "serve"
    serve.mkdir()

    async def play() -> None:
        async with controlled(serve) as made:
            request = WatchRequest(Settings(monitor=MonitorSettings(store=None)), runs_root=tmp_path / "runs")
            source = Source(Watch(request, None), AnalysisQueue(Path("no-runs")))
            app = FastAPI()
            add_scaling_forms(app, source)
            app.add_middleware(Guard, keeper=Doorkeeper(make_access(GUARDED, {})), pages=True)

            async def sent(order: str, token: str = ADMIN, served: str = "app", **fields: str) -> tuple[int, str]:
                body = urlencode({"served": served, **fields}).encode()
                answer = await asked(app, f"/served/{order}", "POST", bearer(token), body)
                return answer.status, answer.headers.get("location") or answer.body.decode()

            assert (await sent("pause", READ))[0] == 403
            done = (303, "/?tab=scaling&served=app")
            assert await sent("pause") == done
            assert made.steering.paused
            assert await sent("resume") == done
            assert await sent("limits", workers_min="2", workers_max="2") == done
            assert (source.read().scaled or ())[1:] == ("app", "2 to 2 workers from now on")
            assert (await made.client.status()).limits.fixed
            assert await sent("as-started") == done
            assert await sent("balance", algorithm="round-robin") == done
            assert (await made.client.status()).balancer.algorithm == "round-robin"
            assert await sent("reload") == done
            for order, wrong, why in (
                ("limits", {"workers_min": "3", "workers_max": "1"}, "3 to 1"),
                ("limits", {"workers_min": "many"}, "no number of workers"),
                ("balance", {"algorithm": "chance"}, "chance"),
                ("fly", {}, "there is no order"),
                ("pause", {"served": "../app"}, "no name of a served application"),
                ("pause", {"served": "gone"}, "nobody serves gone here"),
            ):
                status_, told = await sent(order, **wrong)
                assert status_ == 422, order
                assert why in told, told

    asyncio.run(play())
