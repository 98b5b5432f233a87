"""Keeping secrets out of whatever a human or a file gets to see.

`mask` works on any text, without knowing the secret: it would rather hide too much than too little, because a DSN in an
error message may hold a password with characters that should have been percent-encoded and were not. Its time grows
with the length of the text and no faster: much of what it is given comes from others.
"""

import re
from typing import Any

MASK = "****"

_SCHEME = re.compile(r"(?i)[a-z][a-z0-9+.-]{0,30}://")  # a longer one is known by its end
_USER_INFO = re.compile(r"[^:/\s]*:")
_PORT = re.compile(r"\d{1,5}(?![^/?#\s,;\"')\]}>])")
_POSTGRES = re.compile(r"(?i)postgres(ql)?(\+\w+)?://")
_KEYED_VALUE = re.compile(
    r"""(?ix)
    (?P<key> (?: \b | _ ) (?: pg | ssl )?
             (?: password | passwd | pwd | passphrase | secret | token | api_?key | access_?key | service_role_key
               | scram_client_key | scram_server_key ) ["']? \s* [=:] \s* )
    (?! \$\d{1,5} [),;]* (?: \s | \Z ) )   # a statement's parameter, nothing but that
    (?P<value>
        (?: \\+ (?P<escaped_quote> ["'] ) .* (?P=escaped_quote) )   # a quotation in another: to the last such quote
      | ' (?: \\++ . | [^'\\] )* (?: ' | \\* \Z )   # a run of backslashes may be quoted ones: it ends nothing
      | " (?: \\++ . | [^"\\] )* (?: " | \\* \Z )
      | (?: \\. | [^\s"'] ) (?: \\. | \S )*
    )""",
    re.DOTALL,
)
_AUTHORIZATION = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}")
_DOTTED = re.compile(r"(?<![\w-])[\w-]++(?:\.[\w-]*+)+")  # tried where a word begins, and nowhere within it
_WEB_TOKEN = re.compile(r"\beyJ[\w-]")
_SERVICE_KEY = re.compile(r"\bsb_secret_\w+")
_BLANK = re.compile(r"\s|\Z")


def mask(text: str) -> str:
    """The text with every password, token and key in it replaced by asterisks.

    Known shapes: URLs with a password, `password=` and its kin (libpq, JSON, queries), Authorization headers, JSON web
    tokens. In a URL with a password everything up to the last `@` of the text counts as that: one with spaces, slashes
    and even whole URLs in it does not get through, at the price of hiding what stands between two URLs.
    """
    text = _mask_urls(_AUTHORIZATION.sub(rf"\1 {MASK}", text))
    text = _KEYED_VALUE.sub(lambda found: found["key"] + MASK, text)
    text = _DOTTED.sub(_without_web_token, text)
    return _SERVICE_KEY.sub(MASK, text)


def _without_web_token(dotted: re.Match[str]) -> str:
    """A JSON web token is words with dots between them, of which the first begins as JSON does."""
    words = dotted[0]
    token = _WEB_TOKEN.search(words, 0, words.rfind("."))
    return words if token is None else words[: token.start()] + MASK


def _mask_urls(text: str) -> str:
    """From the first URL that may hold a password to the last `@` of the text: what lies between could all be it."""
    shown: list[str] = []
    done, at = 0, text.rfind("@")
    for scheme in _SCHEME.finditer(text):
        user = _USER_INFO.match(text, scheme.end()) if scheme.start() >= done else None
        if user is None:
            continue
        is_port = _PORT.match(text, user.end()) is not None
        if at >= user.end():
            if _POSTGRES.match(scheme[0]) or not is_port:
                return "".join((*shown, text[done : user.end()], MASK, text[at:]))
        elif not is_port and "@" not in user[0] and "[" not in user[0]:  # cut off before its host
            shown += [text[done : user.end()], MASK]
            blank = _BLANK.search(text, user.end())
            done = len(text) if blank is None else blank.start()
    return "".join((*shown, text[done:]))


class Secret:
    """A text that prints as asterisks; `.reveal()` gives it back, for the one who sends it to a server."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself."""
        return self._text

    def __str__(self) -> str:
        return mask(self._text) if _SCHEME.match(self._text) else MASK

    def __repr__(self) -> str:
        return f"Secret({str(self)!r})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> tuple[Any, ...]:
        return Secret, (self._text,)
