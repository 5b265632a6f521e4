"""`marketplace backup --to DIR` and `marketplace restore --from DIR`: 0 when it is done and proved, 1 when not."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import pyrage

import piccolo_conf  # noqa: F401  (names the engine before anything asks for it)
from marketplace.gateways.public_log import open_heads_log
from marketplace.gateways.signing import AUDIT_KEY, make_or_load_keys, public_keys
from marketplace.kernel.age_keys import IDENTITY_LINE
from marketplace.kernel.audit.linker import link_committed, sign_heads
from marketplace.kernel.db import close_pool, fetchval, open_pool
from marketplace.kernel.settings import Settings
from marketplace.migrate_command import MigrationFailed, address
from marketplace.upkeep.age_parts import PartBroken
from marketplace.upkeep.backup import Unchecked, back_up
from marketplace.upkeep.manifest import Manifest
from marketplace.upkeep.pg_programs import ProgramFailed, in_words
from marketplace.upkeep.restore import NotEmpty, restore
from marketplace.verify_command import Verdict, verify_chain, words

REFUSED = (
    Unchecked, PartBroken, NotEmpty, ProgramFailed, MigrationFailed, OSError, ValueError, tarfile.TarError,
    asyncpg.PostgresError, pyrage.RecipientError, pyrage.IdentityError,
)  # fmt: skip


def main(argv: Sequence[str]) -> int:
    """Back up, or restore, as the first word says."""
    what, rest = argv[0], argv[1:]
    settings = Settings.from_environment()
    try:
        return _back_up(settings, rest) if what == "backup" else asyncio.run(_restore(settings, rest))
    except REFUSED as refused:
        print(f"{what}: {refused}", file=sys.stderr)
        return 1


def _back_up(settings: Settings, argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="marketplace backup", description="Back up database and documents.")
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="a new folder is made below it")
    parser.add_argument(
        "-r", "--recipient", action="append", required=True, metavar="AGE1…",
        help="who may read it (`marketplace age keygen -o FILE` makes a key); can be given again",
    )  # fmt: skip
    parser.add_argument("--keys-to", type=Path, metavar="DIR", help="back the keys up too, to another place than --to")
    parser.add_argument("--no-check", action="store_true", help="do not restore it for a check")
    asked = parser.parse_args(argv)
    if asked.keys_to and asked.keys_to.resolve() == asked.to.resolve():
        parser.error("--keys-to must be another place than --to: whoever finds both and the key has the server")
    folder, manifest = asyncio.run(
        back_up(settings, in_words(address(settings)), asked.to, asked.recipient, asked.keys_to, not asked.no_check)
    )
    print(f"{folder}\n{_told(manifest)}")
    print("Checked: restored into a database of its own and compared." if manifest.checked else "NOT checked.")
    return 0


async def _restore(settings: Settings, argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="marketplace restore", description="Restore into an empty installation.")
    parser.add_argument("--from", dest="folder", type=Path, required=True, metavar="DIR", help="what `backup` made")
    parser.add_argument("--identity", type=Path, required=True, metavar="FILE", help="the age key of a recipient")
    parser.add_argument("--keys", type=Path, metavar="FILE", help="the backed up keys, where the keys folder is empty")
    asked = parser.parse_args(argv)
    manifest = await restore(settings, in_words(address(settings)), asked.folder, _identity(asked.identity), asked.keys)
    print(f"Restored as of {manifest.made_at}: {_told(manifest)}")
    await open_pool(max_size=1)
    try:
        verdict = await prove(settings)
    finally:
        await close_pool()
    print("\n".join(words(verdict)))
    return 0 if verdict.holds else 1


async def prove(settings: Settings) -> Verdict:
    """Whether the restored audit is the one whose heads were signed. Raises FileNotFoundError where no key came back.

    What was committed in the moment of the dump and not linked yet is linked and signed now, as the worker would.
    """
    while await link_committed():
        pass
    public_keys(settings, AUDIT_KEY)  # where there is none at all none is made: the right ones have to be found
    key = make_or_load_keys(settings, AUDIT_KEY).current
    now = await fetchval("SELECT county_now()")
    await sign_heads(open_heads_log(settings), key, key.public.fingerprint, now)
    return await verify_chain(None, settings)


def _identity(path: Path) -> Any:
    found = IDENTITY_LINE.search(path.read_text(encoding="utf-8", errors="replace"))
    if found is None:
        raise PartBroken(f"{path} holds no age key.")
    return pyrage.x25519.Identity.from_str(found.group())


def _told(manifest: Manifest) -> str:
    size = sum(part.size for part in manifest.parts.values()) / 1_000_000
    took = ", ".join(f"{step} {seconds} s" for step, seconds in manifest.seconds.items())
    return f"{sum(manifest.rows.values())} rows, {manifest.documents} documents, {size:.1f} MB ({took})"
