"""`marketplace administrator`: the first account of a new county, made by whoever holds the server."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from collections.abc import Sequence

import piccolo_conf  # noqa: F401  (names the engine before anything asks for it)
from marketplace.accounts.membership.first import open_first_administrator
from marketplace.kernel.clock import CountyClock
from marketplace.kernel.db import close_pool, open_pool
from marketplace.kernel.errors import DomainError


def main(argv: Sequence[str]) -> int:
    """Open the account; 1 with the reason when it may not be."""
    parser = argparse.ArgumentParser(
        prog="marketplace administrator",
        description="Open the first administrator's account. It opens offices, invites their people, and nothing else.",
    )
    parser.add_argument("--office", required=True, help="the county office it belongs to, in Chinese")
    parser.add_argument("--office-english", default="", help="the same in English")
    parser.add_argument("--username", required=True)
    parser.add_argument("--name", required=True, help="the person's own name")
    asked = parser.parse_args(argv)
    try:
        asyncio.run(_open(asked, _password()))
    except DomainError as refused:
        print(refused.sentence.text("zh"), refused.sentence.text("en"), sep="\n", file=sys.stderr)
        return 1
    print(f"{asked.username} can sign in now, and is asked for an authenticator first. Then: /accounts/organisations")
    return 0


def _password() -> str:
    """Typed twice at a terminal, one line of the input otherwise: a password never stands in a list of processes."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    while first != getpass.getpass("Again: "):
        print("They differ.", file=sys.stderr)
        first = getpass.getpass("Password: ")
    return first


async def _open(asked: argparse.Namespace, password: str) -> None:
    await open_pool(max_size=1)
    try:
        now = await CountyClock().now()
        await open_first_administrator(
            (asked.office.strip(), asked.office_english.strip()), asked.username, asked.name.strip(), password, now
        )
    finally:
        await close_pool()
