"""What goes to the provincial platform: the fields the county keeps, what was sent, what came back (R-PUB-01)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from catalogue.intentions.forms import METHODS
from catalogue.notices.content import Facts, Grid, Paper, Text, content_hash
from catalogue.notices.facts import Contact, ListingFacts
from catalogue.notices.fields import FIELDS, field_values
from catalogue.notices.kinds import OF_FINANCE, kind_of
from catalogue.notices.tables import PlatformExport, PlatformExportValue, PlatformField, PlatformFieldList
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.kernel.i18n import N_

Row = dict[str, Any]

# beside the named fields of the listing, what each notice has of its own
NOTICE_FIELDS: dict[str, str] = {
    "notice_kind": N_("公告种类"),
    "notice_title": N_("公告标题"),
    "notice_text": N_("公告正文"),
    "notice_address": N_("公告网页"),
    "content_sha256": N_("内容 SHA-256"),
}
SOURCES: dict[str, str] = {**NOTICE_FIELDS, **{name: field.label for name, field in FIELDS.items()}}

# the order in which the platform's own form asks; the county changes names and order as the platform does
USUAL_FIELDS: tuple[tuple[str, str], ...] = (
    ("公告类型", "notice_kind"), ("公告标题", "notice_title"), ("采购项目编号", "project_number"),
    ("采购项目名称", "project_name"), ("采购方式", "method"), ("采购人", "buyer"), ("采购人地址", "buyer_address"),
    ("联系人", "buyer_person"), ("联系电话", "buyer_phone"), ("代理机构", "agency"), ("预算金额", "budget"),
    ("最高限价", "ceiling"), ("采购品目", "procurement_item"), ("采购计划号", "plan_number"),
    ("文件获取截止时间", "documents_until"), ("响应截止时间", "closes_at"), ("公告期限", "notice_days"),
    ("公告正文", "notice_text"), ("原文网址", "notice_address"), ("内容哈希", "content_sha256"),
)  # fmt: skip


@dataclass(frozen=True)
class FieldLine:
    """One field of the platform: its name there, and where its value comes from here."""

    name: str
    source: str


async def current_fields() -> tuple[UUID | None, list[FieldLine]]:
    """The edition in use with its fields; the usual ones while the county has saved none."""
    edition = await fetchval("SELECT id FROM platform_field_list ORDER BY edition DESC LIMIT 1")
    if edition is None:
        return None, [FieldLine(name, source) for name, source in USUAL_FIELDS]
    rows = await fetch("SELECT name, source FROM platform_field WHERE field_list = $1 ORDER BY position", edition)
    return edition, [FieldLine(row["name"], row["source"]) for row in rows]


async def save_fields(lines: list[FieldLine], actor: Actor | None, now: datetime) -> UUID:
    """A new edition of the list; what was sent by older ones keeps them."""
    if actor is not None:
        actor.check_may(Permission.EDIT_PAPER_FORMS)
    async with transaction():
        last = await fetchval("SELECT coalesce(max(edition), 0) FROM platform_field_list")
        changed_by = actor.person_id if actor else None
        edition: UUID = await insert(PlatformFieldList, edition=last + 1, changed_by=changed_by, changed_at=now)
        for position, line in enumerate(lines, start=1):
            await insert(PlatformField, field_list=edition, position=position, name=line.name, source=line.source)
        detail = {"edition": str(last + 1), "fields": str(len(lines))}
        await record("platform.fields_saved", ("platform_field_list", str(edition)), actor, detail, now)
    return edition


def notice_values(paper: Paper, listing: ListingFacts) -> dict[str, str]:
    """Every value that may be sent of a notice."""
    return {**field_values(listing), **_own_values(paper)}


def _own_values(paper: Paper) -> dict[str, str]:
    return {
        "notice_kind": paper.kind,
        "notice_title": paper.title,
        "notice_text": plain_text(paper),
        "notice_address": paper.address,
        "content_sha256": content_hash(paper),
    }


def intention_values(paper: Paper, row: Row, office: Contact) -> dict[str, str]:
    """Every value that may be sent of an intention; what only a listing knows is empty."""
    known = {
        "project_number": row["intention_reference"], "project_name": row["title"],
        "method": METHODS[row["method"]], "buyer": office.name, "buyer_address": office.address,
        "buyer_person": office.person, "buyer_phone": office.phone, "budget": str(row["amount"]),
        "requirement": row["need"], "web_address": paper.address, "budget_reference": row["budget_reference"] or "",
    }  # fmt: skip
    return {**dict.fromkeys(FIELDS, ""), **known, **_own_values(paper)}


def plain_text(paper: Paper) -> str:
    """What a paper says, as lines of text."""
    lines = list(paper.preface)
    for section in paper.sections:
        lines.append(section.heading)
        for block in section.blocks:
            match block:
                case Text():
                    lines += block.lines
                case Facts():
                    lines += [f"{label}：{value or ''}" for label, value in block.rows]
                case Grid():
                    lines += ["　".join(block.columns), *("　".join(row) for row in block.rows)]
    return "\n".join([*lines, paper.issuer, paper.issued_on])


@dataclass(frozen=True)
class Sent:
    """What a notice is of: a listing or an intention, its printed number, and the unit that sends it."""

    kind: str
    id: UUID
    reference: str
    unit: UUID

    @classmethod
    def of_listing(cls, row: Row) -> Sent:
        """A listing's notices are sent by its procuring unit."""
        return cls("listing", row["id"], row["reference"], row["procuring_unit"])

    @classmethod
    def of_intention(cls, row: Row) -> Sent:
        """An intention is sent by the buyer that told it."""
        return cls("intention", row["intention_id"], row["intention_reference"], row["buyer"])


def may_send(actor: Actor, unit: UUID, slug: str) -> bool:
    """The unit sends its notices, finance its own."""
    if kind_of(slug) in OF_FINANCE:
        return actor.may(Permission.DECIDE_COMPLAINT)
    return actor.may(Permission.DRAFT_LISTING) and actor.organisation_id == unit


def check_may_send(actor: Actor, unit: UUID, slug: str) -> None:
    """Raises Forbidden for others, in words that name who may."""
    if kind_of(slug) in OF_FINANCE:
        if not may_send(actor, unit, slug):
            raise Forbidden(N_("投诉处理结果由财政部门公告。请联系财政部门。"), clause="R-DISP-07")
        return
    actor.check_may(Permission.DRAFT_LISTING)
    if actor.organisation_id != unit:
        raise Forbidden(N_("只有采购人本单位的人可以导出公告。请联系采购人。"))


async def export_notice(sent: Sent, slug: str, values: dict[str, str], actor: Actor, now: datetime) -> UUID:
    """Take a notice out for the platform, with every value as it is now. Raises Forbidden."""
    check_may_send(actor, sent.unit, slug)
    async with transaction():
        edition, lines = await current_fields()
        if edition is None:
            edition = await save_fields(lines, None, now)
        export: UUID = await insert(
            PlatformExport, slug=slug, field_list=edition, exported_by=actor.person_id, **{sent.kind: sent.id},
            content_sha256=values["content_sha256"], exported_at=now,
        )  # fmt: skip
        for position, line in enumerate(lines, start=1):
            await insert(
                PlatformExportValue, export=export, position=position, name=line.name, value=values[line.source]
            )
        detail = {"reference": sent.reference, "slug": slug, "sha256": values["content_sha256"]}
        await record("platform.exported", (sent.kind, str(sent.id)), actor, detail, now)
    return export


_EXPORTS = """
SELECT e.*, coalesce(l.reference, i.reference) AS reference, coalesce(l.title, pp.title) AS title, l.title_en,
       coalesce(l.procuring_unit, pp.buyer) AS procuring_unit,
       coalesce(l.published_at, i.published_at) AS told_at, p.name AS exported_by_name, c.name AS confirmed_by_name
FROM platform_export e LEFT JOIN listing l ON l.id = e.listing LEFT JOIN intention i ON i.id = e.intention
LEFT JOIN planned_purchase pp ON pp.id = i.planned_purchase JOIN person p ON p.id = e.exported_by
LEFT JOIN person c ON c.id = e.confirmed_by
"""


@dataclass(frozen=True)
class Confirmation:
    """What the platform answered; `difference` says in words what stands there otherwise."""

    number: str
    published_on: date
    link: str = ""
    difference: str = ""


async def confirm_export(export: UUID, answered: Confirmation, actor: Actor, now: datetime) -> None:
    """Enter the platform's number, once. Raises NotFound, Forbidden, Conflict."""
    row = await fetchrow(_EXPORTS + " WHERE e.id = $1", export)
    if row is None:
        raise NotFound()
    check_may_send(actor, row["procuring_unit"], row["slug"])
    async with transaction():
        entered = await fetchval(
            "UPDATE platform_export SET platform_number = $2, platform_published_on = $3, platform_link = $4,"
            " difference = $5, confirmed_by = $6, confirmed_at = $7 WHERE id = $1 AND confirmed_at IS NULL"
            " RETURNING id",
            export, answered.number, answered.published_on, answered.link, answered.difference, actor.person_id, now,
        )  # fmt: skip
        if entered is None:
            raise Conflict(N_("这次导出的平台编号已经登记过了。请刷新页面查看。"))
        detail = {"reference": row["reference"], "number": answered.number}
        subject = ("listing", str(row["listing"])) if row["listing"] else ("intention", str(row["intention"]))
        await record("platform.confirmed", subject, actor, detail, now)


async def exports_for(actor: Actor, sent: UUID | None = None) -> list[Row]:
    """What was sent, newest first, of one listing or intention or of all: the actor's unit's, or everybody's."""
    unit = None if actor.may(Permission.READ_EVERYTHING) else actor.organisation_id
    rows = await fetch(
        _EXPORTS + " WHERE ($1::uuid IS NULL OR coalesce(l.procuring_unit, pp.buyer) = $1)"
        " AND ($2::uuid IS NULL OR $2 IN (e.listing, e.intention)) ORDER BY e.exported_at DESC, e.id LIMIT 500",
        unit, sent,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def export_page(export: UUID, actor: Actor) -> Row:
    """One export with its values. Raises NotFound for another unit's."""
    unit = None if actor.may(Permission.READ_EVERYTHING) else actor.organisation_id
    row = await fetchrow(_EXPORTS + " WHERE e.id = $1", export)
    if row is None or unit not in (None, row["procuring_unit"]):
        raise NotFound()
    values = await fetch(
        "SELECT v.name, v.value, f.source FROM platform_export_value v JOIN platform_export e ON e.id = v.export"
        " JOIN platform_field f ON f.field_list = e.field_list AND f.position = v.position"
        " WHERE v.export = $1 ORDER BY v.position",
        export,
    )
    return {**row, "values": [dict(value) for value in values]}


def differences(export: Row, now_values: dict[str, str]) -> list[tuple[str, str, str]]:
    """The fields whose value is no longer what was sent: name, sent, now."""
    pairs = [(v["name"], v["value"], now_values.get(v["source"], "")) for v in export["values"]]
    return [(name, sent, today) for name, sent, today in pairs if sent != today]
