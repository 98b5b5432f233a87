"""Alerts with their store and real receivers of webhooks; the time is made up."""

import asyncio
import hashlib
import hmac
import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from plimsoll.core.errors import SeriesStoreError, UsageError
from plimsoll.core.observation import CollectorState, Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.alerts.alert import Override
from plimsoll.monitor.alerts.book import AlertBook
from plimsoll.monitor.alerts.courier import Courier
from plimsoll.monitor.alerts.outbox import GIVE_UP_S, Errand, Outbox, delay_s, failed
from plimsoll.monitor.alerts.places import Place, read_places
from plimsoll.monitor.alerts.store import AlertStore
from plimsoll.monitor.alerts.webhook import RefusedByHookError, post
from plimsoll.monitor.series.store import SeriesStore
from plimsoll.settings.alerts import Webhook
from plimsoll.settings.loading import parse_settings
from plimsoll.settings.masking import Secret
from plimsoll.workflows import alerts_file
from plimsoll.workflows.alerts import AlertDesk
from plimsoll.workflows.alerts_replay import replay

SECRET = "a secret of the tests"
NOTICE = {"id": "n1", "alerts": [], "left_out": 0}
RULE = '[alerts.rules.cpu]\nabove = 80\nclear = 70\nfor = "0s"\n'
CPU = SeriesKey("host_cpu_busy_percent")


@dataclass
class Receiver:
    """What was received, and what is answered, in turns; b"" closes, None says nothing."""

    answers: list[bytes | None]
    url: str = ""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if line)
        self.requests.append((headers, await reader.readexactly(int(headers["Content-Length"]))))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
        writer.close()


def status(code: int, more: str = "") -> bytes:
    return f"HTTP/1.1 {code} words\r\nContent-Length: 0\r\n{more}\r\n".encode()


@asynccontextmanager
async def receiver(*answers: bytes | None) -> AsyncIterator[Receiver]:
    receiving = Receiver(list(answers))
    server = await asyncio.start_server(receiving.serve, "127.0.0.1", 0)
    receiving.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?a=1"
    async with server:
        yield receiving


def place_of(url: str) -> dict[str, Place]:
    return {"webhook:pager": Place("webhook:pager", hook=Webhook("pager", Secret(url), Secret(SECRET)))}


class Clock:
    now_s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


def courier_of(url: str, errands: Sequence[Errand] = ()) -> tuple[Courier, Clock]:
    clock = Clock()
    return Courier(place_of(url), Outbox(errands), "db1", clock=clock, chance=Random(1)), clock


def test_a_webhook_gets_a_signed_document_and_is_tried_until_it_takes_it() -> None:
    async def go() -> None:
        async with receiver(status(500), b"", status(302, "Location: /x\r\n"), b"SSH-2.0\r\n", status(204)) as hook:
            courier, clock = courier_of(hook.url)
            courier.outbox.put(Errand("e1", "webhook:pager", clock.now_s, 0, NOTICE, next_at=clock.now_s))
            said = []
            for _ in range(5):
                courier.set_out(clock.now_s)
                await courier.settle()
                [errand] = courier.outbox.all()
                said.append(errand.why)
                courier.set_out(errand.next_at - 0.1)  # too early: nothing is tried
                clock.now_s = errand.next_at
            assert said == [
                "it answered 500",
                "it closed the connection without an answer",
                "it answered 302, a redirect, which is not followed",
                "its answer is not HTTP",
                "",
            ]
            assert (errand.state, errand.attempts, len(hook.requests)) == ("delivered", 5, 5)
            headers, body = hook.requests[-1]
            signed = f"{headers['X-Plimsoll-Timestamp']}.".encode() + body
            expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
            assert headers["X-Plimsoll-Signature"] == f"sha256={expected}"
            assert headers["X-Plimsoll-Id"] == "n1"
            assert json.loads(body) == NOTICE | {"watched": "db1"}
            assert int(headers["X-Plimsoll-Timestamp"]) > 1_800_000_000  # of the attempt, not of the notice

    asyncio.run(go())


def test_a_webhook_that_says_nothing_or_is_not_there_is_left_in_time() -> None:
    async def go() -> None:
        async with receiver(None) as hook:
            with pytest.raises(RefusedByHookError, match=r"no answer within 0\.05 s"):
                await post(hook.url, SECRET, NOTICE, 0, timeout_s=0.05)
        with pytest.raises(RefusedByHookError, match="it cannot be reached"):
            await post(hook.url, SECRET, NOTICE, 0)
        async with receiver(status(410)) as hook:
            courier, clock = courier_of(hook.url)
            courier.outbox.put(Errand("e1", "webhook:pager", clock.now_s, 0, NOTICE, next_at=clock.now_s))
            courier.set_out(clock.now_s)
            await courier.settle()
            assert [errand.state for errand in courier.outbox.all()] == ["failed"]

    asyncio.run(go())


def test_attempts_grow_apart_and_end_after_an_hour() -> None:
    chance = Random(1)
    delays = [delay_s(attempts, chance) for attempts in range(1, 9)]
    assert 3 < delays[0] < 7
    assert all(delay <= 800 for delay in delays)
    errand, now_s = Errand("e", "t", 0.0), 0.0
    while errand.state == "waiting":
        errand = failed(errand, now_s, "it answered 500", chance)
        assert errand.state == "failed" or errand.next_at > now_s
        now_s = errand.next_at
    assert now_s <= GIVE_UP_S
    assert 8 <= errand.attempts <= 20


class Watching:
    """A desk over a file, and what a collector sees; `killed` begins again without having closed anything."""

    def __init__(self, file: Path, url: str, toml: str = RULE) -> None:
        self.file, self.url, self.now_s = file, url, 1_800_000_000.0
        self.toml = toml
        self.begin()

    def begin(self) -> None:
        self.book = AlertBook(parse_settings(self.toml).alerts)
        self.desk = AlertDesk(self.book, AlertStore(self.file), place_of(self.url), "db1", lambda: self.now_s)

    killed = begin

    async def sees(self, *values: float) -> None:
        for value in values:
            self.now_s += 10
            self.book.observe(Observation("host", self.now_s, {CPU: value}))
            await self.ticks()

    async def ticks(self, times: int = 1) -> None:
        for _ in range(times):
            self.now_s += 2
            await self.desk.tick(self.now_s, {})
            await self.desk.courier.settle()

    def states(self) -> list[str]:
        return [alert.state for alert in self.book.active()]


def test_a_message_that_the_database_is_down_says_why_and_what_mends_it() -> None:
    async def go() -> None:
        clock, why = Clock(), "user 'watcher' could not log in: the password is wrong"
        book = AlertBook(parse_settings("").alerts)
        desk = AlertDesk(book, None, place_of("http://127.0.0.1:1/"), "db1", clock)
        lost = CollectorState("sessions", 10.0, "lost", clock(), None, why, remedy="correct the password")
        for _ in range(40):
            clock.now_s += 2
            book.observe(Observation("sessions", clock(), {SeriesKey("database_up"): 0.0}))
            await desk.tick(clock(), {"sessions": lost})
        (alert,) = book.deliveries()[0].notice["alerts"]
        assert (alert["summary"], alert["runbook"]) == (f"the database cannot be seen: {why}", "correct the password")
        await desk.close()

    asyncio.run(go())


def test_a_killed_watch_goes_on_with_its_alerts_and_tells_what_it_had_not(tmp_path: Path) -> None:
    async def go() -> None:
        async with receiver(status(503), status(200)) as hook:
            watching = Watching(tmp_path / "monitor.sqlite", hook.url)
            await watching.sees(90, 90)
            [alert] = watching.book.active()
            assert [errand.state for errand in watching.book.deliveries()] == ["waiting"]
            watching.killed()
            watching.now_s += 30
            await watching.ticks()
            assert [one.id for one in watching.book.active()] == [alert.id]
            assert [errand.state for errand in watching.book.deliveries()] == ["delivered"]
            assert hook.requests[0][0]["X-Plimsoll-Id"] == hook.requests[1][0]["X-Plimsoll-Id"]
            await watching.ticks(40)
            assert watching.states() == ["firing"]
            await watching.ticks(40)
            assert watching.states() == ["no-data"]
            watching.killed()
            await watching.sees(50)
            await watching.ticks(3)
            assert watching.states() == []
            told = [json.loads(body)["alerts"][0]["state"] for _, body in hook.requests]
            assert told == ["firing", "firing", "resolved"]
            kept = alerts_file.history(watching.file, 10, "cpu")
            assert [(one.id, one.state) for one in kept] == [(alert.id, "resolved")]
            await watching.desk.close()

    asyncio.run(go())


def test_a_rule_that_is_gone_or_has_other_severities_after_a_restart(tmp_path: Path) -> None:
    async def go() -> None:
        asked = '[alerts.rules.app]\nseries = "host_cpu_busy_percent"\nabove = 60\n'
        watching = Watching(tmp_path / "monitor.sqlite", "http://127.0.0.1:9/", RULE + asked)
        await watching.sees(90)
        assert len(watching.states()) == 2
        watching.toml = '[alerts.rules.cpu]\nabove = {warning = 80, critical = 85}\nfor = "0s"'
        watching.killed()
        assert [(alert.rule, alert.severity) for alert in watching.book.active()] == [("cpu", "warning")]
        assert watching.book.history()[0].note == "its rule is not there any more"
        await watching.sees(90)
        assert [alert.severity for alert in watching.book.active()] == ["critical"]
        await watching.desk.close()

    asyncio.run(go())


def test_what_another_process_silences_is_heeded_and_what_is_changed_outlasts_a_restart(tmp_path: Path) -> None:
    async def go() -> None:
        watching = Watching(tmp_path / "monitor.sqlite", "http://127.0.0.1:9/")
        made = alerts_file.silence(
            watching.file, "cpu", now_s=watching.now_s, for_s=900, author="me", reason="a planned test"
        )
        await watching.ticks(6)
        await watching.sees(90)
        assert [alert.silenced_by for alert in watching.book.active()] == [made.id]
        alerts_file.expire(watching.file, made.id, watching.now_s)
        await watching.ticks(6)
        assert [alert.silenced_by for alert in watching.book.active()] == [None]
        with pytest.raises(UsageError, match="there is no silence"):
            alerts_file.expire(watching.file, made.id, watching.now_s)
        watching.book.override(Override("cpu", enabled=False, author="me", at=watching.now_s))
        await watching.ticks(6)
        watching.killed()
        [rule] = [view for view in watching.book.rules() if view.name == "cpu"]
        assert (rule.enabled, rule.override is not None) == (False, True)
        await watching.desk.close()

    asyncio.run(go())


def test_alerts_share_the_file_of_series_and_are_judged_again_over_it(tmp_path: Path) -> None:
    file = tmp_path / "monitor.sqlite"
    AlertStore(file).close()
    store = SeriesStore(file)
    values = [50.0] * 30 + [90.0] * 30 + [50.0] * 30
    store.write([Observation("host", 1_800_000_000.0 + 10 * n, {CPU: value}) for n, value in enumerate(values)])
    store.close()
    settings = parse_settings(RULE.replace("0s", "1m")).alerts
    found = replay(settings, file, 1_799_999_000.0, 1_800_002_000.0)
    assert [(alert.rule, alert.started_at, alert.ended_at) for alert in found.alerts] == [
        ("cpu", 1_800_000_360.0, 1_800_000_600.0)
    ]
    assert (found.messages, found.series, found.points) == (2, 1, 90)
    assert replay(settings, file, 1_799_999_000.0, 1_800_002_000.0, "memory").alerts == []
    assert [alert.state for alert in alerts_file.history(file, 10)] == []


def test_history_and_alerts_at_a_time_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def go() -> None:
        monkeypatch.setattr("plimsoll.monitor.alerts.store.HISTORY_MAX", 5)
        monkeypatch.setattr("plimsoll.monitor.alerts.docket.ACTIVE_MAX", 3)
        watching = Watching(tmp_path / "monitor.sqlite", "http://127.0.0.1:9/")
        for _ in range(10):
            await watching.sees(90, 50)
        assert len(alerts_file.history(watching.file, 100)) == 5
        disks = {SeriesKey.of("host_filesystem_used_percent", mount=f"/{n}"): 99.0 for n in range(5)}
        watching.book.observe(Observation("host", watching.now_s, disks))
        assert (len(watching.book.active()), watching.book.refused) == (3, 2)
        watching.now_s += 91 * 86_400
        await watching.sees(90)
        assert "cpu" not in {alert.rule for alert in watching.book.active()}
        monkeypatch.setattr("plimsoll.monitor.alerts.docket.ACTIVE_MAX", 10)
        await watching.sees(90)
        assert len(alerts_file.history(watching.file, 100)) == 1
        await watching.desk.close()

    asyncio.run(go())


def test_chats_and_mail_are_told_in_words() -> None:
    async def go() -> None:
        async with receiver(status(200)) as hook:
            address = hook.url.replace("http://", "json://")
            places, _ = read_places(parse_settings(f'[alerts]\nnotify = "{address}"').alerts, {})
            book = AlertBook(parse_settings(RULE).alerts)
            book.observe(Observation("host", 1_800_000_000.0, {CPU: 90.0}))
            book.tick(1_800_000_000.0)
            book.tick(1_800_000_005.0)
            [notice] = book.changes.notices
            [place] = places.values()
            await place.send(notice.to_json(), "db1", 0)
            told = json.loads(hook.requests[0][1])
            assert told["title"] == "WARNING: cpu on db1"
            assert told["message"] == "WARNING: cpu: the CPU is 90 % busy; since 2027-01-15 08:00:00 UTC"

    asyncio.run(go())


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database, and long enough to be looked at as one" * 50)
    with pytest.raises(SeriesStoreError, match="cannot use the alerts"):
        AlertStore(file)
    other = tmp_path / "app.sqlite"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE customer (id)")
    before = other.read_bytes()
    with pytest.raises(SeriesStoreError, match="a database of something else, with a table 'customer'"):
        AlertStore(other)
    assert other.read_bytes() == before


def test_places_are_named_without_their_secrets_and_one_that_is_wrong_keeps_nobody_else_from_being_told() -> None:
    toml = """
    [alerts]
    notify = ["json://user:secret-word@127.0.0.1:9/x", "env:NOBODY"]
    [alerts.webhooks.pager]
    url = "env:PAGER_URL"
    secret = "env:PAGER_SECRET"
    [alerts.webhooks.plain]
    url = "env:PLAIN_URL"
    secret = "env:PAGER_SECRET"
    """
    environ = {"PAGER_URL": "https://hooks.example.org/a", "PAGER_SECRET": SECRET, "PLAIN_URL": "http://example.org/"}
    places, problems = read_places(parse_settings(toml).alerts, environ)
    assert [name.partition(":")[0] for name in places] == ["json", "webhook"]
    assert "secret-word" not in repr(places)
    assert SECRET not in repr(places)
    assert len(problems) == 2
    assert "http is for this machine only" in problems[1]
