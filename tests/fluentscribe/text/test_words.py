"""How many words a text has, in scripts with and without spaces."""

import pytest

from fluentscribe.text.words import words


@pytest.mark.parametrize(
    ("text", "language", "count"),
    [
        ("", "en", 0),
        ("It's a well-kept file.", "en", 4),
        ("Ja – gewiss!", "de", 2),
        ("1,000 new rows", "en", 3),
        ("完了しました。", "ja", 3),  # six signs, two a word
        ("このURLは無効です", "ja", 5),  # two, one and five signs: 1 + 1 + 3
        ("这个文件是空的。", "zh-Hans", 5),
        ("เสร็จแล้ว", "th", 2),
        ("ဤတန်ဖိုးသည် အသစ်", "my", 3),
        ("새 파일", "ko", 2),
    ],
)
def test_words_are_counted(text: str, language: str, count: int) -> None:
    assert words(text, language) == count


def test_texts_with_spaces_count_as_the_data_set_counts_them() -> None:
    text = "Sie haben 3 neue Nachrichten und keine alten"
    assert words(text, "de") == len(text.split())
