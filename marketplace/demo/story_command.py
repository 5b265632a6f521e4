"""`marketplace demo story`: play the whole loop over HTTP, on a server of its own or on a demo server with `--url`."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from itertools import takewhile
from pathlib import Path

import httpx

from marketplace.demo.story.own_server import own_server
from marketplace.demo.story.player import STEPS, County, Step, StoryBroken, not_built, play
from marketplace.kernel.settings import Settings


def main(argv: list[str]) -> int:
    """`marketplace demo story [--url ADDRESS [--identities FOLDER]]`. 0 when every step was played, else 1."""
    given = read_words(argv)
    missing = not_built()
    try:
        with ExitStack() as held:
            if given.url:
                county = County(checked_demo(given.url), given.identities)
            else:
                server = held.enter_context(own_server())
                county = County(server.address, server.identities_folder)
            held.callback(county.close)
            play(
                county, lambda line: print(line, flush=True), list(takewhile(lambda step: step.act is not None, STEPS))
            )
    except (StoryBroken, httpx.HTTPError) as broken:
        print(f"The story broke off: {broken}", file=sys.stderr)
        tell_missing(missing)
        return 1
    tell_missing(missing)
    return 1 if missing else 0


def read_words(argv: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="marketplace demo story", description="Play the whole loop over HTTP.")
    parser.add_argument("--url", default="", help="a running demo server; without it one is started and removed")
    folder = Settings.from_environment().demo_identities_folder
    parser.add_argument("--identities", type=Path, default=folder, help="where that server's openers keep their keys")
    return parser.parse_args(argv)


def checked_demo(address: str) -> str:
    """The address, when a demo answers there: the story buys, pays and turns the clock. Raises StoryBroken."""
    try:
        health = httpx.get(f"{address.rstrip('/')}/healthz", timeout=15.0).json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise StoryBroken(f"no marketplace answers at {address} ({type(error).__name__}).") from error
    if not isinstance(health, dict) or health.get("demo") is not True:
        raise StoryBroken(f"{address} is no demo; the story plays in a demo county only.")
    return address


def tell_missing(missing: list[Step]) -> None:
    """Say plainly what cannot be played yet."""
    for step in missing:
        print(f"NOT BUILT YET: step {step.number}/{len(STEPS)} {step.title}", file=sys.stderr)
