"""What HTTP says about caching: may a response be stored, for how long is it fresh, which one answers. Pure.

A request goes `look`; what the origin answers goes `judge`, a 304 `freshened`, a 200 to HEAD `headed`, and what an
unsafe method was answered `invalidated`. `answered` and `told` make what the client gets, `instead_of_error` says what
may be told in place of an error. Every `now_s` is seconds since 1970.
"""

from plimsoll.edge.rules.answering import Reply, answered, told
from plimsoll.edge.rules.invalidating import Invalidation, invalidated
from plimsoll.edge.rules.judging import Keep, Pass, judge
from plimsoll.edge.rules.looking import Answer, Forward, Look, Refuse, Stale, Validate, instead_of_error, look
from plimsoll.edge.rules.policy import Policy
from plimsoll.edge.rules.status import forwarded, hit, unanswered, unasked
from plimsoll.edge.rules.stored import Stored
from plimsoll.edge.rules.tags import portable
from plimsoll.edge.rules.validating import Freshened, freshened, headed

__all__ = [
    "Answer",
    "Forward",
    "Freshened",
    "Invalidation",
    "Keep",
    "Look",
    "Pass",
    "Policy",
    "Refuse",
    "Reply",
    "Stale",
    "Stored",
    "Validate",
    "answered",
    "forwarded",
    "freshened",
    "headed",
    "hit",
    "instead_of_error",
    "invalidated",
    "judge",
    "look",
    "portable",
    "told",
    "unanswered",
    "unasked",
]
