"""The address of a place in the dashboard."""

from plimsoll.server.dashboard.place import Place, place_of


def test_a_place_is_read_back_from_its_address() -> None:
    there = Place(tab="database", window="6h", sort="statements.-calls", statement="-71")
    assert place_of(there.href()) == there


def test_what_is_unknown_or_absurd_is_the_default() -> None:
    assert place_of("?tab=nowhere&window=3y&colour=red&=&&") == Place()


def test_a_value_is_bounded() -> None:
    assert len(place_of(f"?find={'x' * 10_000}").find) == 200


def test_another_tab_keeps_the_window_and_forgets_the_rest() -> None:
    here = Place(tab="database", window="1h", statement="71")
    assert place_of(here.href(tab="system")) == Place(tab="system", window="1h")


def test_another_window_keeps_what_was_narrowed() -> None:
    here = Place(tab="database", statement="71")
    assert place_of(here.href(window="24h")) == Place(tab="database", window="24h", statement="71")
