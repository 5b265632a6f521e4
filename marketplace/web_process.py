"""One web process of `marketplace serve`: it serves on a socket that the supervisor opened and keeps.

The supervisor writes a line to its input when the database is ready; the costly imports are done by then. When the
input ends before, the supervisor is gone and so is the reason to serve.
"""

import asyncio
import gc
import logging
import os
import socket
import sys
from importlib import import_module

import uvicorn

gc.disable()  # what is made until the first page lives as long as the process; `asgi` turns the collector on
import marketplace.app  # noqa: E402, F401  (loads every page while the database is still starting)

# what most days need and no first page does: loaded once the first page is being read
SOON_NEEDED = ("marketplace.kernel.jobs.queue", "babel.messages.pofile", "pypinyin")
LONGEST_GOODBYE = 10  # seconds for requests in flight when the server is asked to stop
FIRST_VISIT = 10  # uvicorn's ticks, tenths of a second: how long the rest waits for somebody's first page


class AnnouncingServer(uvicorn.Server):
    """Tells the supervisor when the first request can be answered, and when it was or nobody asks."""

    _settled = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            print("ready", flush=True)

    async def on_tick(self, counter: int) -> bool:
        if not self._settled and (self.server_state.total_requests or counter >= FIRST_VISIT):
            self._settled = True
            print("settled", flush=True)
            asyncio.get_running_loop().run_in_executor(None, load_soon_needed)
        return await super().on_tick(counter)


def load_soon_needed() -> None:
    """Load in a thread what the first write would otherwise wait for."""
    for name in SOON_NEEDED:
        import_module(name)


def main(argv: list[str]) -> int:
    """Serve on the listening socket with the given file number."""
    listening = socket.socket(fileno=int(argv[0]))
    from marketplace.asgi import app  # only now: whoever loads this module need not make an application

    if sys.stdin.readline() != "go\n":
        return 0
    from marketplace.kernel.logs import set_up_logs  # with the application, which has loaded it

    set_up_logs(os.environ.get("LOG_FORMAT", "text"), logging.WARNING)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,  # its loggers speak through ours
        access_log=False,  # the addresses of requests would tell who bids, and how many
        server_header=False,
        timeout_graceful_shutdown=LONGEST_GOODBYE,
        forwarded_allow_ips=os.environ.get("TRUSTED_PROXIES", "127.0.0.1"),
    )
    server = AnnouncingServer(config)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(server.serve(sockets=[listening]))
    return 0 if server.started else 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
