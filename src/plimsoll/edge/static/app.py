"""`Static`: a folder as an ASGI application, by itself, mounted in another, or before one."""

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from plimsoll.core.errors import UsageError
from plimsoll.core.eviction.policy import HITS_MAX
from plimsoll.edge.http.dates import format_date
from plimsoll.edge.static.answering import Answer, answer, plain
from plimsoll.edge.static.hashes import Hashes
from plimsoll.edge.static.keeping import Keeping
from plimsoll.edge.static.naming import INDEX, is_name
from plimsoll.edge.static.opening import PIECE_BYTES, FileChanged, folder_at
from plimsoll.edge.static.policy import GLOBS_MAX, Policy
from plimsoll.edge.static.prepared import Prepared

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

MEMORY_BYTES: Final = 64 * 2**20
_BODY: Final = "http.response.body"


class Static:
    """Delivers the files of `folder`: GET and HEAD, whole or a range, compressed as `plimsoll edge build` made them.

    What is asked for below `prefix` is looked for there; what is no file, and everything else, goes to `app` if one is
    given. Small files are held in `memory_bytes`, and each is looked at for changes once a second. `manifest` is the
    build's (found by itself under its usual names), `base` what it puts before names ("/static/"). `immutable` are
    patterns of more names that never change their content; `public_documents` lets shared caches have those, too.
    `date` is for a server that does not say it by itself (RFC 9110, 6.6.1).

    Raises UsageError for a folder or a manifest that cannot be read, and for a wrong prefix.
    """

    def __init__(
        self,
        folder: str | Path,
        app: Application | None = None,
        *,
        prefix: str = "/",
        manifest: str | Path | None = None,
        base: str = "",
        immutable: tuple[str, ...] = (),
        public_documents: bool = False,
        memory_bytes: int = MEMORY_BYTES,
        date: bool = False,
    ) -> None:
        if len(immutable) > GLOBS_MAX:
            raise UsageError("too many patterns", where="immutable", why=f"more than {GLOBS_MAX}", remedy="fewer")
        if memory_bytes < 0:
            raise UsageError("wrong memory_bytes", why="it is below 0", remedy=f"memory_bytes={MEMORY_BYTES}")
        policy = Policy(immutable=immutable, public_documents=public_documents)
        hashes = Hashes(Path(folder), policy, None if manifest is None else Path(manifest), base)
        self._keeping = Keeping(folder_at(Path(folder)), hashes, memory_bytes)
        self._held = self._keeping.held
        self._prefix = _checked_prefix(prefix)
        self._app = app
        self._date = date

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif self._app is not None:
            await self._app(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if root := scope.get("root_path", ""):  # where it is mounted
            path = path.removeprefix(root)
        if self._prefix:
            if not path.startswith(f"{self._prefix}/"):
                await self._otherwise(scope, receive, send, plain(404, b"not found\n"))
                return
            path = path[len(self._prefix) :]
        method = scope["method"]
        if method not in ("GET", "HEAD"):
            said = plain(405, b"only GET and HEAD\n", (b"allow", b"GET, HEAD"))
            await self._otherwise(scope, receive, send, said)
            return
        prepared = self._held.get(path)
        if prepared is not None and time.monotonic() < prepared.good_until_s:
            if prepared.hits < HITS_MAX:
                prepared.hits += 1
        else:
            try:
                prepared = await self._keeping.look(path)
                if prepared is None:
                    await self._otherwise(scope, receive, send, await self._missing(scope, path))
                    return
            except (FileChanged, OSError):
                await self._say(send, plain(503, b"the file cannot be read now\n", (b"retry-after", b"1")), method)
                return
        await self._deliver(path, prepared, scope, receive, send)

    async def _deliver(self, path: str, prepared: Prepared, scope: Scope, receive: Receive, send: Send) -> None:
        said = answer(prepared, scope["headers"], time.time())
        form = said.form
        if form is None or form.body is not None or scope["method"] == "HEAD":
            await self._say(send, said, scope["method"])
            return
        try:
            first = await self._piece(said, said.start)
        except (FileChanged, OSError):  # nothing has been said yet
            self._keeping.forget(path)
            await self._say(send, plain(503, b"the file cannot be read now\n", (b"retry-after", b"1")), "GET")
            return
        await self._begin(said, send)
        await self._stream(said, first, receive, send)

    async def _stream(self, said: Answer, first: bytes, receive: Receive, send: Send) -> None:
        """Raises FileChanged for a file that is another now: the server then cuts the connection, which is what tells a
        client that it has not all of it."""
        gone = asyncio.ensure_future(_hang_up(receive))
        try:
            at = said.start + len(first)
            await send({"type": _BODY, "body": first, "more_body": at < said.stop})
            while at < said.stop and not gone.done():
                piece = await self._piece(said, at)
                at += len(piece)
                await send({"type": _BODY, "body": piece, "more_body": at < said.stop})
        finally:
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)

    async def _piece(self, said: Answer, at: int) -> bytes:
        form = said.form
        assert form is not None
        size = min(PIECE_BYTES, said.stop - at)
        folder = self._keeping.folder
        return await self._keeping.in_thread(lambda: folder.piece(form.name, form.state, at, size))

    async def _missing(self, scope: Scope, path: str) -> Answer:
        """A folder that is asked for as if it were a file is where its index is; no folder is ever listed."""
        folder, index = self._keeping.folder, f"{path[1:]}/{INDEX}"
        asked = is_name(index) and folder.state(index) is not None  # hardly ever, and without a thread
        if asked and await self._keeping.in_thread(lambda: folder.has_file(index)):
            query = scope.get("query_string", b"")
            there = quote(scope["path"]).encode() + b"/" + (b"?" + query if query else b"")
            return plain(307, b"there\n", (b"location", there))
        return plain(404, b"not found\n")

    async def _otherwise(self, scope: Scope, receive: Receive, send: Send, said: Answer) -> None:
        if self._app is not None and said.status != 307:
            await self._app(scope, receive, send)
        else:
            await self._say(send, said, scope["method"])

    async def _say(self, send: Send, said: Answer, method: str) -> None:
        """What is small enough to be said at once."""
        body = said.text
        if said.form is not None:
            whole = said.form.body or b""
            body = whole if said.stop - said.start == len(whole) else whole[said.start : said.stop]
        await self._begin(said, send)
        await send({"type": _BODY, "body": b"" if method == "HEAD" else body})

    async def _begin(self, said: Answer, send: Send) -> None:
        if self._date:
            said.fields.append((b"date", _dated(int(time.time()))))
        await send({"type": "http.response.start", "status": said.status, "headers": said.fields})


_dated = lru_cache(maxsize=4)(format_date)


async def _hang_up(receive: Receive) -> None:
    """Ends when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _live(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


def _checked_prefix(prefix: str) -> str:
    """Without its last slash: "" for everything."""
    if not prefix.startswith("/") or "//" in prefix or not prefix.isprintable():
        raise UsageError("wrong prefix", why=f'"{prefix}" is no path', remedy='prefix="/assets"')
    return prefix.rstrip("/")
