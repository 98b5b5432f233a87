"""Series on a grid of time, and as options of a chart."""

import re
from itertools import combinations
from math import dist
from pathlib import Path

from plimsoll.core.observation import Event
from plimsoll.core.series.catalogue import info_of
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.series.window import SeriesWindow
from plimsoll.monitor.alerts.book import AlertBook
from plimsoll.server.dashboard import charts
from plimsoll.server.dashboard.charts import Drawn, colours_of, drawn, keys_of, newest, option, summary
from plimsoll.server.dashboard.columns import columns
from plimsoll.server.dashboard.panels import PANELS, Panel, line
from plimsoll.server.reading.alert_lines import limits_of
from plimsoll.server.reading.reading import Limit

START, END = 1_800_000_000.0, 1_800_000_900.0


def window(key: SeriesKey, times: list[float], values: list[float], resolution_s: float = 0.0) -> SeriesWindow:
    return SeriesWindow(key, info_of(key.name), resolution_s, times, values, values, values)


def every(seconds: float, value: float = 1.0, key: SeriesKey | None = None) -> SeriesWindow:
    times = [START + step * seconds + 0.3 * (step % 2) for step in range(int(900 / seconds))]
    return window(key or SeriesKey.of("host_cpu_busy_percent"), times, [value] * len(times))


def one(panel: Panel, *windows: SeriesWindow) -> Drawn:
    found = drawn(panel, windows, START, END)
    assert found is not None
    return found


CPU = Panel("cpu", "CPU", [line("host_cpu_busy_percent", "all cores")], limit="host_cpu_busy_percent")


def test_a_line_has_at_most_300_points() -> None:
    assert len(columns([every(1.0)], START, END).times) <= 301


def test_looks_that_come_a_little_late_leave_no_holes() -> None:
    laid = columns([every(10.0)], START, END)
    assert all(value is not None for value in laid.lines[0][:-1])


def test_a_gap_stays_a_gap() -> None:
    full = every(2.0)
    kept = [at for at in full.times if not 300 < at - START < 420]
    laid = columns([window(full.key, kept, [1.0] * len(kept))], START, END)
    assert sum(value is None for value in laid.lines[0]) >= 35


def test_a_step_has_the_mean_of_what_was_measured_in_it() -> None:
    laid = columns([window(SeriesKey("host_load1"), [START, START + 1], [2.0, 4.0], 3.0)], START, END)
    assert laid.lines[0][0] == 3.0


def test_a_peak_that_a_mean_would_hide_has_a_line_of_its_own() -> None:
    panel = PANELS["overview"][0]
    times = [START + 2.0 * step for step in range(10_000)]
    values = [100.0 if step == 5_000 else 10.0 for step in range(10_000)]
    found = drawn(panel, [window(SeriesKey.of("host_cpu_busy_percent"), times, values)], START, times[-1])
    assert found is not None
    assert [line.label for line in found.lines] == ["all cores", "the highest"]
    assert max(value for value in found.columns.lines[0] if value) < 20
    assert max(value for value in found.columns.lines[1] if value) == 100


def test_where_every_look_is_drawn_there_are_no_peaks_beside() -> None:
    assert [line.label for line in one(PANELS["overview"][0], every(2.0)).lines] == ["all cores"]


def test_thresholds_and_events_are_marked() -> None:
    made = option(
        one(CPU, every(2.0)), START, END, [Limit(CPU.limit, 80, "warning")], [Event(START + 5, "restart", "")]
    )
    threshold, event = made["series"][0]["markLine"]["data"]
    assert threshold["yAxis"] == 80
    assert "xAxis" in event


def test_an_event_before_the_window_is_not_drawn() -> None:
    made = option(one(CPU, every(2.0)), START, END, events=[Event(START - 5, "restart", "")])
    assert made["series"][0]["markLine"]["data"] == []


def test_bytes_are_drawn_in_a_unit_that_people_read() -> None:
    key = SeriesKey.of("host_disk_read_bytes_per_s", device="sda")
    found = one(Panel("read", "Read", split=(key.name, "device")), every(2.0, 3 * 2**20, key))
    assert found.axis == "MiB/s"
    assert option(found, START, END)["dataset"]["source"][1][0] == 3.0


def test_more_lines_than_can_be_told_apart_are_summed_up_where_they_are_stacked() -> None:
    keys = [SeriesKey.of("database_active_sessions", wait=f"w{number}") for number in range(12)]
    panel = Panel("waits", "Waits", split=("database_active_sessions", "wait"), stacked=True)
    found = one(panel, *(every(10.0, float(number), key) for number, key in enumerate(keys, 1)))
    assert [line.label for line in found.lines] == ["w6", "w7", "w8", "w9", "w10", "w11", "6 more"]
    assert found.columns.lines[-1][0] == 1 + 2 + 3 + 4 + 5 + 6


def test_of_many_lines_those_that_are_always_nothing_are_left_out() -> None:
    keys = [SeriesKey.of("host_sockets", state=name) for name in ("tcp", "udp", "orphan")]
    panel = Panel("s", "S", split=("host_sockets", "state"))
    found = one(panel, *(every(2.0, value, key) for value, key in zip((3.0, 0.0, 0.0), keys, strict=True)))
    assert [line.label for line in found.lines] == ["tcp"]
    assert one(panel, every(2.0, 0.0, keys[0])).is_nothing


def test_lines_of_a_panel_have_colours_of_their_own_and_the_same_wait_has_the_same_everywhere() -> None:
    keys = [SeriesKey.of("host_cpu_percent", mode=name) for name in ("iowait", "softirq", "nice", "system", "user")]
    found = one(Panel("c", "C", split=("host_cpu_percent", "mode")), *(every(2.0, 1.0, key) for key in keys))
    made = colours_of(found)
    assert len(set(made)) == 5
    assert made[3:] == ["var(--load)", "var(--system)"]
    assert not {"var(--sky)"} & set(made), "one blue is enough"


def test_a_line_of_a_single_point_shows_it() -> None:
    alone, many = window(SeriesKey.of("host_cpu_busy_percent"), [START + 9], [5.0]), every(2.0)
    assert option(one(CPU, alone), START, END)["series"][0]["showSymbol"] is True
    assert option(one(CPU, many), START, END)["series"][0]["showSymbol"] is False


def test_pressure_is_of_a_hundred_percent_with_its_limit() -> None:
    panel = next(panel for panel in PANELS["system"] if panel.name == "pressure")
    found = one(panel, every(2.0, 3.0, SeriesKey.of("host_pressure_percent", resource="cpu", kind="some")))
    made = option(found, START, END, limits_of(AlertBook().rules()))
    assert made["yAxis"]["max"] == 100
    assert [mark["yAxis"] for mark in made["series"][0]["markLine"]["data"]] == [60]


def test_nothing_has_no_place_on_a_scale_of_logarithms() -> None:
    found = one(Panel("p", "P", CPU.lines, log=True), every(2.0, 0.0))
    assert set(option(found, START, END)["dataset"]["source"][1]) == {None}


def test_a_chart_says_in_words_what_it_shows() -> None:
    assert summary(one(CPU, every(2.0, 41.2))).startswith(
        "CPU. all cores: now 41.2 %, lowest 41.2 %, highest 41.2 % at "
    )


def test_what_has_ended_has_no_value_now() -> None:
    full = every(2.0, 7.0)
    ended = window(full.key, list(full.times[:200]), [7.0] * 200)
    assert newest(one(CPU, full), 0) == 7.0
    assert newest(one(CPU, ended), 0) is None


def test_what_was_seen_before_the_database_was_lost_is_not_of_now() -> None:
    full = every(10.0, 7.0)
    found = drawn(CPU, [full], START, END, lost_s=full.times[-1])
    assert found is not None
    assert newest(found, 0) is None
    assert newest(one(CPU, window(full.key, [full.times[0], END - 39], [1.0, 2.0])), 0) == 2.0, "a slow one is not old"


def test_a_panel_without_data_is_not_drawn() -> None:
    assert drawn(CPU, [window(SeriesKey("host_load1"), [], [])], START, END) is None


def test_misses_of_several_caches_are_told_apart_by_the_cache_and_those_of_one_are_not() -> None:
    panel = next(panel for panel in PANELS["cache"] if panel.name == "misses")
    windows = [
        every(2.0, 1.0, SeriesKey.of("cache_misses_per_s", cache=name, reason="absent")) for name in ("shop", "users")
    ]
    assert [line.label for line in one(panel, *windows).lines] == ["shop: absent", "users: absent"]
    assert [line.label for line in one(panel, windows[0]).lines] == ["absent"]


def test_a_panel_takes_each_value_of_its_label() -> None:
    known = [SeriesKey.of("host_sockets", state="established"), SeriesKey.of("host_load1")]
    assert keys_of(Panel("s", "S", split=("host_sockets", "state")), known) == known[:1]


def test_the_names_of_panels_are_their_own_within_a_tab() -> None:
    for panels in PANELS.values():
        assert len({panel.name for panel in panels}) == len(panels)


def test_every_series_of_the_panels_is_in_the_catalogue() -> None:
    named = {one.key.name for panels in PANELS.values() for panel in panels for one in panel.lines}
    split = {panel.split[0] for panels in PANELS.values() for panel in panels if panel.split}
    assert all(info_of(name).layer != "application" for name in named | split)


def test_no_two_lines_of_a_panel_have_nearly_one_colour() -> None:
    css = Path(charts.__file__).with_name("page.css").read_text("utf-8")
    for theme in (1, 2):
        named = re.findall(r"--([a-z]+): light-dark\(#(\w{6}), #(\w{6})\)", css)
        made = {one[0]: bytes.fromhex(one[theme]) for one in named if one[0] in charts._COLOURS}
        assert {*made} == {*charts._COLOURS}
        near = {pair for pair in combinations(made, 2) if dist(made[pair[0]], made[pair[1]]) < 40}
        assert not near
