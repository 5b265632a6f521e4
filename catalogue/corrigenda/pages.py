"""What the pages of a corrigendum show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalogue.corrigenda.forms import Money, Period, money_form, texts_of
from catalogue.corrigenda.proposal import proposal_of, texts_by_subject
from catalogue.corrigenda.queries import Row
from catalogue.corrigenda.rules import STATUS_LABELS, STATUS_TONES, CorrigendumStatus, Hands, may_approve
from catalogue.corrigenda.subjects import CORRECTABLE, correctable_of, uncorrectable_of
from catalogue.listings import queries
from catalogue.listings.draft_pages import raw_subject as published_raw
from catalogue.listings.draft_pages import subject_context as drafting_context
from catalogue.listings.drafting_queries import terms_of
from catalogue.listings.drafts import Terms
from catalogue.listings.frameworks.forms import raw_framework
from catalogue.listings.frameworks.queries import framework_of, term_choices
from catalogue.listings.methods import row_of
from catalogue.listings.rules import Status, runs, shown_status
from catalogue.listings.terms import may_hide_names, term_limits_on
from catalogue.listings.versions import KIND_LABELS, SECTION_LABELS
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.forms import Bound

C = CorrigendumStatus


def base_of(listing: Row, corrigendum: Row) -> str:
    """The address of a corrigendum."""
    return f"/listings/{listing['reference']}/corrigenda/{corrigendum['id']}"


def extension_facts(listing: Row, now: datetime) -> dict[str, Any]:
    """Which rules stand behind the dates of this listing."""
    return {
        "clarification_rule": row_of(listing).clarification or None,
        "documents_rule": row_of(listing).documents or None,
        "is_open": shown_status(listing["status"], listing["closes_at"], now) == Status.PUBLISHED,
    }


def may_edit(listing: Row, corrigendum: Row, actor: Actor) -> bool:
    """The drafting people of the unit, while it is a draft."""
    return (
        corrigendum["status"] == C.DRAFT
        and actor.may(Permission.DRAFT_LISTING)
        and runs(actor, listing, Entrusted.CHANGE)
    )


async def overview(listing: Row, corrigendum: Row, actor: Actor, now: datetime) -> dict[str, Any]:
    """Tasks, what may not be corrected, the difference, the new deadline, and who may do what."""
    proposal = await proposal_of(corrigendum, listing, now)
    openers = tuple(o["person"] for o in await queries.openers(listing["id"]))
    hands = Hands(listing["procuring_unit"], corrigendum["drafted_by"], openers)
    wrong = {mistake.part for mistake in proposal.mistakes}
    tasks = [
        {
            "subject": name, "title": each.title, "hint": each.hint, "is_changed": name in proposal.parts,
            "is_wrong": name in wrong,
        }
        for name, each in correctable_of(listing).items()
    ]  # fmt: skip
    return {
        **extension_facts(listing, now),
        "listing": listing, "corrigendum": corrigendum, "base": base_of(listing, corrigendum), "proposal": proposal,
        "tasks": tasks, "uncorrectable": uncorrectable_of(listing), "subjects": CORRECTABLE, "sections": SECTION_LABELS,
        "kind_label": KIND_LABELS[corrigendum["kind"]], "status_label": STATUS_LABELS[C(corrigendum["status"])],
        "status_tone": STATUS_TONES[C(corrigendum["status"])], "may_edit": may_edit(listing, corrigendum, actor),
        "may_decide": may_approve(actor, hands, corrigendum["status"]),
        "may_withdraw": corrigendum["status"] in (C.DRAFT, C.REVIEW) and actor.may(Permission.DRAFT_LISTING)
        and runs(actor, listing, Entrusted.CHANGE),
        "is_own": corrigendum["drafted_by"] == actor.person_id,
    }  # fmt: skip


async def raw_subject(listing: Row, corrigendum: Row, subject: str) -> dict[str, Any]:
    """What was typed for a subject, or what is published."""
    typed = (await texts_by_subject(corrigendum["id"])).get(subject)
    if typed is not None:
        return dict(typed)
    if subject == "money":
        lots = tuple((lot["number"], lot["budget"]) for lot in await queries.lots(listing["id"]))
        return dict(texts_of(Money(lots, listing["ceiling"])))
    if subject == "period":
        return dict(texts_of(Period(listing["service_from"], listing["service_to"], listing["long_term_reason"])))
    if subject == "framework":
        return raw_framework(await framework_of(listing["id"]))
    raw = await published_raw(listing, subject)
    if subject == "timetable":
        raw["questions_until"] = ""  # follows the deadline by rule unless it is typed
    return raw


async def subject_context(
    listing: Row, corrigendum: Row, subject: str, form: Bound, actor: Actor
) -> dict[str, Any]:
    """What drafting's page of the subject needs, counted by the rules of the day of publication."""
    context: dict[str, Any] = {}
    if subject == "framework":
        context = await term_choices(listing)
    elif subject not in ("money", "period"):
        context = await drafting_context(listing, subject, form, actor, listing["published_at"])
    if subject == "terms":
        context |= await _terms_context(listing, corrigendum)
    return {
        **context,
        "listing": listing, "subject": subject, "subjects": {s: (None, each.title) for s, each in CORRECTABLE.items()},
        "may_edit": may_edit(listing, corrigendum, actor), "lots": await queries.lots(listing["id"]),
        "subject_base": base_of(listing, corrigendum), "corrigendum": corrigendum,
    }  # fmt: skip


async def _terms_context(listing: Row, corrigendum: Row) -> dict[str, Any]:
    """Whether consortia are admitted as published, and the limits by the budget as this corrigendum has it."""
    typed = (await texts_by_subject(corrigendum["id"])).get("money")
    money = money_form(typed)[1] if typed else None
    budget = money.budget if money else listing["budget"]
    return {
        "admits_consortium": (await terms_of(listing["id"]) or Terms()).admits_consortium,
        "budget": budget,
        "least_panel": term_limits_on(listing["rules_on"]).least_panel(listing["method"], budget),
        "may_hide_names": may_hide_names(listing["method"], listing["rules_on"]),
    }
