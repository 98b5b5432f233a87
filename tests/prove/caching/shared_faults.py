"""What befalls the server of tier 2, and the processes that share it, over a scenario's time."""

import os
import signal

from tests.prove.caching.run import Run

FULL_BYTES = 1


def flushed(run: Run) -> None:
    while run.turns(every=(0.1, 0.5)):
        run.ground.ask_valkey("FLUSHALL")


def tags_evicted(run: Run) -> None:
    """Keys of tags are gone, as where memory is short, and the entries that carry them are not."""
    while run.turns(every=(0.02, 0.1)):
        keys = run.ground.ask_valkey("KEYS", "plimsoll:*:tag:*")
        if keys:
            run.ground.ask_valkey("DEL", *run.random.sample(keys, (len(keys) + 1) // 2))


def frozen(run: Run) -> None:
    """The server stands still (SIGSTOP)."""
    assert run.ground.valkey is not None
    while run.turns(every=(0.3, 0.8)):
        os.kill(run.ground.valkey.pid, signal.SIGSTOP)
        run.wait(0.05, 1.0)
        os.kill(run.ground.valkey.pid, signal.SIGCONT)


def old_dump(run: Run) -> None:
    """Killed, and started anew on what it had saved a second before."""
    while run.turns(every=(0.3, 0.6)):
        run.ground.ask_valkey("SAVE")
        run.wait(0.5, 1.0)
        run.ground.restart_valkey()


def full(run: Run) -> None:
    """Full, and then not; what is there may go or must stay."""
    while run.turns(every=(0.2, 0.5)):
        policy = run.random.choice(("noeviction", "allkeys-random"))
        run.ground.ask_valkey("CONFIG", "SET", "maxmemory-policy", policy)
        run.ground.ask_valkey("CONFIG", "SET", "maxmemory", str(FULL_BYTES))
        run.wait(0.1, 0.5)
        run.ground.ask_valkey("CONFIG", "SET", "maxmemory", "0")


def bad_network(run: Run) -> None:
    """To tier 2: slow, cut, silent."""
    while run.turns(every=(0.1, 0.4)):
        run.ground.shared.delay(run.random.choice((0, 0.005, 0.02, 0.04)))
        match run.random.choice(("cut", "stall", "nothing")):
            case "cut":
                run.ground.shared.reset()
            case "stall":
                run.ground.shared.stall()
                run.wait(0.1, 0.6)
                run.ground.shared.flow()
    run.ground.shared.delay(0)


def slow(run: Run) -> None:
    """Each answer of tier 2 is long under way."""
    run.ground.shared.delay(0.04)
    run.wait(60)
    run.ground.shared.delay(0)


def one_by_one(run: Run) -> None:
    """A process is killed, and another takes its place."""
    while run.turns(every=(0.5, 1.0)):
        number = run.random.randrange(len(run.processes))
        run.processes[number].kill()
        run.wait(0.0, 0.3)
        run.restart(number)


def all_at_once(run: Run) -> None:
    """All processes are killed; meanwhile others write."""
    while run.turns(every=(1.5, 2.0)):
        for process in run.processes:
            process.kill()
        run.wait(0.3, 0.8)
        for number in range(len(run.processes)):
            run.restart(number)
