"""The certificate that HAProxy shows, made the one that is in a user's files, without a connection being dropped."""

import asyncio
from typing import Final

from plimsoll.scale.balancer.certificate import FILE, Certificate
from plimsoll.scale.balancer.files import Files
from plimsoll.scale.balancer.runtime import Runtime, UnreachableError

OFFERED_FILE: Final = "tls-offered.pem"


class Certifying:
    """HAProxy reads FILE when it starts; later it is told."""

    def __init__(self, certificate: Certificate, files: Files, runtime: Runtime) -> None:
        self._certificate, self._files, self._runtime = certificate, files, runtime
        self._stamp = certificate.stamp()

    def begin(self) -> None:
        """For a HAProxy that is about to start. Raises UsageError where it cannot be used."""
        if self._offered():
            self._taken()

    def forget(self) -> None:
        """At the end: of a key that is a user's no copy stays. A HAProxy that runs has read it."""
        for name in (FILE, OFFERED_FILE):
            (self._files.directory / name).unlink(missing_ok=True)

    async def certify(self) -> bool:
        """Show what is in the user's files now to who connects from now on; False where that is shown already.

        Connections that are there stay as they are. Raises UsageError where it cannot be used, UnreachableError, and
        OrderRefusedError where HAProxy was started without one; then the former is shown on.
        """
        text = await asyncio.to_thread(self._offered)
        if text:
            await self._runtime.certify(FILE, text)
            self._taken()
        return bool(text)

    async def renewed(self) -> bool:
        """As `certify`, but only where the files changed since the last time: for each tick."""
        stamp = self._certificate.stamp()
        if stamp in (None, self._stamp):
            return False
        before, self._stamp = self._stamp, stamp  # what cannot be used is told once, until it changes
        try:
            return await self.certify()
        except UnreachableError:
            self._stamp = before
            raise

    def _offered(self) -> str:
        """What HAProxy is to show, checked and written beside what it shows; "" where that is the same."""
        text = self._certificate.read()
        self._files.put(OFFERED_FILE, text)
        offered, shown = self._files.directory / OFFERED_FILE, self._files.directory / FILE
        try:
            self._certificate.check(offered)
        except BaseException:
            offered.unlink(missing_ok=True)
            raise
        if shown.exists() and shown.read_text("ascii", "replace") == text:
            offered.unlink(missing_ok=True)
            return ""
        return text

    def _taken(self) -> None:
        (self._files.directory / OFFERED_FILE).replace(self._files.directory / FILE)
