"""`marketplace demo fill`: enter the demo county by the real services, on fixed dates of its own clock.

Each step is entered once; a run that was killed goes on with the first step that is missing.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import piccolo_conf  # noqa: F401  (names the engine before anything asks for it)
from catalogue.items.services import load_first_edition
from catalogue.listings.preparation.services import file_plan
from catalogue.listings.services import draft_listing, publish_listing, submit_for_review
from catalogue.plans.services import NewAllotment, allot_budget
from marketplace.accounts.actor import Actor
from marketplace.accounts.openers.services import register_opener_key
from marketplace.accounts.sessions import actor_of
from marketplace.demo.cast import OFFICES, PASSWORD, enter_cast
from marketplace.demo.notices import filed_plan, first_notice
from marketplace.demo.tables import DemoStep
from marketplace.kernel import db, sealing
from marketplace.kernel.clock import at_county_time, county_day, turn_clock_to
from marketplace.kernel.settings import Settings
from vendors.providers.credit_codes import fresh_credit_code
from vendors.providers.services import NewProvider, ProviderDetails, register_provider

OPENERS = ("zhou.lan", "wu.gang", "he.ping")
# name, English name, legal form, representative, address, user name, founded
PROVIDERS = (
    ("金堂县暖阳社会工作服务中心", "Nuanyang Social Work Centre", "private_non_enterprise",
     "唐宁", "赵镇街道十里大道 88 号", "nuanyang", date(2018, 5, 7)),
    ("金堂县同心社会工作服务中心", "Tongxin Social Work Centre", "private_non_enterprise",
     "冯雪", "淮口街道安泰路 16 号", "tongxin", date(2020, 9, 1)),
    ("成都惠民康养服务有限公司", "Chengdu Huimin Care Ltd", "enterprise",
     "秦川", "赵镇街道滨江路 203 号", "huimin", date(2021, 3, 15)),
    ("金堂县社会福利中心", "Jintang Welfare Centre", "public_institution_1",
     "韩梅", "五凤镇中街 9 号", "fuli", date(2005, 1, 10)),
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One part of the county: when it happens there, and what is done."""

    name: str
    at: datetime
    do: Callable[[datetime, Settings], Awaitable[None]]


async def actor(username: str) -> Actor:
    """A member of the cast as an actor."""
    person: UUID = await db.fetchval("SELECT id FROM person WHERE username = $1", username)
    found = await actor_of(person)
    assert found is not None
    return found


async def _people(now: datetime, _: Settings) -> None:
    await enter_cast(now)
    await load_first_edition(now)


async def _opener_keys(now: datetime, settings: Settings) -> None:
    folder = settings.demo_identities_folder
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for username in OPENERS:
        identity, recipient = sealing.new_identity()
        protected = await asyncio.to_thread(sealing.protect, identity, PASSWORD)
        _keep(folder / f"{username}.age", protected)
        await register_opener_key(recipient, await actor(username), now)


def _keep(path: Path, content: bytes) -> None:
    # a demo's identities lie where its visitors find them: outside database, documents and server secrets
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


async def _providers(now: datetime, _: Settings) -> None:
    for number, (name, name_en, form, head, address, username, founded) in enumerate(PROVIDERS, 1):
        if await db.fetchval("SELECT 1 FROM person WHERE username = $1", username):
            continue
        details = ProviderDetails(head, address, f"{head} 028-8490-{1000 + number}", founded, form == "enterprise")
        new = NewProvider(
            name, fresh_credit_code(f"demo-{number}", form), form, details, head,
            f"{username}@jintang.example", username, PASSWORD, name_en,
        )  # fmt: skip
        await register_provider(new, now)


async def _budget(now: datetime, _: Settings) -> None:
    office: UUID = await db.fetchval("SELECT id FROM organisation WHERE name = $1", OFFICES["zhaozhen"][1])
    allotment = NewAllotment(
        2025, "A02", "赵镇街道购买社会救助服务", office, Decimal("1200000.00"), "金财预〔2025〕12号"
    )
    await allot_budget(allotment, await actor("zhao.lei"), now)


async def _first_notice(now: datetime, _: Settings) -> None:
    line: UUID = await db.fetchval("SELECT id FROM budget_line ORDER BY allotted_at LIMIT 1")
    town: UUID = await db.fetchval("SELECT id FROM organisation WHERE name = $1", OFFICES["zhaozhen"][1])
    openers = [(await actor(name)).person_id for name in OPENERS[:2]]
    drafter, reviewer = await actor("wang.min"), await actor("li.qiang")
    closes_at = at_county_time(date(2025, 12, 18), 14)
    async with db.transaction():
        listing = await draft_listing(first_notice(line, town, tuple(openers), closes_at, 2026), drafter, now)
        await file_plan(listing, filed_plan(county_day(now)), drafter, now)
        await submit_for_review(listing, drafter, now)
        await publish_listing(listing, reviewer, now)


STEPS = (
    Step("people", at_county_time(date(2025, 11, 3), 9), _people),
    Step("opener keys", at_county_time(date(2025, 11, 4), 9), _opener_keys),
    Step("budget", at_county_time(date(2025, 11, 5), 9), _budget),
    Step("providers", at_county_time(date(2025, 11, 10), 9), _providers),
    Step("first notice", at_county_time(date(2025, 12, 1), 9), _first_notice),
)


async def fill(settings: Settings) -> int:
    """Enter what is missing; gives the number of steps done now."""
    done = {r["name"] for r in await db.fetch("SELECT name FROM demo_step")}
    missing = [step for step in STEPS if step.name not in done]
    for step in missing:
        async with db.transaction():
            await turn_clock_to(step.at)
            await step.do(step.at, settings)
            await db.insert(DemoStep, name=step.name, done_at=step.at)
    return len(missing)


async def run(settings: Settings) -> int:
    """Fill with a pool of its own."""
    await db.open_pool(min_size=1, max_size=2)
    try:
        return await fill(settings)
    finally:
        await db.close_pool()


def main(argv: list[str]) -> int:
    """`marketplace demo fill`. Exit 1 when this is not a demo."""
    settings = Settings.from_environment()
    if argv or not settings.is_demo:
        words = "marketplace demo fill takes no arguments and works in a demo county only (MARKETPLACE_DEMO=1)."
        print(words, file=sys.stderr)
        return 2 if argv else 1
    print(f"demo county: {asyncio.run(run(settings))} steps entered")
    return 0
