"""What is known of languages, by their BCP 47 tags. What is not known of one is taken as in English, or not judged."""

from functools import cache

# Written without spaces between words.
UNSPACED = frozenset({"ja", "zh", "yue", "th", "lo", "my", "km", "bo", "dz"})

# Letters come in one case only.
CASELESS = frozenset(
    {"ja", "zh", "yue", "ko", "th", "lo", "my", "km", "bo", "dz", "ar", "fa", "ur", "ps", "ckb", "he", "yi", "hi", "mr"}
    | {"ne", "sa", "bn", "as", "gu", "pa", "or", "ta", "te", "kn", "ml", "si", "am", "ti", "ka", "dv", "ug", "sd"}
)

# Words for things begin with capitals, wherever they stand.
NOUNS_CAPITALIZED = frozenset({"de", "lb", "gsw", "nds"})

# The decimal sign is a comma (CLDR); in others a point.
DECIMAL_COMMA = frozenset(
    {"de", "fr", "es", "it", "pt", "nl", "pl", "ru", "uk", "be", "cs", "sk", "sl", "hr", "sr", "bs", "mk", "bg", "ro"}
    | {"hu", "fi", "et", "lv", "lt", "sv", "da", "nb", "nn", "no", "is", "el", "tr", "az", "ka", "kk", "vi", "id", "ca"}
    | {"gl", "eu", "sq", "af", "lb"}
)
# Regions that write a point although their language has a comma.
DECIMAL_POINT_REGIONS = frozenset({"de-ch", "de-li", "it-ch", "es-mx", "es-us", "es-pr", "es-gt", "es-hn", "es-pe"})

# How long a text is in characters, English being 1.
_LENGTHS = {
    "de": 1.2, "fr": 1.2, "es": 1.18, "it": 1.17, "pt": 1.15, "nl": 1.12, "pl": 1.12, "ru": 1.12, "uk": 1.1, "el": 1.2,
    "hu": 1.12, "ro": 1.15, "bg": 1.12, "tr": 1.05, "vi": 1.1, "id": 1.1, "ms": 1.1, "ja": 0.55, "zh": 0.36,
    "yue": 0.36, "ko": 0.58, "th": 0.95, "lo": 0.95, "my": 1.3, "km": 1.1, "ar": 0.9, "he": 0.82, "fa": 0.95,
    "hi": 1.05, "bn": 1.0,    "ta": 1.2, "ml": 1.25, "ca": 1.17,
}  # fmt: skip

# Plural categories of cardinal numbers (CLDR). "many" of French and its kin is for millions only, and never demanded.
_OTHER = "ja zh yue ko th lo my km vi id ms jv su bo dz ig yo wo"
_FEW = {
    "one few many other": "pl ru uk be cs sk lt",
    "one few other": "ro hr sr bs mo",
    "one two few other": "sl gd dsb",
}
_ODD = {
    "zero one other": "lv prg", "zero one two few many other": "ar cy", "one two few many other": "ga br mt gv",
    "one two other": "he iw se iu", "one many other": "fr es it pt ca",
}  # fmt: skip
_PLURALS = {
    language: frozenset(categories.split())
    for categories, languages in ({"other": _OTHER} | _FEW | _ODD).items()
    for language in languages.split()
}
_TWO = frozenset({"one", "other"})
_RARE_MANY = frozenset({"fr", "es", "it", "pt", "ca", "cs", "sk", "lt"})


@cache
def base(tag: str) -> str:
    """`pt` of `pt-BR`; Norwegian is `nb`."""
    language = tag.replace("_", "-").lower().partition("-")[0]
    return "nb" if language == "no" else language


@cache
def decimal_comma(tag: str) -> bool:
    return base(tag) in DECIMAL_COMMA and tag.replace("_", "-").lower() not in DECIMAL_POINT_REGIONS


def relative_length(tag: str) -> float:
    """Of a text in this language beside the same in English, in characters."""
    return _LENGTHS.get(base(tag), 1.05 if base(tag) != "en" else 1.0)


def plurals(tag: str) -> frozenset[str]:
    """The plural categories that the language has."""
    return _PLURALS.get(base(tag), _TWO)


def plurals_needed(tag: str) -> frozenset[str]:
    """Those without which whole numbers below a million would read wrongly."""
    return plurals(tag) - {"many"} if base(tag) in _RARE_MANY else plurals(tag)
