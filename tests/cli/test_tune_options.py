"""What the options of `plimsoll tune` come to, and what they refuse."""

from pathlib import Path

import pytest

from plimsoll.cli.tune_options import Outputs, check_outputs, place_of, request_of, source_of
from plimsoll.core.errors import RefusedError, RunDirectoryError, UsageError
from plimsoll.workflows.tuning.request import TuneRequest, WorkloadSource

NOWHERE = Path("no-runs")


def asked(**options: object) -> TuneRequest:
    said: dict[str, object] = {
        "where": (None, None, "postgres://127.0.0.1/shop", ()), "run": None, "runs": NOWHERE, "sql": None, "log": None,
        "window": None, "top": 50, "budget": None, "time": "10m", "prove": False, "clone_on": "own",
        "clone_max": "20GB", "schemas": (), "role": None, "settings": (), "kept_root": Path("tunings"),
    }  # fmt: skip
    return request_of(**said | options)  # type: ignore[arg-type]  # options as a command line has them


def test_without_more_all_is_asked_that_the_servers_counters_tell() -> None:
    request = asked()
    assert request.source == WorkloadSource()
    assert (request.time_s, request.budget_bytes, request.clone_bytes_max, request.prove) == (600, None, 20 * 10**9, 0)


def test_options_become_bytes_seconds_and_settings() -> None:
    request = asked(
        budget="500MB", time="2m", prove=True, window="10m", schemas=["a", "b", "a"], role="app",
        settings=["app.tenant_id=7", "app.name=x=y"],
    )  # fmt: skip
    assert (request.budget_bytes, request.time_s, request.source.window_s) == (500 * 10**6, 120, 600)
    assert (request.schemas, request.role) == (("a", "b"), "app")
    assert request.session == {"app.tenant_id": "7", "app.name": "x=y"}


@pytest.mark.parametrize(
    "options",
    [
        {"budget": "0"}, {"budget": "much"}, {"time": "0s"}, {"window": "2d"}, {"clone_max": "0B"},
        {"clone_on": "beside"}, {"clone_on": "there", "prove": True}, {"settings": ["=x"]}, {"settings": ["app"]},
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused_with_a_remedy(options: dict[str, object]) -> None:
    with pytest.raises(UsageError) as raised:
        asked(**options)
    assert raised.value.remedy


def test_the_workload_comes_from_one_place_that_is_there(tmp_path: Path) -> None:
    file = tmp_path / "queries.sql"
    file.write_text("SELECT 1;")
    assert source_of(None, NOWHERE, file, None, None) == WorkloadSource(sql=file)
    with pytest.raises(UsageError, match="--sql and --window contradict each other"):
        source_of(None, NOWHERE, file, None, "10m")
    with pytest.raises(UsageError, match="no such file"):
        source_of(None, NOWHERE, None, tmp_path / "server.log", None)
    with pytest.raises(RunDirectoryError):
        source_of("latest", NOWHERE, None, None, None)


def test_a_copy_is_made_here_beside_it_or_on_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRATCH", "postgres://10.0.0.9/scratch")
    monkeypatch.delenv("NOT_SET", raising=False)
    assert [place_of(one) for one in ("own", "beside", "env:SCRATCH", "host=10.0.0.9")] == [
        "own", "beside", "postgres://10.0.0.9/scratch", "host=10.0.0.9",
    ]  # fmt: skip
    with pytest.raises(RefusedError, match="NOT_SET is not set"):
        place_of("env:NOT_SET")


def test_files_that_cannot_be_written_are_told_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no directory"):
        check_outputs(Outputs(out=tmp_path / "no" / "migration.sql"))
    with pytest.raises(UsageError, match="named twice"):
        check_outputs(Outputs(out=tmp_path / "a.sql", undo=tmp_path / "a.sql"))
