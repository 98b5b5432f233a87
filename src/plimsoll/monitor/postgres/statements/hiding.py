"""Texts of statements without the secrets in them: rather hidden too much than too little. Pure.

One pass over the text, as the server reads it: time grows with its length and no faster.
"""

import re
from typing import Final

from plimsoll.settings.masking import MASK, mask

# What a name, a function or a text is about where secrets are near it: then no constant of the text is shown.
_TELLING: Final = (
    *("password", "passwd", "passphrase", "pwd", "secret", "token", "credential", "bearer", "crypt", "pgp_", "hmac"),
    *("set_config", "dblink"),
    *(f"{kind}{key}" for kind in ("api", "access", "private", "encryption", "signing") for key in ("key", "_key")),
)
_PASS: Final = re.compile(r"(?<![a-z0-9])pass(?![a-z0-9])")
# Statements that set the passwords of others, wherever they stand in the text, and the words that these come after.
_MAKING: Final = re.compile(r"(?i)\b(?:create|alter)\b")
_MADE: Final = re.compile(r"(?i)\b(?:role|user|group|mapping|server|subscription)\b")
_HIDDEN_FROM: Final = re.compile(r"(?i)\b(?:password|connection)(?![a-z0-9]*_)")
_WITH_PARAMETERS: Final = frozenset({"select", "insert", "update", "delete", "merge", "with", "values", "table"})
_TRANSPARENT: Final = frozenset({"explain", "analyze", "verbose"})
_SETTING: Final = frozenset({"set", "alter"})

_TOKEN: Final = re.compile(
    r"""(?x)
      --[^\n]*+
    | (?P<comment> /\* )
    | (?P<text> [eE]' (?: \\. | '' | [^'\\] )*+ (?: ' | \\?\Z )
              | (?: [uU]& | [bBxXnN] )? ' (?: [^'] | '' )*+ (?: ' | \Z )
              | \$ (?P<tag> (?: [^\W\d]\w*+ )? ) \$ .*? (?: \$(?P=tag)\$ | \Z ) )
    | "(?: [^"] | "" )*+ (?: " | \Z )
    | \$\d++
    | (?P<word> [^\W\d][\w$]*+ )
    | (?P<number> \d[\w.]*+ )
    | (?P<mark> [;=] )
    """,
    re.DOTALL,
)
_QUOTING: Final = re.compile(r"'|\$(?!\d)")
_COMMENT_EDGE: Final = re.compile(r"/\*|\*/")


def masked_sql(text: str) -> str:
    """A statement without the secrets in it.

    Constants stay where a statement that takes parameters has no word in it that tells of a secret.
    """
    return mask(_without_constants(_cut(text)))


def masked_words(text: str) -> str:
    """A message that may quote a statement."""
    return mask(_cut(text))


def _cut(text: str) -> str:
    """Without all that comes after the word by which a role, a mapping or a subscription gets its password."""
    making = _MAKING.search(text)
    made = making and _MADE.search(text, making.end())
    word = made and _HIDDEN_FROM.search(text, made.end())
    return text if word is None else f"{text[: word.end()]} {MASK}"


def _without_constants(text: str) -> str:
    telling = _tells(text.lower())
    if not telling and _QUOTING.search(text) is None:  # as pg_stat_statements keeps most: looked at no further
        return text
    shown: list[str] = []
    done, at, command = 0, 0, ""
    while token := _TOKEN.search(text, at):
        at = token.end()
        kind, word = token.lastgroup, token[0].lower()
        if kind == "comment":
            at = _end_of_comment(text, at)
        elif word == ";":
            command = ""
        elif kind == "word" and (not command or command in _TRANSPARENT):
            command = word
        elif telling and command in _SETTING and word in ("to", "="):  # what is set may be a bare word
            return "".join((*shown, text[done:at], " ", MASK))
        elif (kind == "text" and (telling or command not in _WITH_PARAMETERS)) or (kind == "number" and telling):
            shown += [text[done : token.start()], f"'{MASK}'" if kind == "text" else MASK]
            done = at
    return "".join((*shown, text[done:]))


def _tells(lower: str) -> bool:
    """Words that are sought one by one are found faster than by a pattern of all."""
    return any(word in lower for word in _TELLING) or ("pass" in lower and _PASS.search(lower) is not None)


def _end_of_comment(text: str, at: int) -> int:
    """Comments lie within others."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(text, at):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(text)
