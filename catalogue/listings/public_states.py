"""The state of a listing as the public reads it: where no bids are taken here, it does not say so. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalogue.listings.methods import HERE, SEALED, STANDING, all_methods, takes_applications, takes_sealed_bids
from catalogue.listings.rules import NEVER_PUBLIC, STATUS_LABELS, STATUS_TONES, Status
from marketplace.kernel.i18n import N_

STANDING_LABELS: dict[Status, str] = {
    Status.PUBLISHED: N_("接受加入申请"),
    Status.CLOSED: N_("已期满"),
}
RECORDED_LABELS: dict[Status, str] = {
    Status.PUBLISHED: N_("已发布，不在这里投标"),
    Status.CLOSED: N_("等待登记结果"),
}
_STANDING_PREFIX, _RECORDED_PREFIX = "standing-", "recorded-"

# every state that a visitor may meet or choose, by its name in addresses
PUBLIC_STATES: dict[str, str] = {
    **{state.value: words for state, words in STATUS_LABELS.items() if state not in NEVER_PUBLIC},
    **{f"{_RECORDED_PREFIX}{state.value}": words for state, words in RECORDED_LABELS.items()},
    **{f"{_STANDING_PREFIX}{state.value}": words for state, words in STANDING_LABELS.items()},
}
PUBLIC_TONES: dict[str, str] = {
    state: STATUS_TONES[Status(state.removeprefix(_STANDING_PREFIX).removeprefix(_RECORDED_PREFIX))]
    for state in PUBLIC_STATES
}
SEALED_METHODS = sorted({row.code for row in all_methods() if row.way == SEALED})
STANDING_METHODS = sorted({row.code for row in all_methods() if row.way == STANDING})


def public_state(listing: Mapping[str, Any], status: Status) -> str:
    """The name of the state among `PUBLIC_STATES`; `listing` has its method, venue and day of rules."""
    if takes_sealed_bids(listing):
        return status.value
    if takes_applications(listing):
        return f"{_STANDING_PREFIX}{status.value}" if status in STANDING_LABELS else status.value
    return f"{_RECORDED_PREFIX}{status.value}" if status in RECORDED_LABELS else status.value


def status_word(listing: Mapping[str, Any], status: Status) -> str:
    """The state in a word, for a draft in preview too."""
    return PUBLIC_STATES.get(public_state(listing, status), STATUS_LABELS[status])


def way_condition(state: str) -> str:
    """SQL about `listing l`: whether its bids, its applications or only its result are taken here, by the state."""
    sealed, standing = (", ".join(f"'{code}'" for code in codes) for codes in (SEALED_METHODS, STANDING_METHODS))
    at_sealed, at_standing = (f"(l.venue = '{HERE}' AND l.method IN ({codes}))" for codes in (sealed, standing))
    if state.startswith(_RECORDED_PREFIX):
        return f"NOT {at_sealed} AND NOT {at_standing}"
    return at_standing if state.startswith(_STANDING_PREFIX) else at_sealed
