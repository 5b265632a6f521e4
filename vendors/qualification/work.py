"""What waits in pre-checks: for reviewers, for the second and third person, for the provider."""

from __future__ import annotations

from datetime import date

from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem
from vendors.qualification.queries import counts_by_status, first_waiting, holding, waiting_for_second
from vendors.qualification.rules import ADVISORY, TWO_PEOPLE, PrecheckStatus, may_renew


async def prechecks_to_decide(actor: Actor) -> list[WorkItem]:
    """The queue as one line that leads to its first, and each that waits for this person as second or third."""
    items = []
    if first := await first_waiting():
        count = (await counts_by_status())[PrecheckStatus.WAITING]
        what = say(N_("预检供应商资料：{count} 份等待"), count=count)
        items.append(WorkItem(None, str(say(N_("供应商预检"))), what, f"/providers/checks/{first}", ADVISORY))
    for row in await waiting_for_second(actor.person_id):
        said = (
            N_("核对提出的预检不通过：{name} {item}")
            if row["status"] == PrecheckStatus.PROPOSED
            else N_("处理对预检的异议：{name} {item}")
        )
        what = say(said, name=Name.of(row, "name"), item=row["item_code"])
        items.append(WorkItem(None, Name.of(row, "name"), what, f"/providers/checks/{row['reference']}", TWO_PEOPLE))
    return items


async def prechecks_to_add_to(actor: Actor, today: date) -> list[WorkItem]:
    """Own pre-checks for which more was asked, and those that soon hold no longer and were not asked for anew."""
    rows = await fetch(
        "SELECT c.reference, c.item_code, s.note FROM precheck c JOIN provider p ON p.id = c.provider"
        " JOIN LATERAL (SELECT note FROM precheck_step s WHERE s.precheck = c.id AND s.act = 'more_asked'"
        " ORDER BY s.made_at DESC LIMIT 1) s ON true"
        " WHERE p.organisation = $1 AND c.status = 'more_asked' ORDER BY c.applied_at",
        actor.organisation_id,
    )
    bureau = str(say(N_("民政局")))
    items = [
        WorkItem(
            None, bureau, say(N_("补充预检材料（{item}）：{note}"), item=row["item_code"], note=row["note"]),
            f"/my-organisation/prechecks/{row['reference']}", ADVISORY,
        )
        for row in rows
    ]  # fmt: skip
    return items + await _to_renew(actor, today, bureau)


async def _to_renew(actor: Actor, today: date, bureau: str) -> list[WorkItem]:
    rows = await fetch(
        "SELECT p.id, array(SELECT c.item_code FROM precheck c WHERE c.provider = p.id AND c.status IN"
        " ('waiting', 'more_asked', 'proposed', 'objected')) AS running FROM provider p WHERE p.organisation = $1",
        actor.organisation_id,
    )
    held = await holding([row["id"] for row in rows], today)
    return [
        WorkItem(
            each["valid_until"], bureau, say(N_("续预检：{item}"), item=each["item_code"]),
            "/my-organisation/prechecks", "R-QUAL-02",
        )
        for row in rows
        for each in held[row["id"]]
        if each["item_code"] not in row["running"] and may_renew(each["valid_until"], today, False)
    ]  # fmt: skip
