"""What waits for finance and for a provider in matters of credit."""

from __future__ import annotations

from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetch
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem
from vendors.credit.queries import list_cases, removals
from vendors.credit.rules import CaseStatus
from vendors.providers.rules import CREDIT_LABELS


async def credit_to_decide(actor: Actor) -> list[WorkItem]:
    """Cases to hear and to decide, removals and lists that wait for a second person who is this one."""
    items = []
    for case in await list_cases(open_only=True):
        name, path = Name.of(case, "provider_name"), f"/credit/cases/{case['reference']}"
        if case["status"] == CaseStatus.OPENED and case["opened_by"] == actor.person_id:
            what = say(N_("听取意见并记下：{name}"), name=name)
            items.append(WorkItem(case["hear_until"], name, what, path, "R-CRED-01"))
        elif case["status"] == CaseStatus.HEARD and case["opened_by"] != actor.person_id:
            what = say(N_("决定是否公开处理决定：{name}"), name=name)
            items.append(WorkItem(None, name, what, path, "R-CRED-01"))
    for removal in await removals("proposed"):
        if removal["proposed_by"] != actor.person_id:
            name = Name.of(removal, "provider_name")
            what = say(N_("确认移出信用记录：{name}"), name=name)
            items.append(WorkItem(removal["effective_on"], name, what, "/credit", "R-CRED-01"))
    return items + await _lists(actor)


async def _lists(actor: Actor) -> list[WorkItem]:
    rows = await fetch(
        "SELECT l.id, l.kind, l.status, l.uploaded_by,"
        " (SELECT count(*) FROM credit_list_row r WHERE r.credit_list = l.id AND r.is_same = 'open') AS open_rows"
        " FROM credit_list l WHERE l.status <> 'dropped' ORDER BY l.uploaded_at"
    )
    items = []
    for row in rows:
        kind, path = say(CREDIT_LABELS[row["kind"]]), f"/credit/lists/{row['id']}"
        if row["open_rows"]:
            what = say(N_("判断名单上的名称是不是同一家（{count} 行）：{kind}"), count=row["open_rows"], kind=kind)
            items.append(WorkItem(None, str(kind), what, path, "R-CRED-01"))
        elif row["status"] == "waiting" and row["uploaded_by"] != actor.person_id:
            items.append(WorkItem(None, str(kind), say(N_("确认导入的名单：{kind}"), kind=kind), path, "R-CRED-01"))
    return items


async def credit_to_answer(actor: Actor) -> list[WorkItem]:
    """Cases about the own organisation to which nothing was said yet."""
    rows = await fetch(
        "SELECT c.reference, c.kind, c.hear_until FROM credit_case c JOIN provider p ON p.id = c.provider"
        " WHERE p.organisation = $1 AND c.status = 'opened' AND c.statement = '' ORDER BY c.hear_until",
        actor.organisation_id,
    )
    return [
        WorkItem(
            row["hear_until"], str(say(N_("财政局"))),
            say(N_("陈述意见：{kind}"), kind=say(CREDIT_LABELS[row["kind"]])),
            f"/credit/cases/{row['reference']}", "R-CRED-01",
        )
        for row in rows
    ]  # fmt: skip
