"""The plan of a contract's acceptance, and the opinions of a milestone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from contracts.acceptance.plan_rules import MEMBER_LABELS, Counted, Known, MemberKind, counted, public_words
from contracts.acceptance.same_party import CODE, Hand, Party, compact
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, fetchrow, fetchval
from marketplace.kernel.i18n import translate

Row = dict[str, Any]


_PLAN = "SELECT a.*, p.name AS made_by_name FROM acceptance_plan a JOIN person p ON p.id = a.made_by"


async def plan_of(contract: UUID) -> Row | None:
    """The plan that stands, with its `members`; None while there is none."""
    return await _with_members(await fetchrow(_PLAN + " WHERE a.contract = $1 ORDER BY a.round DESC LIMIT 1", contract))


async def plan_accepted_by(acceptance: Row) -> Row | None:
    """The plan that stood when a milestone was accepted; of older certificates the newest one before it."""
    return await _with_members(
        await fetchrow(
            _PLAN + " WHERE a.contract = $1 AND (a.id = $2 OR $2::uuid IS NULL AND a.made_at < $3)"
            " ORDER BY a.round DESC LIMIT 1",
            acceptance["contract"], acceptance["by_plan"], acceptance["accepted_at"],
        )
    )  # fmt: skip


async def _with_members(row: Any) -> Row | None:
    if row is None:
        return None
    members = await fetch("SELECT * FROM acceptance_member WHERE plan = $1 ORDER BY position", row["id"])
    return {**row, "members": [dict(each) for each in members]}


def members_in_words(plan: Row | None) -> list[tuple[str, str, str]]:
    """Name, office and part of each member, in Chinese, for papers."""
    found = plan["members"] if plan else []
    return [(m["name"], m["office"], translate(MEMBER_LABELS[MemberKind(m["kind"])], "zh")) for m in found]


async def known_parties(contract: Row, offices: list[str]) -> Known:
    """Who may not accept a contract, with every name and code known of them.

    `offices`: as they were typed; those that are the whole name of another office registered here come under `others`.
    """
    hands = await fetch(
        "SELECT p.id, p.name, array_agg(DISTINCT o.name) || array_agg(DISTINCT o.name_en) AS offices FROM person p"
        " LEFT JOIN membership m ON m.person = p.id LEFT JOIN organisation o ON o.id = m.organisation"
        " WHERE p.id = ANY($1::uuid[]) GROUP BY p.id, p.name",
        [each for each in (contract["listing_drafted_by"], contract["listing_approved_by"]) if each],
    )
    sides = {row["id"]: row for row in await fetch(
        "SELECT o.id, o.name, o.name_en, coalesce(v.credit_code, '') AS code,"
        " ARRAY(SELECT unnest(ARRAY[c.from_name, c.from_name_en]) FROM registration_change c"
        " WHERE c.provider = v.id AND c.status = 'confirmed') AS former"
        " FROM organisation o LEFT JOIN provider v ON v.organisation = o.id WHERE o.id = ANY($1::uuid[])",
        [contract["buyer"], contract["provider_organisation"]],
    )}  # fmt: skip
    buyer, provider = (_party(sides[contract[key]]) for key in ("buyer", "provider_organisation"))
    typed = {compact(each) for each in offices}
    others = await fetch(
        r"SELECT name FROM organisation WHERE id <> ALL($1::uuid[])"
        r" AND upper(translate(regexp_replace(name, '\s', '', 'g'), '（）', '()')) = ANY($2::text[])",
        list(sides), list(typed),
    )  # fmt: skip
    codes = await fetch(
        "SELECT credit_code FROM provider WHERE organisation <> ALL($1::uuid[]) AND credit_code = ANY($2::text[])",
        list(sides), [code for each in typed for code in CODE.findall(each)],
    )  # fmt: skip
    return Known(
        tuple(Hand(row["name"], tuple(Party(frozenset([name])) for name in row["offices"] if name)) for row in hands),
        buyer, provider, frozenset(compact(row["name"]) for row in others),
        frozenset(row["credit_code"] for row in codes),
    )  # fmt: skip


def _party(row: Any) -> Party:
    return Party(frozenset(name for name in (row["name"], row["name_en"], *row["former"]) if name), row["code"])


async def recipients_of_months(contract: UUID, closes: list[UUID]) -> dict[str, UUID]:
    """Everybody served by the visits that closed months count: the code with the town of the last of them."""
    rows = await fetch(
        "SELECT DISTINCT ON (v.recipient_code) v.recipient_code, v.town FROM month_line l"
        " JOIN visit v ON v.id = l.visit WHERE v.contract = $1 AND l.month_close = ANY($2::uuid[]) AND l.kind = 'visit'"
        " ORDER BY v.recipient_code, v.day DESC, v.begins_at DESC",
        contract, closes,
    )  # fmt: skip
    return {row["recipient_code"]: row["town"] for row in rows}


async def is_unheard(contract: UUID, milestone: Row) -> bool:
    """Whether recipients were served in a milestone's closed months and none was drawn to be heard (R-ACC-05)."""
    closes = [each["close"]["id"] for each in milestone["months"] if each["close"]]
    found: bool = await fetchval(
        "SELECT NOT EXISTS (SELECT 1 FROM opinion_sample WHERE milestone = $1) AND EXISTS (SELECT 1 FROM month_line l"
        " JOIN visit v ON v.id = l.visit WHERE v.contract = $2 AND l.month_close = ANY($3::uuid[])"
        " AND l.kind = 'visit')",
        milestone["id"], contract, closes,
    )  # fmt: skip
    return found


async def sample_of(milestone: UUID, town: UUID | None = None) -> Row | None:
    """The sample of a milestone with its `opinions` in the order of their lots; None while nobody was drawn.

    `town`: the opinions of its recipients only.
    """
    row = await fetchrow(
        "SELECT s.*, p.name AS drawn_by_name FROM opinion_sample s JOIN person p ON p.id = s.drawn_by"
        " WHERE s.milestone = $1",
        milestone,
    )
    if row is None:
        return None
    opinions = await fetch(
        "SELECT o.*, p.name AS entered_by_name FROM recipient_opinion o LEFT JOIN person p ON p.id = o.entered_by"
        " WHERE o.sample = $1 AND ($2::uuid IS NULL OR o.town = $2) ORDER BY o.position",
        row["id"], town,
    )  # fmt: skip
    return {**row, "opinions": [dict(each) for each in opinions]}


async def counted_of(milestone: UUID) -> Counted | None:
    """The opinions of a milestone, counted; None while nobody was drawn."""
    sample = await sample_of(milestone)
    return counted([each["answer"] for each in sample["opinions"]]) if sample else None


# in certificates, which are Chinese
NOBODY_SERVED = "验收所依据的记录里没有服务对象，按数据没有可以邀请的人。"


async def heard_in_words(acceptance: Row) -> str:
    """What a certificate says of the recipients: their opinions counted, or that the records hold none (R-ACC-05).

    Chinese, for papers and notices. Of older certificates the reason that was given, or nothing. `acceptance`: id,
    milestone, unheard, accepted_at.
    """
    found = await counted_of(acceptance["milestone"])
    if found:
        return public_words(found, county_day(acceptance["accepted_at"]))
    if acceptance["unheard"]:
        return f"没有抽取服务对象，理由：{acceptance['unheard']}"
    served = await fetchval(
        "SELECT EXISTS (SELECT 1 FROM acceptance_month a JOIN month_line l ON l.month_close = a.month_close"
        " WHERE a.acceptance = $1 AND l.kind = 'visit')",
        acceptance["id"],
    )
    return "" if served else NOBODY_SERVED


async def is_window_of(contract: Row, actor: Actor) -> bool:
    """Whether this person is of the window of a town that the contract serves."""
    if not actor.may(Permission.KEEP_TOWN_LIST):
        return False
    found = await fetchrow(
        "SELECT 1 FROM listing_town WHERE listing = $1 AND town = $2", contract["listing"], actor.organisation_id
    )
    return found is not None or actor.organisation_id == contract["buyer"]
