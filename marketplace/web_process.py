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
from litestar.types import ASGIApp

gc.disable()  # what is made until the first page lives as long as the process; `keep_for_good` turns the collector on
import piccolo_conf  # noqa: E402, F401  (names the engine before anything asks for it)
from marketplace.app import create_first_app, open_gateways, traced  # noqa: E402
from marketplace.first_pages import FirstPages  # noqa: E402
from marketplace.kernel.settings import Settings  # noqa: E402
from marketplace.memory import keep_for_good  # noqa: E402

# what most days need and no first page does: loaded once the first page is being read
SOON_NEEDED = ("marketplace.kernel.jobs.queue", "babel.messages.pofile", "pypinyin")
LONGEST_GOODBYE = 10  # seconds for requests in flight when the server is asked to stop
FIRST_VISIT = 10  # uvicorn's ticks, tenths of a second: how long the rest waits for somebody's first page


class AnnouncingServer(uvicorn.Server):
    """Tells the supervisor when the first request can be answered, and when the rest of the site is there too."""

    def __init__(self, config: uvicorn.Config, first: FirstPages | None) -> None:
        super().__init__(config)
        self.first, self.failed = first, False
        self._settling: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            print("ready", flush=True)

    async def on_tick(self, counter: int) -> bool:
        if not self._settling and (self.server_state.total_requests or counter >= FIRST_VISIT):
            self._settling = asyncio.create_task(self._settle())
        return await super().on_tick(counter)

    async def _settle(self) -> None:
        try:
            if self.first:
                await self.first.load()
                keep_for_good()
        except Exception:
            # nobody is told "wait" for ever: the supervisor starts it again
            logging.getLogger("marketplace").exception("the site could not be loaded")
            self.failed = self.should_exit = True
            return
        print("settled", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, load_soon_needed)


def load_soon_needed() -> None:
    """Load in a thread what the first write would otherwise wait for."""
    for name in SOON_NEEDED:
        import_module(name)


def application(words: list[str]) -> tuple[ASGIApp, FirstPages | None]:
    """The whole application; of the process that begins, told "first", the pages that are asked for first."""
    if "first" in words:
        settings = Settings.from_environment()
        app, first = create_first_app(settings, open_gateways(settings))
        return traced(app, settings), first
    from marketplace.asgi import app as whole  # only now: it makes the whole application

    return whole, None


def main(argv: list[str]) -> int:
    """Serve on the listening socket with the given file number; “first” answers before all pages are loaded."""
    listening = socket.socket(fileno=int(argv[0]))
    app, first = application(argv[1:])
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
    server = AnnouncingServer(config, first)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(server.serve(sockets=[listening]))
    return 0 if server.started and not server.failed else 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
