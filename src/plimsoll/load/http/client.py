"""HTTP outside of the load: what @setup and @teardown ask of the target, unmeasured and one at a time."""

from __future__ import annotations

import asyncio
from random import Random
from time import monotonic_ns
from typing import TYPE_CHECKING

from plimsoll.core.errors import UsageError
from plimsoll.load.http.connection import BODY_BYTES_MAX
from plimsoll.load.http.exchange import Exchange
from plimsoll.load.http.failures import HttpFailure, is_right, status_class
from plimsoll.load.http.reply import Reply
from plimsoll.load.http.request import READING, authorization, check_options
from plimsoll.load.http.session import HttpSession, refuse_second
from plimsoll.load.http.told import explained
from plimsoll.load.language.scenario import StepFailed

if TYPE_CHECKING:
    from typing import Unpack

    from plimsoll.load.http.cookies import Cookies
    from plimsoll.load.http.request import RequestOptions, UserHeaders
    from plimsoll.load.http.site import SitePlan


class Client:
    """`await client(method, path, **options)` takes what `user.http` takes after its step, and raises StepFailed."""

    def __init__(self, plan: SitePlan | None, seed: int) -> None:
        self.deadline_ns = 0  # the session sets it; here one timeout holds for the whole request
        self._session = HttpSession(plan.build(), self, Random(seed)) if plan is not None else None

    async def __call__(self, method: str, path: str, **options: Unpack[RequestOptions]) -> Reply:
        """Raises StepFailed as a step does, and UsageError where there is no URL."""
        session, what = self._known(), f"{method} {path.partition('?')[0]}"
        check_options(options)
        refuse_second(session)
        timeout_s = options.get("timeout") or session.whole_ns / 1e9
        exchange = Exchange(monotonic_ns() + round(timeout_s * 1e9), options.get("max_bytes") or BODY_BYTES_MAX)
        request = session.make(method, path, options)
        if session.site.protected and request.method not in READING:
            raise StepFailed(what, "protected: not sent", "a protected target gets GET and HEAD only")
        try:
            async with asyncio.timeout(timeout_s):
                reply = await session.fetch(request, exchange, redirects=options.get("redirects", True))
        except TimeoutError:
            raise StepFailed(what, session.overdue) from None
        except HttpFailure as failure:
            raise StepFailed(what, failure.error_class, str(failure)) from failure
        if not is_right(reply.status, options.get("expect")):
            raise StepFailed(what, status_class(reply.status), explained(reply))
        return reply

    def unreadable(self, error_class: str, message: str) -> StepFailed:
        return StepFailed("reading the reply", error_class, message)

    @property
    def headers(self) -> UserHeaders:
        """Headers that go with every request."""
        return self._known().headers

    @property
    def cookies(self) -> Cookies:
        return self._known().cookies

    def authorize(self, *, bearer: str | None = None, basic: tuple[str, str] | None = None) -> None:
        """Sends a bearer token, or a name and password, from now on; without either no more."""
        self._known().authorize(authorization(bearer, basic))

    def close(self) -> None:
        if self._session is not None:
            self._session.close()

    def _known(self) -> HttpSession:
        if self._session is None:
            raise no_url()
        return self._session


def no_url() -> UsageError:
    return UsageError(
        "there is no URL to load",
        why="the scenario makes HTTP requests",
        remedy='--url http://127.0.0.1:8000, or url = "..." in the environment',
    )
