"""Values that were never filled in: `changeme`, `<password>`, `YOUR_KEY_HERE`, an unexpanded `$VARIABLE`.

A run against a placeholder is 100 % errors that look like a result; it is refused before it starts.
"""

import re

_WHOLE = re.compile(
    r"""(?ix)
      \s* | <[^<>]*> | \[[^\[\]]*\] | \{\{.*\}\}
    | change[-_ ]?(?:me|this|it) | replace[-_ ]?(?:me|this) | (?:my[-_]?)?placeholder | to[-_]?do | fixme
    | your[-_ ].* | (?:my|put|insert|enter|paste|add|type)[-_ ].*[-_ ]here
    | (?:.*[-_ ])?(?:key|token|password|passwd|secret|user(?:name)?|value|dsn|url|host|goes)[-_ ]here
    | my[-_]?(?:password|secret) | secret[-_]?key
    | x{3,} | \*{3,} | \.{3,} | …
    | \$[a-z_]\w* | \$\{[^}]*\} | \$\(.*\) | %[a-z_]\w*%
    """
)
_PART_OF_HOST = re.compile(r"(?i)<[^<>]+>|\[[a-z][a-z _-]*\]|\byour[-_]\w+|\bx{3,}\b|\$\{?[a-z_]\w*|\{\{")


def is_placeholder(value: str) -> bool:
    """Whether a whole value (a password, a user, a key) is one that somebody forgot to fill in."""
    return _WHOLE.fullmatch(value) is not None


def holds_placeholder(host_or_url: str) -> bool:
    """Whether some part of a host name or URL was left to be filled in, as in `db.<ref>.supabase.co`."""
    return _PART_OF_HOST.search(host_or_url) is not None
