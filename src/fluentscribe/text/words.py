"""How many words a text has: the unit of scores and quotas."""

import re
from math import ceil

from fluentscribe.text.languages import base

# Characters of scripts written without spaces, and how many of them make a word on average: translators' rules of two
# ideographs or kana a word in Japanese (1.6 in Chinese), five signs in Thai and Lao, seven in Burmese and Khmer, vowel
# signs counted.
_SCRIPTS: tuple[tuple[str, float], ...] = (
    (r"[\u3005\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f]", 2),
    (r"[\u0e00-\u0eff]", 5),
    (r"[\u1000-\u109f\u1780-\u17ff\uaa60-\uaa7f]", 7),
)
_CHINESE = 1.6
_RUNS = tuple((re.compile(f"{characters}+"), size) for characters, size in _SCRIPTS)
_UNSPACED = re.compile("|".join(f"{characters}+" for characters, _ in _SCRIPTS))
_WORD = re.compile(r"\S*\w\S*")


def words(text: str, language: str) -> int:
    """What stands between spaces and has a letter or digit; of scripts without spaces, each run by its length."""
    if text.isascii() or not _UNSPACED.search(text):
        return len(_WORD.findall(text))
    chinese = base(language) in ("zh", "yue")
    unspaced = sum(
        ceil(len(run) / (_CHINESE if chinese and size == 2 else size))
        for runs, size in _RUNS
        for run in runs.findall(text)
    )
    return unspaced + len(_WORD.findall(_UNSPACED.sub(" ", text)))
