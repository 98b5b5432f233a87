"""`python -m plimsoll.testing.shop SWITCHES`, with the DSN in SHOP_DSN: serves on a free port and says which."""

import asyncio
import logging
import os
import socket
import sys
import threading
from random import Random

import uvicorn

from plimsoll.testing.shop.application import Shop
from plimsoll.testing.shop.switches import Switches


def main() -> None:
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)  # what fails is answered
    threading.Thread(target=_end_with_our_parent, daemon=True).start()
    shop = Shop(os.environ["SHOP_DSN"], Switches.read(sys.argv[1]), Random(1))
    # With the protocol named, asyncio sends small answers at once (TCP_NODELAY): else some wait 40 ms for an ACK.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        asyncio.run(_serve(shop, listener))


async def _serve(shop: Shop, listener: socket.socket) -> None:
    server = uvicorn.Server(uvicorn.Config(shop, log_level="critical", access_log=False, lifespan="on"))
    serving = asyncio.create_task(server.serve([listener]))
    while not server.started and not serving.done():  # noqa: ASYNC110  # uvicorn tells nobody
        await asyncio.sleep(0.01)
    sys.stdout.write(f"port {listener.getsockname()[1]}\n" if server.started else f"{shop.failure}\n")
    sys.stdout.flush()
    await serving


def _end_with_our_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
