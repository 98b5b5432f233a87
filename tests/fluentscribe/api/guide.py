"""The guide from a file to a verdict, read so that its requests can be made."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from fluentscribe.database.migrating import WORKER
from fluentscribe.database.pool import open_pool
from fluentscribe.work.worker import Manner, Worker, work
from tests.fluentscribe.api.handing_in import KIND, multipart
from tests.fluentscribe.api.service import Platform, Reply, as_role

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "fluentscribe-workflow.md").read_text(encoding="utf-8")
PEOPLE = ("linguist", "reviewer", "manager")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def commands() -> Iterator[tuple[str, str]]:
    """Each command, and what the guide says of its answer."""
    for line in "".join(blocks("sh")).splitlines():
        command, _, said = line.partition("  # ")
        yield command, said


async def worked(platform: Platform) -> None:
    pool = await open_pool(as_role(platform.dsn, WORKER), 3, 30, WORKER)
    await work(Worker(pool, Manner(drain=True), Random(1)))
    await pool.close()


def sent(platform: Platform, command: str, names: dict[str, str]) -> Reply:
    """As curl would send it; in JSON names are filled in, too."""
    words = shlex.split(command)
    assert words.pop(0) == "curl"
    options, who, path = {}, None, ""
    while words:
        word = words.pop(0)
        if word in ("-X", "-H", "--json", "-F", "-o"):
            options[word] = words.pop(0)
        elif word != "-s":
            path = filled(word, names).removeprefix("$API")
    if "-H" in options:
        who = next(one for one in PEOPLE if options["-H"] == f"${one.upper()}")
    method = options.get("-X", "POST" if {"--json", "-F"} & options.keys() else "GET")
    if "-F" in options:
        field, _, name = options["-F"].partition("=@")
        assert field == "files"
        return platform.call(
            method, path, who, None, {"Content-Type": KIND}, multipart((name, blocks("csv")[0].encode()))
        )
    raw = filled(options["--json"], names).encode() if "--json" in options else None
    return platform.call(method, path, who, None, {"Content-Type": "application/json"} if raw else {}, raw)


def filled(text: str, names: dict[str, str]) -> str:
    return re.sub(r"\$([A-Z_]+)", lambda found: names.get(found[1], found[0]), text)


def agrees(reply: Reply, said: str, names: dict[str, str]) -> None:
    """`NAME: .path` keeps a part of the answer, `field is value` claims one."""
    if found := re.fullmatch(r"([A-Z]+): (\..+)", said):
        names[found[1]] = str(at(reply.json, found[2]))
    elif found := re.fullmatch(r"(\w+) is (\w+)", said):
        assert reply.json[found[1]] == (None if found[2] == "null" else found[2]), reply.body
    else:
        assert not said, said


def at(value: Any, path: str) -> Any:
    for name, number in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        value = value[name] if name else value[int(number)]
    return value
