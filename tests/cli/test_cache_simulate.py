"""`plimsoll cache simulate`, and the commands of docs/guides/cache-simulating.md as a reader types them."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from plimsoll.cli.app import app
from plimsoll.core.errors import UsageError
from plimsoll.core.eviction import traces

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "cache-simulating.md").read_text("utf-8")
COMMANDS = re.findall(r"^plimsoll (.*)$", "\n".join(re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)), re.MULTILINE)
PROGRAM = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(autouse=True)
def trace_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    keys = traces.mixed(4_000, 800, alpha=0.9, seed=1).tolist()
    Path("keys.txt").write_text("".join(f"GET /item/{key}\n" for key in keys), encoding="utf-8")
    rows = "".join(f"{at},/item/{key},{100 + key % 900}\n" for at, key in enumerate(keys))
    Path("sizes.csv").write_text("time,url,bytes\n" + rows, encoding="utf-8")


def simulate(*words: str) -> str:
    done = CliRunner().invoke(app, ["cache", "simulate", *words], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def simulated(*words: str) -> Any:
    return json.loads(simulate(*words, "--json"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_guide_works(command: str) -> None:
    done = CliRunner().invoke(app, shlex.split(command), catch_exceptions=False)
    assert (done.exit_code, "s3-fifo" in done.stdout) == (0, True)


def test_the_guide_has_commands_and_a_program_that_runs() -> None:
    assert len(COMMANDS) == 5
    for program in PROGRAM:
        exec(program, {})  # noqa: S102  # the guide's own


def test_a_table_names_the_best_and_what_twice_the_size_gives() -> None:
    said = simulate("keys.txt", "--size", "10%")
    assert re.search(r"^keys.txt: 4,000 requests for [\d,]+ keys, read as keys$", said, re.MULTILINE)
    assert re.search(r"^size +lru +sieve +s3-fifo +2q +optimum +best, or as good +twice$", said, re.MULTILINE)
    assert re.search(r"^doubling pays most at 10 %: \S+ at twice the size hits [\d.]+ % instead", said, re.MULTILINE)


def test_sizes_in_bytes_give_the_share_of_bytes_too() -> None:
    assert "the same in % of the bytes asked for:" in simulate("sizes.csv", "--size", "20%")
    [one] = simulated("sizes.csv", "--size", "500,100kB", "--policy", "LRU", "--policy", "S3FIFO")["sizes"]
    assert (one["entries"], one["bytes"], list(one["policies"])) == (500, 100_000, ["lru", "s3-fifo"])
    assert all(0 < ratios["byte_hit_ratio"] < 1 for ratios in one["policies"].values())
    assert one["twice"]["hit_ratio"] > one["policies"][one["best"]]["hit_ratio"]


def test_by_entries_sizes_do_not_count() -> None:
    by_entries, of_keys = simulated("sizes.csv", "--by", "entries"), simulated("keys.txt")
    assert by_entries["sizes"] == of_keys["sizes"]
    assert by_entries["trace"]["bytes"] is None


def test_of_a_trace_that_was_cut_that_is_said() -> None:
    done = CliRunner().invoke(app, ["cache", "simulate", "keys.txt", "--requests", "1000"], catch_exceptions=False)
    assert "note: read up to there only: more than 1,000 requests" in done.stderr
    assert simulated("keys.txt", "--requests", "1000")["trace"]["requests"] == 1_000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["keys.txt", "--size", "much"], '"much" is no'),
        (["keys.txt", "--size", "1MB"], "this trace has no sizes"),
        (["keys.txt", "--by", "bytes"], "this trace has no sizes"),
        (["keys.txt", "--policy", "lfu"], '"lfu" is no policy of eviction'),
        (["keys.txt", "--format", "xml"], "wrong --format"),
        (["keys.txt", "--sample", "2"], "wrong --sample"),
        (["keys.txt", "--sample", "200%"], "wrong --sample"),
        (["keys.txt", "--key", "url", "--format", "keys"], "--key and --size-of name columns"),
        (["keys.txt", "--key", "url"], "there is no column url"),
        (["none.txt"], "there is no such trace"),
        (["keys.txt", *(f"--size={number}" for number in range(1, 60))], "too many sizes"),
    ],
)
def test_what_is_wrong_is_said_and_what_to_do(words: list[str], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        CliRunner().invoke(app, ["cache", "simulate", *words], catch_exceptions=False)
    assert said in str(refused.value)
    assert refused.value.remedy
