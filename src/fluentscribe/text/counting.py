"""Small numbers as words: by how their words begin, so that inflected ones are known too."""

import re
from functools import cache

# From 0 to 12; what stands for one number is separated by "/", two letters or fewer are whole words.
_WORDS = {
    "en": "zero/no one/first/once/single/a/an two/second/twice/double/both/couple/pair three/third/triple four "
    "five/fifth six seven eight nine/ninth ten eleven twelve/twelfth/dozen",
    "de": "null/kein ein/erst zwei/zweit/doppel/beide/paar drei/dritt vier fünf sechs sieb acht neun zehn elf "
    "zwölf/dutzend",
    "fr": "zéro/aucun un/une/premi/seul deux/second/double trois/tiers quatre/quatri cinq six/sixi sept huit "
    "neuf/neuvi dix onz douz",
    "es": "cero/ningun un/una/uno/primer dos/segund/doble/ambos tres/tercer cuatro/cuart cinc/quint seis/sext "
    "siet/séptim och/octav nuev/noven diez/décim onc doce/docena",
    "it": "zero/nessun un/una/uno/prim due/second/doppi/entramb tre/terz quattr/quart cinqu/quint sei/sest "
    "sett otto/ottav nove/non dieci/decim undic dodic/dozzin",
    "pt": "zero/nenhum um/uma/primeir dois/duas/segund/dobr/ambos três/terceir quatro/quart cinco/quint seis/sext "
    "sete/sétim oito/oitav nove/non dez/décim onze doze/dúzia",
    "nl": "nul/geen een/één/eerst twee/dubbel/beide/paar drie/derd vier vijf zes zeven acht negen tien elf "
    "twaalf/dozijn",
    "pl": "zero/zera jed/pierwsz dwa/dwó/dwi/dwu/drug/oba/obie/podwójn trz/trzec czter/czwart pię/piąt sześ/szóst "
    "siedem/siódm osiem/ósm dziewię dziesię jedena dwana/tuzin",
    "ru": "нол/нул один/одн/перв два/две/дву/втор/оба/обе три/трё/трех/трет четыр/четвер/четвёр пят шест сем/седьм "
    "восем/восьм девят десят одиннадцат двенадцат",
    "uk": "нуль/нул один/одн/перш два/дві/дво/друг три/тро/трь/трет чотир/четвер п’ят/п'ят шіст/шост сім/сьом "
    "вісім/восьм дев’ят/дев'ят десят одинадцят дванадцят",
    "sv": "noll en/ett/först två/andr/dubbel/båd/par tre/tredj fyra/fjärd fem sex/sjätt sju åtta/ått nio tio elva tolv",
    "ja": "零/ゼロ 一/ひとつ 二/ふた/両 三 四 五 六 七 八 九 十 十一 十二",
    "zh": "零 一/单 二/两/兩/双 三 四 五 六 七 八 九 十 十一 十二",
    "ko": "영/제로 하나/한/첫/일 두/둘/이/양 세/셋/삼 네/넷/사 다섯/오 여섯/육 일곱/칠 여덟/팔 아홉/구 열/십 열한/십일 "
    "열두/십이",
}
_ROMAN_ONES = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
_ANYWHERE = frozenset({"ja", "zh", "ko"})


# Months are numbers in East Asia and Vietnam; noon and midnight are in many languages.
_MONTHS = "january february march april may june july august september october november december"
_ALSO = {
    **{str(n): rf"{name[:3]}(?:t|{name[3:]})?" for n, name in enumerate(_MONTHS.split(), 1)},
    "9": "sep(?:t|tember)?",
    "0": "midnight",
}
_ALSO["10"] += "|decimal"
_ALSO["12"] += "|noon"


def known(language: str) -> bool:
    return language in _WORDS


def in_roman(value: str, text: str) -> bool:
    """Centuries, volumes and kings, up to 39: XX is 20."""
    tens, ones = divmod(int(value), 10) if len(value) <= 2 and value.isdecimal() else (0, 0)
    numeral = "X" * tens + _ROMAN_ONES[ones]
    return 0 < tens * 10 + ones < 40 and bool(re.search(rf"(?<!\w){numeral}(?!\w)", text))


def in_words(value: str, text: str, language: str) -> bool:
    """The number stands in the text as a word of the language."""
    pattern = _patterns(language).get(value)
    if pattern is not None and pattern.search(text):
        return True
    return language == "en" and value in _ALSO and bool(re.search(rf"\b(?:{_ALSO[value]})\b", text, re.IGNORECASE))


@cache
def _patterns(language: str) -> dict[str, re.Pattern[str]]:
    start = "" if language in _ANYWHERE else r"(?<!\w)"
    return {
        str(value): re.compile(f"{start}(?:{'|'.join(map(_beginning, words.split('/')))})", re.IGNORECASE)
        for value, words in enumerate(_WORDS.get(language, "").split())
    }


def _beginning(word: str) -> str:
    return rf"{word}(?!\w)" if len(word) <= 2 and word.isalpha() and word < "\u1000" else word
