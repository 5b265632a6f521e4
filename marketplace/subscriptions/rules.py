"""The states of a subscription by mail, and the mark of its links. Pure but for the key of the marks."""

from __future__ import annotations

import base64
import hmac
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from marketplace.kernel.private_columns import search_hash
from marketplace.kernel.states import Transitions

CONFIRM_WITHIN = timedelta(days=3)
MOST_OF_AN_ADDRESS = 10


class SubscriptionStatus(StrEnum):
    """Asked for, confirmed by the address itself, ended by it."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    ENDED = "ended"


TRANSITIONS: Transitions[SubscriptionStatus] = {
    SubscriptionStatus.WAITING: frozenset({SubscriptionStatus.CONFIRMED, SubscriptionStatus.ENDED}),
    SubscriptionStatus.CONFIRMED: frozenset({SubscriptionStatus.ENDED}),
    SubscriptionStatus.ENDED: frozenset(),
}


def mark_of(subscription: UUID) -> str:
    """What only a letter to the address says: with it the subscription is confirmed and ended."""
    return base64.urlsafe_b64encode(search_hash(str(subscription), "subscription.link")).decode().rstrip("=")


def is_mark_of(subscription: UUID, mark: str) -> bool:
    """Whether a link is the subscription's own."""
    return hmac.compare_digest(mark_of(subscription).encode(), mark.encode())
