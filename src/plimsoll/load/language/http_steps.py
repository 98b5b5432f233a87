"""HTTP steps: requests on the hot path from a step to its recorded row, and what a user sends with each of them."""

from __future__ import annotations

from time import monotonic_ns
from typing import TYPE_CHECKING

from plimsoll.core.errors import UsageError
from plimsoll.load.http.client import no_url
from plimsoll.load.http.connection import BODY_BYTES_MAX, HttpConnection
from plimsoll.load.http.exchange import Exchange
from plimsoll.load.http.failures import HttpFailure, is_right, status_class
from plimsoll.load.http.reply import Reply
from plimsoll.load.http.request import READING, authorization, check_options
from plimsoll.load.http.session import COOKIE_OR_END, REDIRECTS, HttpSession, refuse_second
from plimsoll.load.http.told import explained
from plimsoll.load.language.feeding import FeedExhausted
from plimsoll.load.language.scenario import StepFailed
from plimsoll.load.language.traveller import Traveller
from plimsoll.load.recording.recorder import BUFFER_BYTES, ROW, ROW_BYTES

if TYPE_CHECKING:
    from typing import Unpack

    from plimsoll.load.http.cookies import Cookies
    from plimsoll.load.http.request import RequestOptions, UserHeaders

_pack_row = ROW.pack_into


class HttpSteps(Traveller):
    """`user.http`, and the headers, cookies and credentials that go with it."""

    __slots__ = ()

    async def http(self, step: str, method: str, path: str, **options: Unpack[RequestOptions]) -> Reply:
        """Makes one request of the target's URL as a step and returns the reply; see docs/guides/http.md for options.

        Raises StepFailed when there is no whole response, or its status is 400 and above (with `expect`: another).
        """
        web = self.web
        if options or web is None or self.nested or web.idle is None:
            return await self._http_slowly(step, method, path, options)
        message = web.heads.get((method, path))
        if message is None:
            return await self._http_slowly(step, method, path, options)
        scheduled = self._arrival_scheduled
        if scheduled:
            self._arrival_scheduled = 0
            ready = self._arrival_ready
        else:
            scheduled = ready = monotonic_ns()
        connection, web.idle, web.busy = web.idle, None, True
        started = monotonic_ns()
        self.deadline_ns = started + web.first_byte_ns
        try:
            await connection.send(message, self, started + web.whole_ns, method == "HEAD")
        except BaseException as error:  # noqa: BLE001  # a stop is raised again there
            return await self._http_again(step, method, path, connection, (scheduled, ready, started), error)
        finished = monotonic_ns()
        self.deadline_ns = 0
        web.busy = False
        head, first_byte_ns = connection.head, connection.first_byte_ns - started
        times = (0, 0, first_byte_ns, finished - started)
        reply = Reply(connection.status, head, connection.body, web.url + path, times, self)
        found = COOKIE_OR_END(head)
        if reply.status >= 300 or not connection.keep or found is None or found.lastindex:
            return await self._http_judged_later(step, method, path, connection, (scheduled, ready, started), reply)
        web.idle = connection
        connection.head = connection.body = b""  # as forget() does
        number = self._numbers.get(step)
        if number is None:
            number = self._number_of(step, "http")
        recorder = self._recorder
        if recorder.end >= BUFFER_BYTES:
            recorder.hand_over()
        at, sent, received = recorder.end, len(message), connection.received
        _pack_row(
            recorder.buffer, at, number, self.number, scheduled, ready, started, finished,
            0, 0, 0, 0, first_byte_ns, sent, received,
        )  # fmt: skip
        recorder.end = at + ROW_BYTES
        self.row_at = at
        if not self._first_started:
            self._first_started = started
        return reply

    @property
    def headers(self) -> UserHeaders:
        """Headers that go with every request of this user: `user.headers["X-Tenant"] = "7"`."""
        return self._site_session().headers

    @property
    def cookies(self) -> Cookies:
        """This user's cookies: `get(name)`, `set(name, value)`, `clear()`."""
        return self._site_session().cookies

    def authorize(self, *, bearer: str | None = None, basic: tuple[str, str] | None = None) -> None:
        """Sends a bearer token, or a name and password, with every request from now on; without either no more."""
        self._site_session().authorize(authorization(bearer, basic))

    # -- inside -------------------------------------------------------------------------------------------------------

    def _site_session(self) -> HttpSession:
        if self.web is None:
            raise no_url()
        return self.web

    async def _http_slowly(self, step: str, method: str, path: str, options: RequestOptions) -> Reply:
        """The way that can connect, wait for the pool, send bodies, follow redirects, and fail."""
        web = self._site_session()
        refuse_second(web)
        check_options(options)
        scheduled, ready = (0, 0) if self.nested else self.begin_step()
        exchange = _exchange(web, options)
        return await self._http_carried(step, method, path, options, (scheduled, ready), exchange)

    async def _http_carried(
        self,
        step: str,
        method: str,
        path: str,
        options: RequestOptions,
        came: tuple[int, int],
        exchange: Exchange,
        first: Reply | None = None,
    ) -> Reply:
        web = self._site_session()
        redirects = options.get("redirects", True)
        try:
            request = web.make(method, path, options)
            _refuse_writing(web, request.method)
            reply = await web.fetch(request, exchange, redirects=redirects, first=first)
        except BaseException as error:
            raise self._http_failure(step, came, exchange, error) from error
        finally:
            self.retries += exchange.retries
        finished = monotonic_ns()
        self.deadline_ns = 0
        error_class = "" if is_right(reply.status, options.get("expect")) else status_class(reply.status)
        self._http_recorded(step, came, exchange, error_class, finished)
        if error_class:
            raise self._wrong_status(step, method, path, reply, error_class)
        if redirects and reply.status in REDIRECTS:
            self._note_elsewhere(method, path, reply)
        elif not options:
            web.keep_ready(method, path, request)
        return reply

    def _note_elsewhere(self, method: str, path: str, reply: Reply) -> None:
        """No failure, and hardly what was meant to be measured: a site that sends everybody to its https, say."""
        where = reply.headers.get("location", "nowhere").partition("?")[0]
        message = f"{method} {path.partition('?')[0]} leads to {where[:100]}, which is not below --url"
        self._problems.note("redirect not followed", message)

    def _http_recorded(self, step: str, came: tuple[int, int], exchange: Exchange, error: str, finished: int) -> None:
        if not self.nested:
            times = (*came, exchange.started or finished)
            self.end_step(step, "http", times, error=error, finished=finished, http=exchange.measured())

    def _wrong_status(self, step: str, method: str, path: str, reply: Reply, error_class: str) -> StepFailed:
        why = explained(reply)
        message = f"{method} {path.partition('?')[0]}{': ' if why else ''}{why}"
        self._problems.note(error_class, message)
        return StepFailed(step, error_class, message)

    def _http_failure(
        self, step: str, came: tuple[int, int], exchange: Exchange, error: BaseException
    ) -> BaseException:
        """Records a request that came to nothing. A stop, the end of a feed and a mistake are raised as they are."""
        finished = monotonic_ns()
        if not isinstance(error, Exception):
            assert self.web is not None
            error_class = self.settle_cancelled(error, self.web.overdue)
        elif isinstance(error, (FeedExhausted, UsageError)):
            self.deadline_ns = 0
            return error
        else:
            error_class = self.describe(error)
        self.deadline_ns = 0
        self._http_recorded(step, came, exchange, error_class, finished)
        return StepFailed(step, error_class, str(error))

    async def _http_again(
        self,
        step: str,
        method: str,
        path: str,
        connection: HttpConnection,
        times: tuple[int, int, int],
        error: BaseException,
    ) -> Reply:
        """After a failure on the hot path: once more on a new connection if the kept one had been closed."""
        web = self._site_session()
        if isinstance(error, HttpFailure) and error.unsent:
            web.give_up(connection)
            return await self._http_carried(step, method, path, {}, times[:2], _exchange(web, {}))
        exchange = _resumed(web, connection, times[2], len(web.heads.get((method, path), b"")))
        web.give_up(connection)
        if isinstance(error, HttpFailure) and error.stale:
            exchange.retries = 1
            return await self._http_carried(step, method, path, {}, times[:2], exchange)
        raise self._http_failure(step, times[:2], exchange, error) from error

    async def _http_judged_later(
        self,
        step: str,
        method: str,
        path: str,
        connection: HttpConnection,
        times: tuple[int, int, int],
        reply: Reply,
    ) -> Reply:
        """After a response on the hot path that is more than a body: a redirect, an error, a cookie, a goodbye."""
        web = self._site_session()
        exchange = _resumed(web, connection, times[2], len(web.heads.get((method, path), b"")))
        web.learn(connection.head, web.site.origin.target(path))
        web.give_back(connection)
        return await self._http_carried(step, method, path, {}, times[:2], exchange, reply)


def _exchange(web: HttpSession, options: RequestOptions) -> Exchange:
    timeout_s, bytes_max = options.get("timeout"), options.get("max_bytes")
    whole_ns = web.whole_ns if timeout_s is None else round(timeout_s * 1e9)
    return Exchange(monotonic_ns() + whole_ns, BODY_BYTES_MAX if bytes_max is None else bytes_max)


def _resumed(web: HttpSession, connection: HttpConnection, started: int, sent: int) -> Exchange:
    """What the hot path has done so far."""
    return Exchange(
        started + web.whole_ns,
        started=started,
        first_byte_at=connection.first_byte_ns,
        sent=sent,
        received=connection.received,
    )


def _refuse_writing(web: HttpSession, method: str) -> None:
    if web.site.protected and method not in READING:
        raise HttpFailure("protected: not sent", f"a protected target gets GET and HEAD only, no {method}")
