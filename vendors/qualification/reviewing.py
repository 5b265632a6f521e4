"""The reviewers' side of a pre-check: pass, ask for more, propose a negative finding, confirm it, decide objections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.privacy.services import Look, note_look
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, transaction
from marketplace.kernel.errors import Conflict, FormRefused
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from vendors.providers.queries import provider_by_id
from vendors.qualification.automatic import BINDING, Check, Outcome, requirement_label
from vendors.qualification.moving import Row, add_step, lock, move_to, summarise, tell_provider
from vendors.qualification.queries import checks_of, ended_summaries, findings, precheck
from vendors.qualification.rules import (
    Finding,
    PrecheckStatus,
    check_all_met,
    check_another_person,
    check_one_unmet,
    finding_mistakes,
    holds_until,
)  # fmt: skip


async def _opened(reference: str, actor: Actor) -> Row:
    actor.check_may(Permission.CHECK_PROVIDERS)
    return await lock(await precheck(reference, actor))


async def pass_precheck(reference: str, found: Mapping[str, Finding], actor: Actor, now: datetime) -> None:
    """Every requirement is met: the item is pre-checked from today on. Raises FormRefused, DomainError, IllegalMove."""
    async with transaction():
        row = await _opened(reference, actor)
        await move_to(row, PrecheckStatus.PASSED)
        checks = await checks_of(row, county_day(now))
        await _keep_findings(row, checks, found)
        check_all_met(found, {check.requirement: requirement_label(check.requirement) for check in checks})
        await _hold(row, checks, actor, now)
        await add_step(row["id"], "passed", "", actor, now, {"reference": reference})
        await summarise([row["provider"]], now)
        await tell_provider(row, say(N_("预检通过：{item}"), item=_item(row)), "", now)


async def ask_for_more(reference: str, note: str, actor: Actor, now: datetime) -> None:
    """Say what the provider should add. Raises FormRefused, IllegalMove."""
    if not note.strip():
        raise FormRefused({"note": say(N_("请写明要补充什么；供应商会看到。"))})
    async with transaction():
        row = await _opened(reference, actor)
        await move_to(row, PrecheckStatus.MORE_ASKED)
        await add_step(row["id"], "more_asked", note, actor, now, {"reference": reference, "note": note})
        await summarise([row["provider"]], now)
        await tell_provider(row, say(N_("预检请您补充：{item}"), item=_item(row)), note, now)


async def propose_negative(
    reference: str, found: Mapping[str, Finding], note: str, actor: Actor, now: datetime
) -> None:  # fmt: skip
    """A requirement is not met: a second person looks before the provider is told. Raises FormRefused, DomainError."""
    async with transaction():
        row = await _opened(reference, actor)
        await move_to(row, PrecheckStatus.PROPOSED)
        await _keep_findings(row, await checks_of(row, county_day(now)), found)
        check_one_unmet(found)
        await execute("UPDATE precheck SET proposed_by = $2 WHERE id = $1", row["id"], actor.person_id)
        await add_step(row["id"], "proposed", note, actor, now, {"reference": reference})
        await summarise([row["provider"]], now)


async def confirm_negative(reference: str, actor: Actor, now: datetime) -> None:
    """The second person agrees: the finding is told with its reasons. Raises Forbidden for whoever proposed it."""
    async with transaction():
        row = await _opened(reference, actor)
        check_another_person(actor.person_id, [row["proposed_by"]])
        await move_to(row, PrecheckStatus.NEGATIVE)
        await execute(
            "UPDATE precheck SET decided_by = $2, decided_at = $3 WHERE id = $1", row["id"], actor.person_id, now
        )
        await add_step(row["id"], "confirmed", "", actor, now, {"reference": reference})
        await summarise([row["provider"]], now)
        words = N_("预检不通过：{item}。不影响参加采购；可以提出异议，也可以改正以后再申请。")
        await tell_provider(row, say(words, item=_item(row)), await _reasons(row), now)


async def send_back(reference: str, note: str, actor: Actor, now: datetime) -> None:
    """The second person does not agree: the pre-check is looked at again. Raises Forbidden, FormRefused."""
    if not note.strip():
        raise FormRefused({"note": say(N_("退回重看时请写明理由。"))})
    async with transaction():
        row = await _opened(reference, actor)
        check_another_person(actor.person_id, [row["proposed_by"]])
        await move_to(row, PrecheckStatus.WAITING)
        await execute("UPDATE precheck SET round = round + 1, proposed_by = NULL WHERE id = $1", row["id"])
        await add_step(row["id"], "sent_back", note, actor, now, {"reference": reference, "note": note})
        await summarise([row["provider"]], now)


async def decide_objection(reference: str, granted: bool, note: str, actor: Actor, now: datetime) -> None:
    """A third person decides an objection, with reasons. Raises Forbidden, FormRefused, Conflict."""
    if not note.strip():
        raise FormRefused({"note": say(N_("请写明处理异议的理由；供应商会看到。"))})
    async with transaction():
        row = await _opened(reference, actor)
        check_another_person(actor.person_id, [row["proposed_by"], row["decided_by"]])
        await move_to(row, PrecheckStatus.PASSED if granted else PrecheckStatus.UPHELD)
        if granted:
            checks = await checks_of(row, county_day(now))
            _check_lawful(checks)
            await _hold(row, checks, actor, now)
        await add_step(row["id"], "granted" if granted else "upheld", note, actor, now,
                       {"reference": reference, "note": note})  # fmt: skip
        await summarise([row["provider"]], now)
        upheld = N_("异议不成立，维持预检不通过：{item}。不影响参加采购。")
        said = N_("异议成立，预检通过：{item}") if granted else upheld
        await tell_provider(row, say(said, item=_item(row)), note, now)


async def see_contact(row: Row, purpose: str, actor: Actor, now: datetime) -> str:
    """A provider's contact whole, noted with its purpose where the provider can read it. Raises Forbidden, NotFound."""
    actor.check_may(Permission.CHECK_PROVIDERS)
    provider = await provider_by_id(row["provider"])
    async with transaction():
        look = Look(N_("联系人和电话"), provider["reference"], purpose, of_organisation=provider["organisation"])
        await note_look(look, ("provider", str(provider["id"])), actor, now)
    return str(provider["contact"])


async def end_prechecks(now: datetime) -> None:
    """Say of providers whose last pre-check holds no longer that none does. Safe to repeat."""
    if ended := await ended_summaries(county_day(now)):
        await summarise(ended, now)


def _check_lawful(checks: Sequence[Check]) -> None:
    for check in checks:
        if check.requirement in BINDING and check.outcome == Outcome.UNMET:
            raise Conflict(
                N_("法定条件“{requirement}”现在不符合：{why}。异议不能成立。"),
                clause=check.clause, requirement=requirement_label(check.requirement), why=check.sentence,
            )  # fmt: skip


async def _keep_findings(row: Row, checks: Sequence[Check], found: Mapping[str, Finding]) -> None:
    if mistakes := finding_mistakes(checks, found):
        raise FormRefused(mistakes)
    kept = [found.get(check.requirement, Finding(Outcome.SHOWN)) for check in checks]
    await execute(
        "INSERT INTO precheck_finding (id, precheck, round, requirement, automatic, found, reason, clause, paper)"
        " SELECT gen_random_uuid(), $1, $2, r, a, f, w, c, p"
        " FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[]) AS new(r, a, f, w, c, p)",
        row["id"], row["round"], [c.requirement for c in checks], [c.outcome.value for c in checks],
        [k.found.value for k in kept], [k.reason.strip() for k in kept], [c.clause for c in checks],
        [c.paper for c in checks],
    )  # fmt: skip


async def _hold(row: Row, checks: Sequence[Check], actor: Actor, now: datetime) -> None:
    """Passed from today until its term or its first paper ends; the grade is only shown and ends nothing."""
    today = county_day(now)
    rested_on = [check.paper for check in checks if check.paper and check.outcome != Outcome.SHOWN]
    last_days = await fetch("SELECT valid_until FROM provider_paper WHERE id = ANY($1)", rested_on)
    # a paper that has ended already was accepted by a person with a reason, and ends nothing a second time
    until = holds_until(today, [d["valid_until"] for d in last_days if d["valid_until"] and d["valid_until"] >= today])
    await execute(
        "UPDATE precheck SET status = 'passed', valid_from = $2, valid_until = $3, decided_by = $4, decided_at = $5"
        " WHERE id = $1",
        row["id"], today, until, actor.person_id, now,
    )  # fmt: skip


async def _reasons(row: Row) -> str:
    unmet = [f for f in await findings(row["id"]) if f["round"] == row["round"] and f["found"] == Outcome.UNMET]
    return "\n".join(f"- {requirement_label(f['requirement']).text('zh')}：{f['reason']}" for f in unmet)


def _item(row: Row) -> Name:
    return Name(f"{row['item_code']} {row['item_name'] or ''}", f"{row['item_code']} {row['item_name_en'] or ''}")
