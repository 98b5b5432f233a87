"""Texts of statements: bounded, and not read again while reading them was dear."""

from plimsoll.monitor.postgres.statements.texts import TEXT_CHARACTERS_MAX, Texts


def test_the_text_that_was_asked_for_longest_ago_is_dropped_at_either_bound() -> None:
    texts = Texts(texts_max=3)
    texts.put({1: "SELECT 1", 2: "SELECT 2", 3: "SELECT 3"})
    assert texts.get(1) == "SELECT 1"
    texts.put({4: "SELECT 4"})
    assert [texts.get(number) for number in (1, 2, 3, 4)] == ["SELECT 1", None, "SELECT 3", "SELECT 4"]

    texts = Texts(characters_max=2 * TEXT_CHARACTERS_MAX)
    texts.put(dict.fromkeys((1, 2, 3), "x" * (TEXT_CHARACTERS_MAX + 5)))
    assert texts.get(1) is None
    assert len(texts.get(3) or "") == TEXT_CHARACTERS_MAX


def test_only_texts_that_are_neither_known_nor_ours_are_missing() -> None:
    texts = Texts()
    ours = "SELECT pg_sleep(1) /* plimsoll watch */"
    texts.put({1: "SELECT 1", 2: ours, 4: ours, 5: f"{ours} + 1"}, own=[1, 2, 5])
    assert texts.ours == {2}
    assert texts.get(2) is None
    assert texts.missing([1, 2, 3], now_s=0.0) == [3]
    assert texts.get(4) == ours  # anybody may write the comment, and somewhere into a text
    assert texts.get(5) == f"{ours} + 1"


def test_a_dear_reading_is_not_repeated_for_a_thousand_times_as_long() -> None:
    texts = Texts()
    texts.took(0.5, now_s=100.0)
    assert texts.missing([3], now_s=599.0) == []
    assert texts.missing([3], now_s=601.0) == [3]
