"""When an intention was told early enough, and who tells it."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import Forbidden
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number

LEAD = "R-TIME-01"


def earliest_start(published_on: date) -> date:
    """The first day on which buying may start after an intention of that day (R-TIME-01)."""
    return compute(LEAD, published_on).date


def is_early_enough(published_on: date, starts_on: date) -> bool:
    """Whether buying starts at least the lawful days after the intention (R-TIME-01)."""
    return starts_on >= earliest_start(published_on)


def latest_publication(starts_on: date) -> date:
    """The last day on which an intention is told early enough for buying to start on a day (R-TIME-01)."""
    day = starts_on - timedelta(days=int(number(LEAD, starts_on)))
    while earliest_start(day) > starts_on:
        day -= timedelta(days=1)
    return day


def check_may_plan(actor: Actor) -> None:
    """A buyer plans its own purchases. Raises Forbidden."""
    actor.check_may(Permission.DRAFT_LISTING)


def check_may_change(actor: Actor, buyer: UUID) -> None:
    """Whoever may plan for the buyer changes or withdraws what is planned. Raises Forbidden."""
    check_may_plan(actor)
    if actor.organisation_id != buyer:
        raise Forbidden(N_("只有采购人本单位的人可以改这项计划。请联系采购人。"))


def check_may_publish(actor: Actor, buyer: UUID, planned_by: UUID) -> None:
    """The buyer's own people publish, and not who planned (R-ROLE-03). Raises Forbidden."""
    actor.check_may(Permission.APPROVE_LISTING)
    if actor.organisation_id != buyer:
        raise Forbidden(N_("只有采购人本单位的人可以公开采购意向。请联系采购人。"))
    if actor.person_id == planned_by:
        raise Forbidden(N_("这项计划是您填写的，不能由您公开。请本单位另一位同事复核后公开。"), clause="R-ROLE-03")
