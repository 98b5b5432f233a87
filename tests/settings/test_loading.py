"""plimsoll.toml is read whole, or refused with the place and the nearest right word."""

from pathlib import Path

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.core.profile import Stage
from plimsoll.settings.environment import EMBEDDED
from plimsoll.settings.loading import load_settings, parse_settings
from plimsoll.settings.masking import Secret

WHOLE = """\
[environments.dev]
database = "embedded"
url = "http://127.0.0.1:8000"
connections = 20

[environments.prod]
database = "env:PROD_DSN"
protected = true
max_users = 50
max_rate = 100
max_duration = "5m"
statement_timeout = "2s"
prepared = false

[profiles.stress]
executor = "ramping-users"
stages = [{users = 10, for = "30s"}, {users = 50, for = "30s", ramp = "10s"}]
goals = ["p95<1s", "rate>100/s"]
graceful_stop = "5s"
warmup = 2

[profiles.steady]
executor = "constant-rate"
stages = [{rate = 12.5, for = "1m"}]
arrivals = "even"
max_users = 7

[goals]
"step:look up account" = ["p99<50ms"]
"journey:workflow" = ["p95<3s"]

[abort]
when = ["errors>50% for 10s"]
"""


def complaint(text: str) -> UsageError:
    with pytest.raises(UsageError) as raised:
        parse_settings(text)
    return raised.value


def test_environments_are_read() -> None:
    settings = parse_settings(WHOLE)
    dev, prod = settings.environment("dev"), settings.environment("prod")
    assert (dev.is_embedded, dev.url, dev.connections, dev.protected) == (True, "http://127.0.0.1:8000", 20, False)
    assert (prod.variable, prod.protected, prod.max_users, prod.max_rate) == ("PROD_DSN", True, 50, 100)
    assert (prod.max_duration_s, prod.statement_timeout_s, prod.prepared) == (300, 2, False)
    assert (prod.connections, dev.statement_timeout_s, dev.prepared, dev.max_users) == ("per-user", 30, None, None)


def test_profiles_are_read() -> None:
    settings = parse_settings(WHOLE)
    stress, steady = settings.profile("stress"), settings.profile("steady")
    assert (stress.executor, stress.stages) == ("ramping-users", (Stage(10, 30), Stage(50, 30, 10)))
    assert (stress.graceful_stop_s, stress.warmup_s) == (5, 2)
    assert (steady.stages, steady.arrivals, steady.max_users) == ((Stage(12.5, 60),), "even", 7)


def test_goals_and_abort_conditions_are_read() -> None:
    settings = parse_settings(WHOLE)
    assert [(goal.scope, goal.expression) for goal in settings.goals_for("stress")] == [
        ("total", "p95<1s"),
        ("total", "rate>100/s"),
        ("step:look up account", "p99<50ms"),
        ("journey:workflow", "p95<3s"),
    ]
    assert settings.goals == settings.goals_for("steady") == settings.goals_for()
    assert [(condition.metric.subject, condition.window_s) for condition in settings.abort] == [("errors", 10)]


def test_without_a_file_there_is_an_embedded_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings.environment().is_embedded
    assert settings.environment(EMBEDDED).is_embedded
    assert (settings.goals, settings.abort, dict(settings.profiles)) == ((), (), {})


def test_the_file_of_the_directory_is_read_unless_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plimsoll.toml").write_text('[environments.here]\ndatabase = "embedded"\n')
    Path("other.toml").write_text('[environments.there]\ndatabase = "embedded"\n')
    assert load_settings().environment().name == "here"
    assert load_settings(Path("other.toml")).environment().name == "there"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml.*No such file"):
        load_settings(tmp_path / "nowhere.toml")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plimsoll.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="not UTF-8"):
        load_settings(tmp_path / "plimsoll.toml")


def test_a_single_unprotected_environment_needs_no_naming() -> None:
    assert parse_settings(WHOLE).environment().name == "dev"


def test_several_environments_need_naming() -> None:
    settings = parse_settings('[environments.a]\ndatabase = "embedded"\n[environments.b]\ndatabase = "embedded"\n')
    with pytest.raises(UsageError, match=r"which environment.*a, b"):
        settings.environment()


@pytest.mark.parametrize(("kind", "wrong", "right"), [("environment", "prd", "prod"), ("profile", "stres", "stress")])
def test_an_unknown_name_is_answered_with_the_nearest_right_one(kind: str, wrong: str, right: str) -> None:
    with pytest.raises(UsageError, match=f"unknown {kind} '{wrong}'.*plimsoll.toml") as raised:
        getattr(parse_settings(WHOLE), kind)(wrong)
    assert raised.value.remedy == f"did you mean '{right}'?"


@pytest.mark.parametrize(
    ("text", "place", "remedy"),
    [
        ("[enviroments.dev]\n", "line 1, [enviroments]", "did you mean 'environments'?"),
        (
            '[environments.dev]\ndatabase = "embedded"\n\nmax_user = 5\n',
            "line 4, [environments.dev] max_user",
            "max_users",
        ),
        ("[serve.shop]\nwerkers = 2\n", "line 2, [serve.shop] werkers", "workers"),
        ('[profiles.p]\nexecutor = "iterations"\niteration = 5\n', "line 3, [profiles.p] iteration", "iterations"),
        (
            '[profiles.p]\nexecutor = "constant-users"\nstages = [\n  {users = 1, for = "1s"},\n  {user = 1}]\n',
            "line 5, [profiles.p] stages, item 2 user",
            "did you mean 'users'?",
        ),
        ('[abort]\n# when\nwen = ["errors>1%"]\n', "line 3, [abort] wen", "did you mean 'when'?"),
        ("environments.dev.protectd = true\n", "line 1, [environments.dev] protectd", "did you mean 'protected'?"),
    ],
)
def test_an_unknown_key_is_answered_with_line_and_the_nearest_right_one(text: str, place: str, remedy: str) -> None:
    error = complaint(text)
    assert error.where == f"plimsoll.toml, {place}"
    assert remedy in error.remedy


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ('[environments.dev]\nmax_users = "many"\n', "line 2, [environments.dev] max_users", "a whole number"),
        ('[serve.shop]\ndrain = "soon"\n', "line 2, [serve.shop] drain", "soon"),
        ('[serve.shop]\nmemory = "much"\n', "line 2, [serve.shop] memory", "much"),
        ('[serve.s]\napplication = "a:b"\ncommand = ["x"]\n', "line 1, [serve.s]", "application or command, not both"),
        ("[environments.dev]\ndatabase = 5\n", "line 2, [environments.dev] database", "text in quotes"),
        ('[environments.dev]\nprotected = "yes"\n', "line 2, [environments.dev] protected", "true or false"),
        ('[goals]\ntotal = "p95<1s"\n', "line 2, [goals] total", "a list in brackets"),
        ("[environments.dev]\nmax_users = 0\n", "line 2, [environments.dev] max_users", "greater than 0"),
        ("[environments.dev]\nmax_rate = -1\n", "line 2, [environments.dev] max_rate", "greater than 0"),
        ('[environments.dev]\nmax_duration = "5 parsecs"\n', "line 2, [environments.dev] max_duration", "5 parsecs"),
        ('[environments.dev]\nconnections = "pool"\n', "line 2, [environments.dev] connections", "per-user"),
        ('[profiles.p]\nexecutor = "constant-user"\n', "line 2, [profiles.p] executor", "constant-users"),
        ('[profiles.p]\nexecutor = "constant-users"\n', "line 1, [profiles.p]", "no stages"),
        ("[profiles.p]\nstages = []\n", "line 1, [profiles.p]", ""),
        ('[goals]\ntotal = ["errors<1%", "p95<<1s"]\n', "line 2, [goals] total, item 2", ""),
        ('[goals]\n\n"step:a b" = ["p95"]\n', "line 3, [goals] step:a b, item 1", ""),
        ('[abort]\nwhen = [\n "errors>1%",\n "erors>50%",\n]\n', "line 4, [abort] when, item 2", ""),
        (
            '[profiles.baseline]\nexecutor = "iterations"\niterations = 1\n',
            "line 1, [profiles.baseline]",
            "run to compare",
        ),
        (
            '[profiles.p]\nexecutor = "constant-rate"\nstages = [{users = 5, for = "1s"}]\n',
            "line 3, [profiles.p] stages, item 1",
            "",
        ),
    ],
)
def test_a_wrong_value_is_placed(text: str, place: str, why: str) -> None:
    error = complaint(text)
    assert error.where.startswith(f"plimsoll.toml, {place}")
    assert why in error.why


def test_a_key_that_no_profile_has_is_answered_with_a_profile() -> None:
    with pytest.raises(UsageError) as error:
        parse_settings('[profiles.x]\nexecutor = "constant-users"\nxyz = 3\n')
    assert error.value.remedy == 'write for example stages = [{users = 3, for = "62s"}]'


def test_invalid_toml_is_told_with_line_and_column() -> None:
    error = complaint("[environments.dev]\ndatabase = embedded\n")
    assert "line 2, column" in str(error)


def test_no_error_shows_a_dsn() -> None:
    dsn = "postgresql://app:Zq7secret@db/shop"
    for text in (
        f'[environments.dev]\ndatabase = ["{dsn}"]\n',
        f'[environments.dev]\ndatabase = "{dsn}\n',
        f'[environments.dev]\ndatabase = "{dsn}"\nmax_user = 1\n',
    ):
        error = complaint(text)
        assert "Zq7secret" not in f"{error} {error.remedy} {error!r}"
    assert "Zq7secret" not in repr(parse_settings(f'[environments.dev]\ndatabase = "{dsn}"\n'))


def test_the_value_of_a_variable_is_asked_for_at_use_only() -> None:
    prod = parse_settings(WHOLE).environment("prod")
    assert prod.dsn({"PROD_DSN": "postgresql://app@db/shop"}) == Secret("postgresql://app@db/shop")


def test_a_goal_without_brackets_is_answered_with_them() -> None:
    assert complaint('[goals]\ntotal = "p95<1s"\n').remedy == 'write ["p95<1s"]'


# -- shapes, and journeys of stages ------------------------------------------------------------------------------------

WORKDAY = '[profiles.day]\nshape = "workday"\npeak = 100\nfor = "8m"\n'


def test_a_shape_makes_the_stages_and_those_of_the_file_come_after_it() -> None:
    text = WORKDAY + 'stages = [{rate = 5, for = "2m", journeys = ["report", "back up"]}]'
    day = parse_settings(text).profile("day")
    assert (day.executor, day.peak_level, day.duration_s) == ("ramping-rate", 100, 600)
    assert [stage.ramp_s for stage in day.stages] == [60] * 8 + [0]
    assert day.stages[-1].journeys == (("report", None), ("back up", None))
    assert parse_settings(WORKDAY.replace("peak", "users")).profile("day").executor == "ramping-users"


def test_a_stage_may_give_journeys_weights_of_its_own() -> None:
    text = (
        '[profiles.p]\nexecutor = "constant-rate"\nstages = [{rate = 5, for = "2m", journeys = {a = 3, "b c" = 0.5}}]'
    )
    assert parse_settings(text).profile("p").stages[0].journeys == (("a", 3), ("b c", 0.5))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (WORKDAY.replace("peak = 100\n", ""), "either peak or users"),
        (WORKDAY + "users = 5", "either peak or users"),
        (WORKDAY.replace('for = "8m"', ""), "how long"),
        (WORKDAY + 'executor = "constant-rate"', "ramping-rate"),
        (WORKDAY.replace("workday", "weekend"), "workday"),
        ('[profiles.p]\nexecutor = "constant-users"\npeak = 5', "'peak' is for a shape"),
        (WORKDAY + "stages = [{users = 5, for = 3}]", "states rate"),
        (WORKDAY + "stages = [{rate = 5, for = 3, journeys = []}]", "a list of journeys"),
        (WORKDAY + 'stages = [{rate = 5, for = 3, journeys = "report"}]', "a list of journeys"),
        (WORKDAY + "stages = [{rate = 5, for = 3, journeys = {a = 0}}]", "above 0"),
    ],
)
def test_shapes_and_mixes_that_make_no_sense_are_refused(text: str, words: str) -> None:
    error = complaint(text)
    assert words in f"{error} {error.remedy}"
    assert "[profiles." in error.where


def test_another_files_environments_profiles_and_goals_take_the_place_of_ours() -> None:
    ours = parse_settings(
        """
        [environments.dev]
        database = "embedded"
        [environments.other]
        url = "http://127.0.0.1:1"
        [goals]
        total = ["p95<1s"]
        """
    )
    theirs = parse_settings('[environments.dev]\nurl = "http://127.0.0.1:2"\n', source="b.toml")
    both = ours.overlaid(theirs)
    assert both.environment("dev").url == "http://127.0.0.1:2"
    assert both.environment("dev").database is None
    assert both.environment("other").url == "http://127.0.0.1:1"
    assert both.goals == ours.goals
    assert both.source == "plimsoll.toml with b.toml"
