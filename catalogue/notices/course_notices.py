"""Notices before, beside and instead of an award: intention, single source, corrigendum, termination (R-PUB-02)."""

from __future__ import annotations

from catalogue.notices.content import Block, Paper, facts, grid, text
from catalogue.notices.facts import CorrigendumFacts, IntentionFacts, SingleSourceFacts, TerminationFacts
from catalogue.notices.kinds import Kind
from catalogue.notices.wording import Part, contacts, day, known, moment, money, numbered, title
from marketplace.kernel import formats
from marketplace.kernel.i18n import N_, current_language, say
from marketplace.kernel.i18n import translate as _

TARGETS: dict[str, str] = {"notice": N_("采购公告"), "documents": N_("采购文件"), "result": N_("采购结果")}


def _month(value: object) -> str:
    year, month = value.year, value.month  # type: ignore[attr-defined]
    return f"{formats.MONTHS_EN[month - 1]} {year}" if current_language.get() == "en" else f"{year}年{month}月"


def intention(meant: IntentionFacts) -> Paper:
    """政府采购意向公告 (R-TIME-01): what an office means to buy, at least thirty days ahead."""
    rows = [
        (str(number), each.title, each.outline, formats.money(each.budget), _month(each.expected), each.note)
        for number, each in enumerate(meant.purchases, start=1)
    ]
    table = grid(
        (_("序号"), _("采购项目名称"), _("采购需求概况"), _("预算金额"), _("预计采购时间"), _("备注")), rows, right=(3,)
    )
    preface = str(
        say(
            "为便于供应商及时了解政府采购信息，根据《财政部关于开展政府采购意向公开工作的通知》（财库〔2020〕10号）等有关规定，现将{buyer}的采购意向公开如下：",
            buyer=meant.buyer.name,
        )
    )
    parts: list[Part] = [
        (_("采购意向"), [table], "R-TIME-01"),
        (
            _("说明"),
            [
                text(
                    _(
                        "本次公开的采购意向是本单位政府采购工作的初步安排，具体采购项目情况以相关采购公告和采购文件为准。"
                    )
                )
            ],
            "",
        ),
        (_("联系方式"), contacts(meant.buyer, None), ""),
    ]
    return Paper(
        kind=Kind.INTENTION.value, title=title(meant.buyer.name, Kind.INTENTION), number=meant.reference,
        issuer=meant.buyer.name, issued_on=day(meant.published_at) or "", sections=numbered(parts), preface=(preface,),
    )  # fmt: skip


def single_source(meant: SingleSourceFacts) -> Paper:
    """单一来源采购公示: who is meant to be the only one, why, and until when anybody may object."""
    project = facts(
        (_("采购人"), meant.buyer.name),
        (_("项目编号"), meant.reference),
        (_("项目名称"), meant.title),
        (_("预算金额"), money(meant.budget)),
    )
    opinions: list[Block] = [
        grid(
            (_("姓名"), _("工作单位"), _("职称"), _("论证意见")),
            [(o.name, o.office, o.title, o.opinion) for o in meant.opinions],
        )
    ]
    period = say(
        "{first} 至 {last}，不少于 {days} 个工作日。", first=day(meant.published_at), last=day(meant.shown_until),
        days=formats.number(meant.period),
    )  # fmt: skip
    objection = _(
        "任何供应商、单位或者个人对采用单一来源采购方式有异议的，可以在公示期内将书面意见反馈给采购人，"
        "并同时抄送财政部门。"
    )
    parts: list[Part] = [
        (_("项目信息"), [project, text(_("拟采购服务的说明："), meant.description)], ""),
        (_("采用单一来源采购方式的原因及说明"), [text(meant.reason)], ""),
        (_("专业人员论证意见"), opinions, ""),
        (
            _("拟定供应商信息"),
            [facts((_("名称"), meant.provider), (_("地址"), known(meant.provider_address)))],
            "",
        ),
        (_("公示期限"), [text(str(period), objection)], ""),
        (_("联系方式"), [*contacts(meant.buyer, meant.agency), _finance_contact(meant)], ""),
    ]
    return Paper(
        kind=Kind.SINGLE_SOURCE.value, title=title(meant.title, Kind.SINGLE_SOURCE), number=meant.reference,
        issuer=meant.buyer.name, issued_on=day(meant.published_at) or "", sections=numbered(parts),
    )  # fmt: skip


def _finance_contact(meant: SingleSourceFacts) -> Block:
    office = meant.finance_office
    return facts(
        (_("财政部门"), office.name), (_("地址"), known(office.address)), (_("联系人"), known(office.person)),
        (_("联系电话"), known(office.phone)),
    )  # fmt: skip


def corrigendum(changed: CorrigendumFacts) -> Paper:
    """更正公告: what stood there, what stands now; never the object nor the qualification conditions (R-CORR-01)."""
    project = facts(
        (_("原公告的采购项目编号"), changed.reference),
        (_("原公告的采购项目名称"), changed.title),
        (_("首次公告日期"), day(changed.first_published_at)),
    )
    table = grid(
        (_("序号"), _("更正项"), _("更正前"), _("更正后")),
        [(str(n), c.subject, c.before, c.after) for n, c in enumerate(changed.changes, start=1)],
    )
    rows = facts(
        (_("更正事项"), _(TARGETS[changed.target])),
        (_("更正次数"), str(say("第 {number} 次", number=changed.number))),
        (_("更正日期"), day(changed.published_at)),
        (_("更正原因"), known(changed.reason)),
    )
    parts: list[Part] = [
        (_("项目基本情况"), [project], ""),
        (_("更正信息"), [rows, table], "R-CORR-01"),
        (_("更正后的截止时间"), [text(moment(changed.closes_at) or _("不变"))], ""),
        (_("其他补充事宜"), [text(_("其他内容不变。更正内容是采购文件的组成部分。"))], ""),
        (_("对本次公告内容提出询问，请按以下方式联系"), contacts(changed.buyer, changed.agency), ""),
    ]
    return Paper(
        kind=Kind.CORRIGENDUM.value, title=title(changed.title, Kind.CORRIGENDUM),
        number=f"{changed.reference}-{changed.number}", issuer=changed.buyer.name,
        issued_on=day(changed.published_at) or "", sections=numbered(parts),
    )  # fmt: skip


def termination(ended: TerminationFacts) -> Paper:
    """终止公告: the project and why it ended."""
    project = facts((_("采购项目编号"), ended.reference), (_("采购项目名称"), ended.title))
    parts: list[Part] = [
        (_("项目基本情况"), [project], ""),
        (_("项目终止的原因"), [text(ended.reason)], ended.clause),
        (_("其他补充事宜"), [text(_("无"))], ""),
        (_("对本次公告内容提出询问，请按以下方式联系"), contacts(ended.buyer, ended.agency), ""),
    ]
    return Paper(
        kind=Kind.TERMINATION.value, title=title(ended.title, Kind.TERMINATION), number=ended.reference,
        issuer=ended.buyer.name, issued_on=day(ended.published_at) or "", sections=numbered(parts),
    )  # fmt: skip
