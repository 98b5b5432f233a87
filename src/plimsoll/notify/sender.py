"""Sends one message to several addresses: a child process, so that a hanging service can be ended from outside.

Standard input holds {"title", "body", "kind", "addresses"}; for each address a line {"address": n, "ok", "why"} comes
out as soon as it is known. `why` is the library's own words, in which the address may stand.
"""

import json
import logging
import os
import sys
import threading
from collections.abc import Mapping
from typing import Any

WHY_CHARACTERS_MAX = 500


class LastWords(logging.Handler):
    """The last complaint of each thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.of: dict[int, str] = {}

    def emit(self, record: logging.LogRecord) -> None:
        self.of[threading.get_ident()] = record.getMessage()


def send(message: Mapping[str, Any], number: int, words: LastWords) -> None:
    """Sends to one address and says how it went."""
    import apprise

    why = ""
    try:
        service = apprise.Apprise.instantiate(message["addresses"][number])
        if service is None:
            ok, why = False, "it is not an address that apprise knows"
        else:
            kind = apprise.NotifyType(message["kind"])
            ok = bool(service.notify(body=message["body"], title=message["title"], notify_type=kind))
    except Exception as error:  # noqa: BLE001 - a plugin of the library may raise anything; the others go on
        ok, why = False, f"{type(error).__name__}: {error}"
    said = words.of.get(threading.get_ident(), "it was not accepted")
    line = {"address": number, "ok": ok, "why": "" if ok else (why or said)[:WHY_CHARACTERS_MAX]}
    os.write(1, f"{json.dumps(line)}\n".encode())


def main() -> None:
    message = json.loads(sys.stdin.read())
    words = LastWords()
    logging.getLogger("apprise").addHandler(words)
    logging.getLogger("apprise").propagate = False
    threads = [
        threading.Thread(target=send, args=(message, number, words)) for number in range(len(message["addresses"]))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
