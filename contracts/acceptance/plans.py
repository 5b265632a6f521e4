"""Plan the acceptance, draw whom to ask, take their opinions in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from contracts.acceptance.plan_queries import (
    is_window_of,
    known_parties,
    plan_of,
    recipients_of_months,
    sample_of,
)
from contracts.acceptance.plan_rules import (
    RULE_GROUP,
    RULE_SAMPLE,
    Answer,
    Channel,
    Member,
    check_group,
    check_may_draw,
    check_says_how_tried,
    check_unanswered,
    drawn,
    sample_size,
    seed_of_months,
)
from contracts.acceptance.plan_tables import AcceptanceMember, AcceptancePlan, OpinionSample, RecipientOpinion
from contracts.acceptance.services import check_may_accept, milestone_at
from contracts.agreements.queries import contract_by_id, contract_facts, lock_contract
from contracts.agreements.rules import is_buyer_side
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.private_columns import search_hash

Row = dict[str, Any]
DIGITS = 10
PLACE = "recipient_opinion"


async def make_plan(reference: str, how: str, members: Sequence[Member], actor: Actor, now: datetime) -> None:
    """Say how a contract is accepted and by whom; a new plan stands in place of the one before (R-ACC-01, R-ACC-02).

    Raises Forbidden (R-ROLE-03), DomainError for a group that may not be.
    """
    facts = await contract_facts(reference, visible_to=actor)
    async with transaction():
        contract = await lock_contract(facts["id"])
        check_may_accept(actor, contract)
        check_group(members, await known_parties(contract, [each.office for each in members]))
        before = await plan_of(contract["id"])
        plan = await insert(
            AcceptancePlan, contract=contract["id"], round=(before["round"] if before else 0) + 1, how=how,
            made_by=actor.person_id, made_at=now,
        )  # fmt: skip
        for position, each in enumerate(members, start=1):
            await insert(
                AcceptanceMember, plan=plan, position=position, name=each.name, office=each.office,
                kind=each.kind.value,
            )  # fmt: skip
        detail = {"reference": reference, "count": str(len(members))}
        await record("acceptance.planned", ("contract", str(contract["id"])), actor, detail, now)


async def draw_sample(reference: str, position: int, actor: Actor, now: datetime) -> int:
    """Draw the recipients who are asked about a milestone; gives how many (R-ACC-05).

    Raises Forbidden, DomainError while months are open, Conflict when they were drawn already or it is accepted.
    """
    facts = await contract_facts(reference, visible_to=actor)
    async with transaction():
        contract = await lock_contract(facts["id"])
        check_may_accept(actor, contract)
        milestone = await milestone_at(contract, position)
        if milestone["acceptance"] is not None:
            raise Conflict(N_("这个节点已经验收，意见不能再填。"), clause=RULE_SAMPLE)
        closes = [each["close"] for each in milestone["months"] if each["close"]]
        towns = await recipients_of_months(contract["id"], [close["id"] for close in closes])
        codes = list(towns)
        check_may_draw(codes, len(milestone["months"]) - len(closes))
        seed = seed_of_months(str(milestone["id"]), [close["lines_sha256"] for close in closes])
        asked = drawn(seed, codes, sample_size(len(codes), county_day(now)))
        await _write_sample(milestone["id"], seed, len(codes), {code: towns[code] for code in asked}, actor, now)
        detail = {"contract": reference, "milestone": str(position), "seed": seed, "count": str(len(asked))}
        await record("acceptance.sample_drawn", ("contract", str(contract["id"])), actor, detail, now)
    return len(asked)


async def _write_sample(  # noqa: PLR0913 - the sample with all it is written from
    milestone: UUID, seed: str, population: int, asked: Mapping[str, UUID], actor: Actor, now: datetime
) -> None:
    try:
        async with transaction():
            sample = await insert(
                OpinionSample, milestone=milestone, seed=seed, population=population, drawn_by=actor.person_id,
                drawn_at=now,
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise Conflict(N_("这个节点已经抽取过服务对象，名单不能再换。"), clause=RULE_SAMPLE) from None
    for place, (code, town) in enumerate(asked.items(), start=1):
        opinion = uuid4()
        await insert(
            RecipientOpinion, id=opinion, sample=sample, position=place, recipient_code=code, town=town,
            code_hash=search_hash(answer_code(opinion), PLACE),
        )  # fmt: skip


def answer_code(opinion: UUID) -> str:
    """The code that a short message carries: made anew from the keyed hash each time it is shown, never stored."""
    value = int.from_bytes(search_hash(f"code {opinion}", PLACE)[:8], "big")
    return f"{value % 10**DIGITS:0{DIGITS}d}"


async def may_take_opinions(contract: Row, actor: Actor) -> bool:
    """The buyer's accepters and the windows of the towns; never the provider."""
    return accepts(contract, actor) or await is_window_of(contract, actor)


def accepts(contract: Row, actor: Actor) -> bool:
    """Whether this person accepts for the buyer: who does sees every town's opinions, and no code of a message."""
    return is_buyer_side(actor, contract) and actor.may(Permission.ACCEPT_WORK)


def town_heard_by(contract: Row, actor: Actor) -> UUID | None:
    """The town whose recipients a window hears; None for the buyer's accepters, who hear those of all towns."""
    return None if accepts(contract, actor) else actor.organisation_id


async def enter_opinion(
    opinion: UUID, answer: Answer, channel: Channel, words: str, act: tuple[Actor, datetime]
) -> None:
    """Enter what a drawn recipient said by phone or on paper. Raises Forbidden, NotFound, Conflict when it is there."""
    actor, now = act
    row = await _opinion("o.id = $1", opinion)
    contract = await contract_by_id(row["contract"])
    if not await may_take_opinions(contract, actor):
        raise Forbidden(N_("服务对象的意见由采购人或者镇（街道）窗口填写。"), clause=RULE_GROUP)
    town = town_heard_by(contract, actor)
    if town is not None and row["town"] != town:
        raise NotFound()
    if channel is Channel.SMS:
        raise DomainError(N_("短信代码由服务对象自己填写。请选电话或者纸质。"), clause=RULE_SAMPLE)
    check_says_how_tried(answer, words)
    async with transaction():
        await _keep(row, answer, channel, words, actor.person_id, now)
        detail = {"contract": contract["reference"], "milestone": str(row["position_of_milestone"])}
        await record("acceptance.opinion_entered", ("contract", str(contract["id"])), actor, detail, now)


async def answer_by_code(code: str, answer: Answer, words: str, now: datetime) -> None:
    """A recipient answers with the code of the short message. Raises NotFound for another code, Conflict."""
    row = await _opinion("o.code_hash = $1", search_hash(code, PLACE))
    async with transaction():
        await _keep(row, answer, Channel.SMS, words, None, now)
        detail = {"milestone": str(row["position_of_milestone"])}
        await record("acceptance.opinion_entered", ("contract", str(row["contract"])), None, detail, now)


async def _opinion(where: str, value: object) -> Row:
    row = await fetchrow(
        "SELECT o.id, o.town, m.contract, m.id AS milestone, m.position AS position_of_milestone"
        " FROM recipient_opinion o JOIN opinion_sample s ON s.id = o.sample"
        " JOIN contract_milestone m ON m.id = s.milestone WHERE " + where,
        value,
    )
    if row is None:
        raise NotFound()
    return dict(row)


async def _keep(
    row: Row, answer: Answer, channel: Channel, words: str, person: UUID | None, now: datetime
) -> None:  # noqa: PLR0913 - an opinion with all it consists of
    # the acceptance holds the contract; an opinion that comes meanwhile waits here and is refused
    await lock_contract(row["contract"])
    standing = await fetchval("SELECT answer FROM recipient_opinion WHERE id = $1 FOR UPDATE", row["id"])
    accepted = await fetchval("SELECT 1 FROM acceptance WHERE milestone = $1", row["milestone"])
    check_unanswered(standing, accepted is not None)
    await execute(
        "UPDATE recipient_opinion SET answer = $2, channel = $3, words = $4, entered_by = $5, answered_at = $6"
        " WHERE id = $1",
        row["id"], answer.value, channel.value, words, person, now,
    )  # fmt: skip


async def codes_of(milestone: UUID, town: UUID | None) -> dict[UUID, str]:
    """The codes of a town's drawn recipients who have not answered, for its window, which sends the messages.

    Nobody else reads them: who accepts could answer in a recipient's place.
    """
    sample = await sample_of(milestone, town) if town else None
    return {each["id"]: answer_code(each["id"]) for each in sample["opinions"] if not each["answer"]} if sample else {}
