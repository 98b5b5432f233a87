"""A second of load becomes series: what is known, under names that the catalogue has."""

from dataclasses import fields

from plimsoll.core.interval_point import load_point
from plimsoll.core.load_point import LoadPoint
from plimsoll.core.series.catalogue import CATALOGUE
from plimsoll.core.series.generator import generator_values
from tests.core.made_intervals import second


def test_what_is_known_has_a_value_and_what_is_not_has_none() -> None:
    values = {key.name: value for key, value in generator_values(load_point(second(3.0))).items()}
    assert values["generator_requests_per_s"] == 10.0
    assert values["generator_cpu_percent"] == 10.0
    assert "generator_target_users" not in values, "nothing was asked for"
    assert "generator_lag_ms_p99" not in values, "there were no arrivals"
    assert {CATALOGUE[name].layer for name in values} == {"generator"}


def test_every_figure_of_a_second_is_a_series() -> None:
    named = {field.name for field in fields(LoadPoint)} - {"start_s", "width_s", "warmup"}
    assert {f"generator_{name}" for name in named} == {name for name in CATALOGUE if name.startswith("generator_")}
