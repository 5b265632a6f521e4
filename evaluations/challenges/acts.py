"""What the ways to be heard add to a listing's page."""

from __future__ import annotations

from typing import Any

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.timeline import PageAct


def challenge_acts(listing: dict[str, Any], actor: Actor | None) -> list[PageAct]:
    """Challenges and complaints with their clocks: for everybody, since decisions are published."""
    may_raise = actor is not None and actor.may(Permission.RAISE_CHALLENGE)
    words = N_("提出质疑、投诉") if may_raise else N_("质疑和投诉")
    return [PageAct(say(words), f"/listings/{listing['reference']}/challenges")]
