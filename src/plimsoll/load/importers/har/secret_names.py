"""What must not be written into a file: told by the names of fields, parameters and headers, and by known shapes. Pure.

It would rather call too much a secret than too little: a wrong one costs a variable in the environment.
"""

import re

from plimsoll.load.importers.har.words import words_of

_ANYWHERE = re.compile(
    r"passw|passphrase|passcode|secret|token|api_?key|access_?key|private_?key|credential|csrf|xsrf|authori[sz]|jwt|"
    r"signature|session|sessid|cvv|saml|client_?assertion|code_?(?:verifier|challenge)|card_?number|license_?key|"
    r"subscription_?key|functions_?key|kennwort|passwort|contrase|mot_?de_?passe"
)
_WORDS = frozenset(
    {"pass", "pwd", "pw", "auth", "sid", "sig", "otp", "totp", "mfa", "pin", "cvc", "nonce", "bearer", "ssn", "iban"}
    | {"apikey", "assertion"}
)
_PASSWORDS = re.compile(r"passw|passphrase|passcode|secret|cvv|kennwort|passwort")
_PASSWORD_WORDS = frozenset({"pass", "pwd", "pw", "otp", "totp", "pin", "cvc", "ssn"})
_NOT_SECRET = frozenset({"", "true", "false", "null", "none", "undefined", "0", "1", "on", "off"})
SHAPES = re.compile(
    r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?|\b(?:gh[pousr]|github_pat|glpat|xox[abprs])[_-][\w-]{16,}|\bAKIA[0-9A-Z]{16}\b|"
    r"\b(?:sk|pk|rk)_(?:live|test)_\w{8,}|\bsk-[\w-]{20,}|\bAIza[\w-]{30,}|\bsb_secret_\w+"
)


def is_secret_name(name: str) -> bool:
    """Whether what goes by this name is a secret."""
    words = words_of(name)
    return bool(_ANYWHERE.search("_".join(words))) or not _WORDS.isdisjoint(words)


def is_secret(name: str, value: object) -> bool:
    """Whether this value of this name is one: no flag, and no number unless the name is a password's."""
    if isinstance(value, bool) or value is None:
        return False
    text = str(value).strip()
    if _is_password_name(name):
        return text.lower() not in ("", "true", "false")
    if isinstance(value, (int, float)) or text.lower() in _NOT_SECRET:
        return False
    return is_secret_name(name) or (name.lower() == "key" and is_opaque(text)) or bool(SHAPES.fullmatch(text))


def is_password(name: str, value: object) -> bool:
    return isinstance(value, str) and bool(value) and "passw" in "".join(words_of(name))


def _is_password_name(name: str) -> bool:
    words = words_of(name)
    return bool(_PASSWORDS.search("_".join(words))) or not _PASSWORD_WORDS.isdisjoint(words)


_OPAQUE = re.compile(r"[A-Za-z0-9_.~+/=:-]{8,}")
_PLAIN = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-][\d:]+)?)?|[\d.:-]+|[A-Za-z]+(?:[/.+_:-][A-Za-z]+)*")


def is_opaque(text: str) -> bool:
    """Whether this was made by a machine: a token or an identifier, no word, number, time or address."""
    if not _OPAQUE.fullmatch(text) or "://" in text or _PLAIN.fullmatch(text):
        return False
    return any(sign.isdigit() for sign in text) and any(sign.isalpha() for sign in text)
