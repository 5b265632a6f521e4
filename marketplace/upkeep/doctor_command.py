"""`marketplace doctor`: how this installation is, part by part, with what to do. 0 when nothing is bad, 1 otherwise."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence

import asyncpg

import piccolo_conf  # noqa: F401  (names the engine before anything asks for it)
from marketplace.kernel.db import close_pool, fetchval, open_pool
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.settings import Settings
from marketplace.upkeep.doctor import INSIDE, OUTSIDE, Finding, State, bad, examine

MARKS = {State.GOOD: "✓", State.WATCH: "!", State.BAD: "✗"}


async def findings(settings: Settings) -> list[Finding]:
    """Every finding; a database that is away is one and hides none of the others."""
    found = await examine(settings, OUTSIDE)
    try:
        await open_pool(max_size=2)
    except (OSError, asyncpg.PostgresError) as error:
        return [_away(settings, error), *found]
    try:
        if await fetchval("SELECT to_regclass('installation') IS NULL OR to_regclass('law_state') IS NULL"):
            return [
                bad("migrations", say(N_("数据库是空的或者没有升级。")), say(N_("请运行 marketplace migrate。"))),
                *found,
            ]
        return [*await examine(settings, INSIDE), *found]
    finally:
        await close_pool()


def _away(settings: Settings, error: Exception) -> Finding:
    return bad(
        "database",
        say(N_("数据库没有回答（{error}）。"), error=type(error).__name__),
        say(N_("请检查 DATABASE_URL、数据库服务和防火墙。")),
    )


def lines(found: Sequence[Finding], language: str) -> list[str]:
    """The findings for people, one or two lines each."""
    told = []
    for each in found:
        told.append(f"{MARKS[each.state]} {each.part:<15}{each.found.text(language)}")
        if each.way_out:
            told.append(f"  {'':<15}→ {each.way_out.text(language)}")
    return told


def as_json(found: Sequence[Finding]) -> str:
    """The findings for programs."""
    return json.dumps(
        [
            {
                "part": each.part,
                "state": each.state.value,
                "found": each.found.text("en"),
                "way_out": each.way_out.text("en") if each.way_out else None,
            }
            for each in found
        ],
        ensure_ascii=False,
    )


def main(argv: Sequence[str]) -> int:
    """`marketplace doctor [--language zh|en] [--json]`."""
    parser = argparse.ArgumentParser(prog="marketplace doctor", description="Say how this installation is.")
    parser.add_argument("--language", choices=["zh", "en"], default="zh", help="the language of the findings")
    parser.add_argument("--json", action="store_true", help="for programs; always English")
    asked = parser.parse_args(argv)
    found = asyncio.run(findings(Settings.from_environment()))
    print(as_json(found) if asked.json else "\n".join(lines(found, asked.language)))
    return 1 if any(each.state is State.BAD for each in found) else 0
