"""What a question may say, until when it may ask for a change, and who answers. All pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from catalogue.listings.rules import Status, runs, shown_status
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.deadlines import Deadline, compute
from marketplace.kernel.errors import Forbidden
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.moments import Moment

# a social credit code, a mobile or fixed number, an address: each tells who asks
TELLING = re.compile(r"[0-9A-HJ-NP-RT-UW-Y]{18}|1[3-9]\d{9}|0\d{2,3}[- ]?\d{7,8}|[\w.+-]+@[\w-]+\.\w+")


def names_the_asker(text: str, names: Iterable[str]) -> bool:
    """Whether the words give away who asks: a name of the organisation or the person, a code, a number, an address."""
    plain = re.sub(r"\s", "", text).casefold()
    told = any(name and re.sub(r"\s", "", name).casefold() in plain for name in names)
    return told or TELLING.search(text) is not None


def answer_by(asked_at: datetime, rules_on: date) -> Deadline:
    """The last day to answer a question (R-TIME-22)."""
    return compute("R-TIME-22", asked_at, on=rules_on)


def may_ask_for_change(listing: Mapping[str, Any], now: datetime) -> bool:
    """A change can still be asked for before the listing's own clarification date."""
    until = listing["questions_until"] or listing["closes_at"]
    return (
        shown_status(listing["status"], listing["closes_at"], now) in (Status.PUBLISHED, Status.SUSPENDED)
        and now < until
    )


def question_mistakes(
    listing: Mapping[str, Any], text: str, wants_change: bool, names: Iterable[str], now: datetime
) -> dict[str, Sentence]:
    """An inquiry may come at any time (R-ASK-01); one that wants a change comes before the clarification date."""
    found: dict[str, Sentence] = {}
    if names_the_asker(text, names):
        found["asked"] = say(
            N_("问题里有能看出提问人的内容（名称、电话、邮箱或者信用代码）。问题和答复会公布，请删去这些内容。")
        )
    if wants_change and not may_ask_for_change(listing, now):
        until = Moment(listing["questions_until"] or listing["closes_at"])
        found["wants_change"] = say(
            N_("要求修改采购文件的，要在 {until} 前提出。不要求修改的询问随时可以提，请去掉这个勾选。"), until=until
        )
    return found


def may_answer(actor: Actor, listing: Mapping[str, Any]) -> bool:
    """The people who handle the listing: the procuring unit's, or its agency's where answering was entrusted."""
    return actor.may(Permission.DRAFT_LISTING) and runs(actor, listing, Entrusted.ANSWER)


def check_may_answer(actor: Actor, listing: Mapping[str, Any]) -> None:
    """The procuring unit answers, or its agency within its authority (R-ROLE-05). Raises Forbidden."""
    actor.check_may(Permission.DRAFT_LISTING)
    if not runs(actor, listing, Entrusted.ANSWER):
        actor.check_entrusted(listing["agency_agreement"], Entrusted.ANSWER)
        raise Forbidden(N_("询问由采购人答复。请联系采购人。"), clause="R-TIME-22")
