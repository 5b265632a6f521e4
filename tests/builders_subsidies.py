"""Subsidies for tests: a scheme agreed by two persons, a run computed, published, approved and paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.subsidies import queries
from contracts.subsidies.accounts import decide_account, state_account, without_account
from contracts.subsidies.paying import confirm_subsidies_paid, make_pay_file
from contracts.subsidies.scheme_rules import NewScheme
from contracts.subsidies.schemes import decide_scheme, draft_scheme
from contracts.subsidies.services import approve_run, compute_run, publish_run
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.db import execute, insert
from tests.builders_contracts import APRIL, FakeTreasury
from tests.cast import actor
from vendors.workers.files import file_for
from vendors.workers.tables import Worker

NOW = at_county_time(date(2026, 5, 10), 10)  # the list stands in public until 15 May
AFTER = at_county_time(date(2026, 5, 18), 10)
BANK = "成都农商银行金堂支行"
AMOUNTS = {"assistant": Decimal("300.00"), "intermediate": Decimal("500.00"), "senior": Decimal("800.00")}


async def a_scheme(document_number: str = "金民发〔2026〕8号", **wanted: Any) -> UUID:
    """A scheme drawn up by one person of civil affairs and agreed by another."""
    values = {
        "name": "社工补贴办法", "effective_from": date(2026, 1, 1), "effective_to": None, "min_minutes": 240,
        "amounts": AMOUNTS, "document_number": document_number, **wanted,
    }  # fmt: skip
    scheme = await draft_scheme(NewScheme(**values), await actor("liu.fang", NOW), NOW)
    if (await queries.scheme_page(scheme))["status"] == "draft":
        await decide_scheme(scheme, True, "按县政府会议纪要", await actor("song.ya", NOW), NOW)
    return scheme


async def a_run(scheme: UUID, month: date = APRIL, months: int = 1, now: datetime = NOW) -> dict[str, Any]:
    """A run computed by civil affairs."""
    return await queries.run_page(await compute_run(scheme, month, months, await actor("liu.fang", now), now))


async def frozen(scheme: UUID, month: date = APRIL, now: datetime = NOW, after: datetime = AFTER) -> dict[str, Any]:
    """A run computed, published, and approved by finance after its days in public."""
    run = await a_run(scheme, month, now=now)
    await publish_run(run["id"], await actor("liu.fang", now), now)
    await approve_run(run["id"], await actor("sun.yue", after), after)
    return await queries.run_page(run["reference"])


async def with_accounts(run: dict[str, Any], now: datetime = AFTER) -> None:
    """Everybody who gets something from a run has an account that two persons agreed to."""
    liu, sun = await actor("liu.fang", now), await actor("sun.yue", now)
    for number, each in enumerate(await without_account(run["id"])):
        account = await state_account(each["worker"], BANK, f"62170038100{number:08}", liu, now)
        await decide_account(account, "", sun, now)


async def paid(scheme: UUID, month: date = APRIL, now: datetime = NOW, after: datetime = AFTER) -> dict[str, Any]:
    """A frozen run of which everything was paid."""
    run, sun = await frozen(scheme, month, now, after), await actor("sun.yue", after)
    await with_accounts(run, after)
    await make_pay_file(run["id"], FakeTreasury(), sun, after)
    await confirm_subsidies_paid(run["id"], sun, after)
    return await queries.run_page(run["reference"])


async def somebody(employer: dict[str, UUID], name: str, now: datetime = NOW, **wanted: Any) -> UUID:
    """Somebody on a roster without an account; gives the spell. `employer`: {"provider": …} or {"town": …}."""
    number = wanted.pop("certificate_number", f"SW-{name}")
    values = {
        "name": name, "certificate_level": "assistant", "certificate_number": number,
        "registered_on": date(2026, 1, 1), "certificate_until": date(2028, 12, 31),
        "employed_from": date(2026, 1, 1), **wanted,
    }  # fmt: skip
    made: UUID = await insert(Worker, **employer, **values, file=await file_for(number, now), added_at=now)
    return made


async def on_duty(worker: UUID, month: date, minutes: int, now: datetime, people: Sequence[UUID]) -> None:
    """A countersigned certificate that takes the place of the one before; none for 0 minutes."""
    await execute(
        "UPDATE duty_certificate SET status = 'withdrawn', withdrawn_by = $3, withdrawn_at = $4, withdraw_reason = 'x'"
        " WHERE worker = $1 AND month = $2 AND status <> 'withdrawn'",
        worker, month, people[0], now,
    )  # fmt: skip
    if minutes:
        await execute(
            "INSERT INTO duty_certificate (id, worker, month, minutes, duties, status, entered_by, entered_at,"
            " signed_by, signed_at) VALUES (gen_random_uuid(), $1, $2, $3, '走访', 'countersigned', $4, $6, $5, $6)",
            worker, month, minutes, people[0], people[1], now,
        )  # fmt: skip
