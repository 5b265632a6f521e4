"""My data: what is held, who looked, consent."""

from typing import Any

from litestar import get, post
from litestar.response import Redirect, Template

from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now
from marketplace.accounts.permissions import ROLE_LABELS
from marketplace.accounts.privacy.queries import held_about
from marketplace.accounts.privacy.rules import STATUS_WORDS
from marketplace.accounts.privacy.services import EDITION, give_consent, withdraw_consent
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.rule_words import value_words
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import go, page
from marketplace.retention.kinds import EFFECT_LABELS, FILES
from marketplace.retention.queries import held_of


@get("/my-data", opt=SIGNED_IN)
async def show_my_data(actor: CurrentActor, now: Now) -> Template:
    """What is held about the reader, until when, and who looked at it."""
    held, kept = await together(held_about(actor), held_of(actor, county_day(now)))
    return page(
        "marketplace/accounts/my_data.html", held=held, role_labels=ROLE_LABELS, edition=EDITION,
        files_rule=FILES, years=int(number(FILES, county_day(now))), request_words=STATUS_WORDS,
        kept=kept, effects=EFFECT_LABELS, value_words=value_words,
    )  # fmt: skip


@post("/my-data/consent", opt=SIGNED_IN)
async def do_consent(actor: CurrentActor, now: Now) -> Redirect:
    """Agree to the notice."""
    await give_consent(actor, now)
    return go("/my-data")


@post("/my-data/consent/withdraw", opt=SIGNED_IN)
async def do_withdraw(actor: CurrentActor, now: Now) -> Redirect:
    """Take it back."""
    await withdraw_consent(actor, now)
    return go("/my-data")


ROUTES: list[Any] = [show_my_data, do_consent, do_withdraw]
