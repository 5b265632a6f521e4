"""One contract: its facts, its story, its money down to the visits, and what the reader may do next."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template

from catalogue.holds.rules import Held
from catalogue.holds.services import held_words
from catalogue.listings.rules import GRADE_LABELS
from contracts.acceptance.queries import milestones_with_months
from contracts.agreements import queries
from contracts.agreements.filing import filing_of, may_file
from contracts.agreements.routes import reader
from contracts.agreements.rules import (
    CONTRACT_LABELS,
    MILESTONE_LABELS,
    SIDE_LABELS,
    Side,
    is_buyer_side,
    is_party,
    is_provider_side,
    may_see_hours,
)
from contracts.agreements.services import SIGNING
from contracts.amendments.queries import amendments_of
from contracts.amendments.rules import AMENDMENT_LABELS, KIND_LABELS
from contracts.billing.queries import disputed_by_milestone, payments_of
from contracts.billing.rules import PART_LABELS
from contracts.billing.waits import waiting_by_milestone
from contracts.brought_in.queries import opening_of
from contracts.fees.queries import fees_of, may_see_fees
from contracts.fees.rules import FEE_LABELS
from contracts.handovers.queries import handover_of
from contracts.handovers.rules import HANDOVER_LABELS
from contracts.promises.queries import promises_of_contract
from contracts.promises.words import state_of, tone_of
from contracts.redactions.services import may_redact, published_contract, reads_whole
from contracts.renewals.queries import years_of
from contracts.suspensions.queries import standing_of
from contracts.timeline import contract_events
from contracts.visits.queries import closes_of
from contracts.visits.rules import hours_words
from evaluations.opening.consortia import consortium_of_contract
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, Now
from marketplace.accounts.permissions import Permission
from marketplace.kernel.capitals import in_capitals
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.web import page

HELD_STATES = ("drawn_up", "signed_by_one", "in_force")


def _may_refuse(actor: Actor, contract: dict[str, Any], signed: set[str], today: date) -> bool:
    """The winner may state that it will not sign; once the days to sign are over the buyer may record it (R-AWD-03)."""
    is_of_award = not contract["is_call_off"] and not contract["renews"]
    if Side.PROVIDER in signed or not is_of_award or contract["status"] not in ("drawn_up", "signed_by_one"):
        return False
    if is_provider_side(actor, contract):
        return actor.may(Permission.SIGN_FOR_PROVIDER)
    is_over: bool = today > contract["sign_by"]
    return is_over and is_buyer_side(actor, contract) and actor.may(Permission.DETERMINE_AWARD)


def acts(actor: Actor | None, contract: dict[str, Any], signed: set[str], today: date) -> set[str]:
    """What this reader can do with the contract now."""
    if actor is None:
        return set()
    found = set()
    side = Side.BUYER if is_buyer_side(actor, contract) else Side.PROVIDER
    is_open = contract["status"] in HELD_STATES and side not in signed
    is_renewal_open = contract["renews"] and contract["status"] in ("drawn_up", "signed_by_one")
    if is_renewal_open and is_party(actor, contract) and actor.may(SIGNING[side]):
        found.add("drop_renewal")
    if is_open and is_party(actor, contract) and actor.may(SIGNING[side]):
        found.add("sign")
    if _may_refuse(actor, contract, signed, today):
        found.add("refuse")
    if contract["published_at"] is not None:
        if may_see_hours(actor, contract) and contract["logs_visits"]:
            found.add("hours")
        if is_buyer_side(actor, contract) and actor.may(Permission.ACCEPT_WORK):
            found.add("accept")
        if contract["status"] == "in_force" and is_buyer_side(actor, contract) and actor.may(SIGNING[Side.BUYER]):
            found |= {"change", "renew"}
        if is_provider_side(actor, contract) and actor.may(Permission.SUBMIT_INVOICE):
            found.add("invoice")
        # residents' codes are for both sides; whoever goes on finds the list among the day's work
        if (is_party(actor, contract) and actor.may(Permission.HAND_OVER)) or actor.may(Permission.READ_EVERYTHING):
            found.add("handover")
        ends = contract["status"] in ("in_force", "terminated") and contract["logs_visits"]
        if ends and is_buyer_side(actor, contract) and actor.may(Permission.HAND_OVER):
            found.add("hand_over")
    return found


async def held_for(contract: dict[str, Any], actor: Actor | None, now: datetime) -> Any:
    """What holds signing or performance, for the parties and those who supervise: a challenge is not public."""
    if actor is None or not (is_party(actor, contract) or actor.may(Permission.READ_EVERYTHING)):
        return None
    act = Held.PERFORMING if contract["published_at"] else Held.SIGNING
    return await held_words(contract["listing"], act, now) if contract["status"] in HELD_STATES else None


def by_milestone(payments: list[dict[str, Any]]) -> dict[UUID, list[dict[str, Any]]]:
    """All payments of each milestone: of the price first, then of interest."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    for payment in payments:
        found.setdefault(payment["milestone"], []).append(payment)
    return found


def takes_fees(actor: Actor | None) -> bool:
    """Finance asks for fees, by a rule that lets it (R-FEE-01)."""
    return actor is not None and actor.may(Permission.APPROVE_PAYMENT)


def shown_renewal(found: dict[str, Any] | None, actor: Actor | None, contract: dict[str, Any]) -> dict[str, Any] | None:
    """The contract of the next year: for everybody once public, before that for the parties and supervisors."""
    return found if found and (found["published_at"] or reads_whole(actor, contract)) else None


@get("/contracts/{reference:str}", opt=PUBLIC)
async def show_contract(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """A published contract for everybody; before that for its parties and those who read everything."""
    actor = reader(request)
    contract = await queries.contract_facts(reference, visible_to=actor)
    whole, key, day = reads_whole(actor, contract), contract["id"], county_day(now)
    signatures, years, disputed, waiting, owed_back, fees, money, events, milestones, members = await together(
        queries.signatures_of(key), years_of(contract), disputed_by_milestone(key), waiting_by_milestone(key),
        queries.owed_back(key), fees_of(key), queries.money_of(key), contract_events(key, now),
        milestones_with_months(contract), consortium_of_contract(contract),
    )  # fmt: skip
    amendments, filing, payments, promises, held, closes, suspension, handover = await together(
        amendments_of(contract, visible_to=actor), filing_of(key), payments_of(key), promises_of_contract(key, day),
        held_for(contract, actor, now), closes_of(key), standing_of(key), handover_of(key),
    )  # fmt: skip
    return page(
        "contracts/agreements/show.html", contract=contract, signatures=signatures, labels=CONTRACT_LABELS,
        side_labels=SIDE_LABELS, capitals=in_capitals(contract["amount"]),
        events=events, milestones=milestones, milestone_labels=MILESTONE_LABELS, members=members,
        amendments=amendments, amendment_kinds=KIND_LABELS,
        amendment_labels=AMENDMENT_LABELS, money=money,
        filing=filing, files=may_file(actor, contract),
        disputed=disputed, waiting=waiting, owed_back=owed_back,
        fees=fees if actor and may_see_fees(actor, contract["provider_organisation"], contract["buyer"]) else [],
        takes_fees=takes_fees(actor),
        fee_labels=FEE_LABELS,
        payments=by_milestone(payments), parts=PART_LABELS, state_of=state_of, tone_of=tone_of,
        promises=promises, held=held,
        closes=closes, hours_words=hours_words,
        suspension=suspension,
        handover=handover, handover_labels=HANDOVER_LABELS,
        whole=whole,
        published=None if whole else await published_contract(contract), redacts=may_redact(actor, contract),
        opening=await opening_of(contract["id"]) if contract["counted_from"] else None, renewal_rule=years.printed,
        renewal=years.renewal, renewed=shown_renewal(years.renewed, actor, contract), grade_labels=GRADE_LABELS,
        acts=acts(actor, contract, {s["side"] for s in signatures}, day),
        done=request.query_params.get("done", ""),
    )  # fmt: skip


ROUTES: list[Any] = [show_contract]
