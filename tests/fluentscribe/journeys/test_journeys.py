"""Every journey over HTTP, on a platform that is served for real: nothing goes wrong that is not meant to."""

import re
from pathlib import Path

import pytest

from fluentscribe.database.migrating import APP
from fluentscribe.journeys.web.making import new_key
from fluentscribe.journeys.web.team import address_of, addresses, is_ready
from fluentscribe.journeys.web.waiting import pause_of
from plimsoll.embedded import PostgresServer
from plimsoll.load.language.scenario import load_scenario
from plimsoll.settings.loading import load_settings
from tests.fluentscribe.api.service import Platform, as_role
from tests.system.harness import OK, Project

ROOT = Path(__file__).parents[3]
GUIDE = ROOT / "docs" / "guides" / "fluentscribe-load.md"
SCENARIOS = ROOT / "src" / "fluentscribe" / "scenarios"

# Each journey once, in the order of the files, by people who think little; then, in the same run, one on the database.
EVERYTHING = """
from fluentscribe.journeys import acting, reading
from fluentscribe.journeys.web import lasting, making, mistaking, people as logged_in
from fluentscribe.database.migrating import APP
from fluentscribe.journeys.web.making import new_key
from fluentscribe.journeys.web.team import addresses, form_team
from fluentscribe.scenarios import desk, office, platform
from plimsoll import feed, journey, start

logged_in.THINK_S = mistaking.LOOKING_S = (0, 0.002)
making.ASK_S = (0.02, 0.1)
lasting.READING_S, lasting.SEGMENTS, lasting.UNITS = (0.01, 0.05), (3, 3), (600,)
people, known, chances = feed.values(addresses()), feed.sql(acting.PEOPLE), feed.generate(acting.itself)
JOURNEYS = [getattr(file, name) for file in (platform, desk, office) for name in file.__all__ if name != "enter"]

@start
async def enter(user):
    await form_team(user, people, chances)

@journey
async def everything(user):
    for made in JOURNEYS:
        await made(user)
    await acting.log_in(user, known, chances)
    await reading.read_segments(user)
"""


def test_each_journey_is_made_by_several_people_at_once_without_an_error(
    platform: Platform, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    project = Project(tmp_path, postgres_server, "postgres", environ={"FLUENTSCRIBE_PEOPLE": "2"})
    scenario = project.write("everything.py", EVERYTHING)
    project.environ["APP_DSN"] = as_role(platform.dsn, APP)
    where = ("--url", f"http://{platform.host}:{platform.port}", "--dsn", "env:APP_DSN")
    summary = project.plimsoll("run", scenario, *where, "--json", "--iterations", 2, "--users", 2).assert_ended(OK)
    assert {step["name"]: step["error_classes"] for step in summary["steps"] if step["errors"]} == {}
    assert [(one["count"], one["errors"]) for one in summary["journeys"]] == [(2, 0)]
    made = {step["name"] for step in summary["steps"]}
    assert {
        "page of segments",
        "refresh tokens",
        "mend segment, too late, once more",
        "decide review, too late",
        "from upload to findings",
    } <= made
    assert decided(platform)
    assert platform.sql("SELECT count(DISTINCT ip) FROM login_attempts WHERE ip << '198.18.0.0/15'")[0][0] == 2
    assert platform.sql("SELECT count(*) FROM qa_errors WHERE origin = 'auto'")[0][0] > 20


def decided(platform: Platform) -> bool:
    """Whether sessions went the whole way: scored, and decided by somebody who is not their author."""
    query = """
        SELECT count(*) FROM qa_sessions s JOIN reviews r ON r.session_id = s.id AND r.reviewer_id <> s.created_by
        WHERE s.status IN ('approved', 'rejected') AND r.verdict::text = s.status AND s.score IS NOT NULL
    """
    return int(platform.sql(query)[0][0]) >= 2


def test_what_the_platform_remembers_is_new_in_every_run() -> None:
    """A seed draws the same load again, but its keys would get the answers of the run before."""
    assert new_key() != new_key()


def weights(scenario: str) -> dict[str, float]:
    return {one.name: one.weight for one in load_scenario(SCENARIOS / scenario).journeys}


def test_the_shares_of_a_days_work_are_a_hundred() -> None:
    assert sum(weights("platform.py").values()) == 100


def test_half_of_the_mixed_journeys_are_those_of_the_platform_and_half_those_of_its_database() -> None:
    nightly = {"back_up", "clean_up", "nightly_report"}
    database = {name: weight for name, weight in weights("database.py").items() if name not in nightly}
    assert weights("mixed.py") == {**weights("platform.py"), **database}
    assert sum(database.values()) == 100


def test_the_guide_tells_every_journey_with_its_share() -> None:
    rows = re.findall(r"^\| (`[a-z_`, ]+) \| ([0-9, ]*) \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    told = {
        name.strip("`"): float(share)
        for names, shares in rows
        for name, share in zip(names.split(", "), shares.split(", "), strict=False)
        if share.strip()
    }
    assert told == weights("platform.py")
    assert all(f"`{name}`" in GUIDE.read_text(encoding="utf-8") for name in weights("desk.py"))


def test_the_profiles_for_the_api_are_settings() -> None:
    settings = load_settings(SCENARIOS / "web.toml")
    assert set(settings.profiles) == {"smoke", "steady", "stress", "peak", "soak"}
    assert set(settings.environments) == {"web", "mixed"}


@pytest.mark.parametrize(("said", "pause"), [("2", 2.0), ("900", None), ("soon", None), (None, None)])
def test_people_wait_as_long_as_they_are_told_unless_that_is_too_long(said: str | None, pause: float | None) -> None:
    assert pause_of({} if said is None else {"retry-after": said}) == pause


def test_everybody_of_the_data_set_is_known_by_address() -> None:
    assert addresses({})[::99] == ["user1@example.com", "user100@example.com"]
    assert len(addresses({"FLUENTSCRIBE_PEOPLE": "1000"})) == 1000


def test_users_come_from_addresses_of_their_own_in_the_range_for_load_tests() -> None:
    assert len({address_of(number) for number in range(3_000)}) == 3_000
    assert {address_of(number).rpartition(".")[0] for number in (1, 131_071)} == {"198.18.0", "198.19.255"}


def test_another_server_is_not_taken_for_the_platform() -> None:
    assert is_ready(200, '{"status": "ok"}')
    for status, text in [(404, '{"status": "ok"}'), (200, "<html>"), (200, "[]"), (200, '{"status": "starting"}')]:
        assert not is_ready(status, text)
