"""What the balancer does not take, and a HAProxy that does not answer."""

import signal
from pathlib import Path

import pytest

from plimsoll.core.errors import ServiceError, UsageError
from plimsoll.scale.balancer.balancer import Balancer
from plimsoll.scale.balancer.runtime import Runtime, UnreachableError
from plimsoll.scale.balancer.settings import BalancerSettings
from tests.scale.balancer.stage import Stage, play


def test_what_cannot_be_is_refused_with_what_to_do(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        await stage.origins("w1")
        for wrong in ("w1;help", "a b", "", "x/y", "w\n", "w1.last"):
            with pytest.raises(UsageError, match="no name for a server"):
                await stage.balancer.add(wrong, stage.path("w2"))
        for path in (Path("/a b"), Path("/a;b"), Path("/$HOME/x"), tmp_path / ".." / "x"):
            with pytest.raises(UsageError, match="told to HAProxy"):
                await stage.balancer.add("w9", path)
        with pytest.raises(UsageError, match="there are: w1"):
            await stage.balancer.weigh("w9", 1)
        with pytest.raises(ServiceError, match="No such server"):
            await stage.balancer.runtime.order("set server round-robin/w9 weight 1")

    play(story, tmp_path)


def test_a_haproxy_that_hangs_is_told(tmp_path: Path) -> None:
    async def story(stage: Stage) -> None:
        assert stage.haproxy is not None
        stage.haproxy.send_signal(signal.SIGSTOP)
        with pytest.raises(UnreachableError, match="did not answer"):
            await Runtime(tmp_path / "haproxy.sock", within_s=0.05).ask("show info")

    play(story, tmp_path)


def test_too_long_a_path_is_told_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="too long"):
        Balancer(BalancerSettings("127.0.0.1:8000"), tmp_path / ("x" * 100))
