"""A supervisor that a test may kill: `python owner.py ROOT GRACE_SECONDS WORKERS`.

It says in a line of JSON what it has once so many workers are ready, and then waits for its input to end.
"""

import asyncio
import json
import sys
from pathlib import Path

from plimsoll.scale.supervisor import places
from plimsoll.scale.supervisor.launching import launch
from plimsoll.scale.supervisor.supervising import Supervisor

HERE = Path(__file__).parent


async def main(root: str, grace_s: str, workers: str) -> None:
    place = places.prepare(Path(root), "app")
    supervisor = Supervisor(
        place, launch([sys.executable, "-I", "-S", "answering.py", "{fd}"], cwd=HERE), grace_s=float(grace_s)
    )
    taken_over = await supervisor.start()
    supervisor.want(int(workers))
    status = await supervisor.until(lambda status: status.ready == int(workers))
    pids = {worker.name: worker.pid for worker in status.workers}
    sys.stdout.write(json.dumps({"keeper": status.keeper_pid, "workers": pids, "taken_over": taken_over}) + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await supervisor.stop()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
