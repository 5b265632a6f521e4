"""An invoice's number counts once."""

from __future__ import annotations

from contracts.billing import queries
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import execute
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_


async def check_number_is_new(form: Bound, actor: Actor) -> None:
    """No invoice or credit note that stands, of whichever contract, has this number. The mistake goes beside it.

    Inside the caller's transaction: two who hand in the same number at once wait for each other.
    """
    await execute("SELECT pg_advisory_xact_lock(hashtextextended('invoice ' || $1::text, 0))", form["number"])
    if used := await queries.use_of_number(form["number"], actor):
        form.refuse("number", N_("这个发票号码已经用过（{used}）。请核对号码；一张发票只能用一次。"), used=used)
