"""The few words that a column of categories holds, where nothing lists them: an application's roles, plans, kinds."""

import re
from typing import Final

import numpy as np

from plimsoll.core.distribution import key, permutation
from plimsoll.core.schema import Column, Table
from plimsoll.data.meaning.judging import words_of
from plimsoll.data.types.texts import WORDS

_FEW: Final = 6
# By the last words of the name; the commonest first.
_KNOWN: Final[tuple[tuple[str, str], ...]] = (
    (r"role", "member admin owner viewer editor guest"),
    (r"plan|tier", "free basic pro team enterprise"),
    (r"visibility", "public private internal"),
    (r"priority|severity|level", "medium low high critical"),
    (r"environment", "production staging test development"),
    (r"payment (type|method)", "card transfer wallet invoice cash"),
    (r"(shipping|delivery) method", "standard express pickup"),
    (r"(http|request) method", "GET POST PUT DELETE PATCH"),
    (r"provider", "google github microsoft apple facebook"),
    (r"gateway", "stripe paypal adyen braintree"),
    (r"channel", "web email mobile phone shop"),
    (r"unit", "piece kg l m box"),
    (r"format", "csv pdf json xlsx xml"),
    (r"(account|customer|client|user|contact|party) (type|kind|category)", "person company partner internal"),
    (r"address (type|kind)", "shipping billing home office"),
    (r"(transaction|entry|movement|booking|ledger) (type|kind)", "debit credit refund fee transfer"),
    (r"(discount|promotion|coupon) (type|kind)", "percentage fixed free_shipping"),
    (r"(notification|message|alert) (type|kind|category)", "info reminder warning mention invitation"),
    (r"(event|activity|action|operation|change) (type|kind)", "created updated deleted viewed exported"),
    (r"(document|file|attachment|media) (type|kind|category)", "image document video audio archive"),
    (r"(product|item) (type|kind)", "physical digital service bundle"),
    (r"(phone|number) (type|kind)", "mobile home work fax"),
    (r"(relation|relationship|link) (type|kind)", "related blocks duplicates parent child"),
    (r"(issue|ticket|work item|task) (type|kind|category)", "bug task feature story question"),
    (r"(field|value|data|column|attribute) (type|kind)", "text number boolean date list"),
    (r"(room|bed) (type|kind)", "single double twin suite family"),
    (r"(employment|contract|job) (type|kind)", "full_time part_time contractor intern"),
    (r"(vehicle|fuel) (type|kind)", "petrol diesel electric hybrid"),
    (r"(subscription|billing) (period|interval|cycle|type)", "monthly yearly quarterly"),
    (r"(token|grant|credential|auth|authentication) (type|kind|method)", "password oauth api_key saml magic_link"),
    (r"(shipping|shipment) (type|kind|provider)", "standard express pickup overnight"),
    (
        r"(source|target|subject|entity|object|resource|owner|\w+able) type",
        "User Order Project Comment Invoice Document",
    ),
    (r"(size|frequency|recurrence) (type|unit)|time unit|interval unit", "day week month hour year"),
    (r"type|kind|category|method", "standard custom internal external special legacy"),
)
_PAID: Final = re.compile(r"(.* )?(amount|payment|paid)( .*)?")  # what beside it tells that a method is one of payment
_COMPILED: Final = tuple((re.compile(rf"(?:.* )?(?:{words})"), known.split()) for words, known in _KNOWN)


def categories(table: Table, column: Column, longest: int | None) -> tuple[str, ...]:
    """The commonest first; those that fit into `longest` characters. Another column's are others."""
    name = words_of(column.name)
    if name == "method" and any(_PAID.fullmatch(words_of(one.name)) for one in table.columns):
        name = "payment method"
    known = next((known for pattern, known in _COMPILED if pattern.fullmatch(name)), None) or _of_words(name)
    return tuple(one for one in known if longest is None or len(one) <= longest)


def _of_words(name: str) -> list[str]:
    places = permutation(key(0, "categories", name), np.arange(_FEW), len(WORDS))
    return [WORDS[place] for place in places.tolist()]
