"""What befalls a scenario, over its time."""

from contextlib import suppress
from typing import Final

from plimsoll.changes.clock import clock_s
from plimsoll.core.errors import ServiceError
from tests.prove.caching.run import Run
from tests.prove.caching.writing import BURSTING

_BURST_ENDS: Final = f"""DO $do$ BEGIN
FOR turn IN 1..400 LOOP
    EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = {BURSTING} AND granted);
    PERFORM pg_sleep(0.005);
END LOOP;
PERFORM pg_advisory_xact_lock({BURSTING});
END $do$"""


def cut_polls(run: Run) -> None:
    while run.turns(every=(0.2, 0.6)):
        proxy = run.random.choice(run.ground.follow)
        proxy.reset() if run.random.random() < 0.5 else proxy.cut()


def stalled_polls(run: Run) -> None:
    """Of one process, or of all."""
    while run.turns(every=(0.4, 0.8)):
        proxies = run.random.choice((run.ground.follow, [run.random.choice(run.ground.follow)]))
        for proxy in proxies:
            proxy.stall()
        run.wait(0.3, 1.2)
        for proxy in proxies:
            proxy.flow()


def polls_at_commits(run: Run) -> None:
    """Polls stand still until nothing is known well enough, so that everything is filled anew, and go on in the very
    moment in which a burst's first transaction is committed at last."""
    while run.turns(every=(0.7, 0.9)):
        for proxy in run.ground.follow:
            proxy.stall()
        run.wait(0.3)
        run.ground.sql(_BURST_ENDS)
        for proxy in run.ground.follow:
            proxy.flow()


def one_late(run: Run) -> None:
    """One process hears of changes well after the others."""
    run.ground.follow[0].delay(0.07)
    run.wait(60)
    run.ground.follow[0].delay(0)


def slow_polls(run: Run) -> None:
    """Longer than the promise allows: then nothing can be served; and shorter."""
    while run.turns(every=(0.3, 0.6)):
        for proxy in run.ground.follow:
            proxy.delay(run.random.choice((0.03, 0.08, 0.15, 0.4)))
        run.wait(1.0)
        for proxy in run.ground.follow:
            proxy.delay(0)


def cut_fills(run: Run) -> None:
    while run.turns(every=(0.1, 0.4)):
        run.ground.fill.delay(run.random.choice((0, 0, 0.02, 0.1)))
        run.ground.fill.reset()
    run.ground.fill.delay(0)


def terminated(run: Run) -> None:
    while run.turns(every=(0.4, 1.0)):
        run.ground.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


def stopped(run: Run) -> None:
    while run.turns(every=(0.2, 0.5)):
        process = run.random.choice(run.processes)
        process.pause()
        run.wait(0.1, 1.0)
        process.resume()


def restarted(run: Run) -> None:
    while run.turns(every=(1.0, 1.5)):
        run.ground.restart()


def crashed(run: Run) -> None:
    while run.turns(every=(1.0, 1.5)):
        with suppress(ServiceError):  # it may be recovering still
            run.ground.crash_backend()
            run.crashes.append(clock_s())


def trimmed(run: Run) -> None:
    """The changelog goes on being looked after by the other process."""
    while run.turns(every=(0.2, 0.4)):
        process = run.random.choice(run.processes)
        process.pause()
        run.wait(1.5, 2.5)
        process.resume()


def all_asleep(run: Run) -> None:
    """The changelog goes on being looked after by somebody else."""
    while run.turns(every=(0.5, 1.0)):
        for process in run.processes:
            process.pause()
        for _ in range(4):
            run.wait(0.6)
            run.ground.sql("SELECT plimsoll_changes.tend()")
        for process in run.processes:
            process.resume()


def standby_paused(run: Run) -> None:
    while run.turns(every=(0.2, 0.5)):
        run.ground.pause_standby()
        run.wait(0.3, 0.8)
        run.ground.resume_standby()
