"""Numbers on a page: each with its unit, its limit and its context."""

from collections.abc import Sequence

from plimsoll.server.dashboard.markup import Html, element
from plimsoll.server.reading.numbers import Number


def numbers_html(shown: Sequence[Number]) -> Html:
    return element("dl", *(_number_html(one) for one in shown), class_="figures")


def _number_html(one: Number) -> Html:
    word = element("b", one.word, class_=one.standing) if one.word else ""
    context = element("dd", word, " · " if word and one.context else "", one.context, class_="context")
    said = element("dd", one.said, class_=f"value {one.standing}".strip())
    return element("div", element("dt", one.title), said, context)
