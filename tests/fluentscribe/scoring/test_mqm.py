"""The score: its formula, its properties, what the database reckons of it, and what a profile may say."""

import asyncio
from decimal import Decimal

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluentscribe.scoring.intervals import poisson_limits
from fluentscribe.scoring.mqm import WORDS_MIN, Assessment, Errors, as_json, assess
from fluentscribe.scoring.profile import DIMENSIONS, SEVERITIES, Calibration, Profile, ProfileError, read_profile

PASS = Decimal(95)
PLAIN = Profile()
errors = st.lists(
    st.builds(
        Errors,
        st.sampled_from(DIMENSIONS),
        st.sampled_from(["number", "space"]),
        st.sampled_from(SEVERITIES),
        st.sampled_from(["open", "confirmed", "dismissed"]),
        st.integers(0, 50),
    ),
    max_size=12,
)
words = st.integers(1, 20_000)
weights = st.decimals(0, 100, places=1)
profiles = st.builds(
    Profile,
    st.dictionaries(st.sampled_from(DIMENSIONS), weights),
    st.dictionaries(st.tuples(st.sampled_from(DIMENSIONS), st.just("number")), weights),
)


def confirmed(*severities: str) -> list[Errors]:
    return [Errors("accuracy", "number", s, "confirmed") for s in SEVERITIES for _ in range(severities.count(s))]


def score(found: list[Errors], ewc: int = 1_000, profile: Profile = PLAIN) -> Assessment:
    return assess(found, ewc, profile, PASS)


def test_the_score_is_what_remains_of_a_hundred_after_the_penalties_per_word() -> None:
    made = score(confirmed("neutral", "minor", "minor", "major", "critical"))
    assert (made.apt, made.score, made.errors, made.passed) == (Decimal(32), Decimal("96.80"), 5, True)
    assert score(confirmed("critical", "critical", "minor")).passed is False
    assert score(confirmed("critical"), ewc=10).score == -150


def test_types_weigh_what_the_profile_says_else_what_their_dimension_does() -> None:
    profile = read_profile({"accuracy": {"weight": 3, "types": {"number": 1.5}}, "style": 0.5})
    found = [
        Errors("accuracy", "number", "major", "confirmed", 2),
        Errors("accuracy", "omission", "minor", "confirmed"),
        Errors("style", "awkward", "minor", "confirmed"),
        Errors("locale", "date", "minor", "confirmed"),
    ]
    made = score(found, profile=profile)
    assert made.apt == Decimal("19.50")
    assert as_json(made) == {
        "accuracy": 18.0,
        "style": 0.5,
        "locale": 1.0,
        "types": {"accuracy/number": 15.0, "accuracy/omission": 3.0, "locale/date": 1.0, "style/awkward": 0.5},
        "severities": {"major": 15.0, "minor": 4.5},
    }


def test_acceptable_penalties_give_just_the_threshold_of_the_calibrated_score() -> None:
    profile = Profile(calibration=Calibration(Decimal(20)))
    assert score(confirmed(*["major"] * 4), 1_000, profile).calibrated == PASS
    assert score(confirmed(*["major"] * 4), 2_000, profile).calibrated == Decimal("97.50")
    assert score([], 1_000, profile).calibrated == 100
    other = Profile(calibration=Calibration(Decimal(10), 500, Decimal(10), Decimal(7)))
    assert score(confirmed("major"), 500, other).calibrated == Decimal("8.50")


@settings(max_examples=30, deadline=None)
@given(errors, words, profiles)
def test_only_confirmed_errors_count(found: list[Errors], ewc: int, profile: Profile) -> None:
    assert score(found, ewc, profile) == score([e for e in found if e.status == "confirmed"], ewc, profile)


@settings(max_examples=30, deadline=None)
@given(errors, words, profiles)
def test_an_error_more_never_makes_a_better_score(found: list[Errors], ewc: int, profile: Profile) -> None:
    more = score([*found, Errors("style", "space", "minor", "confirmed")], ewc, profile)
    less = score(found, ewc, profile)
    assert more.score <= less.score <= 100
    assert more.apt >= less.apt


@settings(max_examples=30, deadline=None)
@given(errors, words, profiles)
def test_every_breakdown_sums_to_the_total(found: list[Errors], ewc: int, profile: Profile) -> None:
    made = score(found, ewc, profile)
    for part in (made.breakdown.dimensions, made.breakdown.types, made.breakdown.severities):
        assert sum(part.values()) == made.apt


@settings(max_examples=30, deadline=None)
@given(errors, words, profiles)
def test_few_words_give_an_interval_around_the_score_and_many_a_verdict(
    found: list[Errors], ewc: int, profile: Profile
) -> None:
    made = score(found, ewc, profile)
    assert (made.interval is None) == (made.passed is not None) == (ewc >= WORDS_MIN)
    if made.interval is not None:
        worst, best = made.interval
        assert worst < made.score <= best <= 100


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 3.689), (1, 0.025, 5.572), (10, 4.795, 18.390), (100, 81.364, 121.627), (200, 173.24, 229.72)],
)
def test_limits_of_counts_are_those_of_the_tables(count: int, low: float, high: float) -> None:
    assert poisson_limits(count) == pytest.approx((low, high), abs=0.005)


@pytest.mark.parametrize(
    ("profile", "where"),
    [
        ({"fluency": 1}, "fluency"),
        ({"style": -1}, "style"),
        ({"style": True}, "style"),
        ({"style": float("nan")}, "style"),
        ({"style": {"weights": 1}}, "style.weights"),
        ({"style": {"types": {"": 1}}}, "style.types"),
        ({"style": {"types": {"space": "1"}}}, "style.types.space"),
        ({"multipliers": []}, "multipliers"),
        ({"multipliers": {"minor": 6}}, "multipliers"),
        ({"calibration": {}}, "calibration.penalties"),
        ({"calibration": {"penalties": 0}}, "calibration.penalties"),
        ({"calibration": {"penalties": 1, "words": 0.5}}, "calibration.words"),
        ({"calibration": {"penalties": 1, "threshold": 101}}, "calibration.threshold"),
        ({"checks": {"numbers": "off"}}, "checks.numbers"),
        ({"checks": {"number": "mild"}}, "checks.number"),
    ],
)
def test_a_profile_that_cannot_be_used_is_refused_with_the_place(profile: dict[str, object], where: str) -> None:
    with pytest.raises(ProfileError) as caught:
        read_profile(profile)
    assert caught.value.where == where


def test_profiles_of_the_data_sets_are_profiles() -> None:
    assert read_profile({"terminology": 1.5, "style": 0.5}).weight("terminology", "glossary") == Decimal("1.5")
    assert read_profile({}) == PLAIN


CASES = [(apt, ewc) for apt in ("0", "0.01", "2.5", "12.35", "99.99") for ewc in (1, 7, 3_000, 99_991)]


async def reckoned(dsn: str) -> list[Decimal]:
    """By the expression of the generated column."""
    connection = await asyncpg.connect(dsn)
    try:
        score = "SELECT round((1 - $1::numeric(12, 2) / $2::integer) * 100, 2)"
        return [await connection.fetchval(score, Decimal(apt), ewc) for apt, ewc in CASES]
    finally:
        await connection.close()


def test_the_database_reckons_the_same_score(database: str) -> None:
    one = [Errors("style", "awkward", "minor", "confirmed")]
    ours = [score(one, ewc, Profile({"style": Decimal(apt)})).score for apt, ewc in CASES]
    assert asyncio.run(reckoned(database)) == ours
