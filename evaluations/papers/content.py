"""What the papers of this stage say, from what is recorded; blanks are ruled and filled in by hand. Pure.

They are Chinese. None says more than its reader may know: a bidder's notice names its own score and rank alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from catalogue.notices.content import Paper, Section, Signatures, facts, grid, text
from catalogue.notices.wording import day
from marketplace.kernel.formats import moment, money
from marketplace.kernel.i18n import N_, translate

Row = Mapping[str, Any]
OPENING, PANEL, DECLARATIONS, DRAW = "opening-sheet", "panel-sheet", "declarations", "draw-record"
CONSULTATION, CONFIRMATION, LETTER, NOTICE = "consultation-record", "confirmation", "letter", "notice"
REPORT = "report"
BLANK = ""


class Kind(StrEnum):
    """A paper of this stage."""

    OPENING = OPENING
    DRAW = DRAW
    PANEL = PANEL
    DECLARATIONS = DECLARATIONS
    CONSULTATION = CONSULTATION
    REPORT = REPORT
    CONFIRMATION = CONFIRMATION
    LETTER = LETTER
    NOTICE = NOTICE


@dataclass(frozen=True)
class Form:
    """What a paper is called, what it is for, and the rule that asks for it."""

    title: str
    purpose: str
    clause: str


FORMS: dict[Kind, Form] = {
    Kind.OPENING: Form(N_("开标签到表"), N_("到场的人在开标时签名，和开标记录一起存档"), "R-BID-03"),
    Kind.DRAW: Form(N_("评审专家抽取记录"), N_("专家怎样抽取，谁抽取、谁监督；名单在结果公告以前保密"), "R-EXP-01"),
    Kind.PANEL: Form(N_("评审小组签到表"), N_("评审成员到场时签名；名单在结果公告以前保密"), "R-COM-04"),
    Kind.DECLARATIONS: Form(N_("回避声明"), N_("评审成员对着供应商名单声明有没有利害关系"), "R-ROLE-06"),
    Kind.CONSULTATION: Form(N_("磋商记录"), N_("和每一家分别磋商的经过，最后报价的时间对每一家相同"), "R-CONS-01"),
    Kind.REPORT: Form(N_("评审报告"), N_("评审情况、结果和候选人，评审小组全体成员签字"), "R-COM-09"),
    Kind.CONFIRMATION: Form(N_("采购结果确认函"), N_("采购人书面确定供应商"), "R-TIME-14"),
    Kind.LETTER: Form(N_("成交通知书"), N_("发给中标（成交）供应商，和结果公告同时发出"), "R-TIME-15"),
    Kind.NOTICE: Form(N_("采购结果通知书"), N_("发给其他供应商：本家的得分和名次，或者没有通过的原因"), "R-AWD-02"),
}


@dataclass(frozen=True)
class About:
    """The purchase that a paper is about. `is_tender`: the law speaks of bids and winners."""

    reference: str
    title: str
    buyer: str
    closes_at: datetime
    is_tender: bool
    address: str


def project_facts(about: About) -> Any:
    return facts(("项目名称", about.title), ("项目编号", about.reference), ("采购人", about.buyer))


def made(kind: Kind, about: About, issued_on: str, sections: Sequence[Section], title: str = "") -> Paper:
    return Paper(
        kind, title or FORMS[kind].title, about.reference, about.buyer, issued_on, tuple(sections),
        address=about.address,
    )  # fmt: skip


def deposit_words(deposit: Any) -> str:
    """What an opening's record says of a bid deposit; blank where none was asked (R-BID-03)."""
    if deposit is None:
        return BLANK
    if not deposit.reference:
        return "没有交"
    return ("保函" if deposit.way == "guarantee" else "已交") + ("" if deposit.is_in_time else "（截止前未足额到账）")


def _recorded(recordings: Sequence[Row], scene: str) -> Any:
    """Hash and place of the recording that counts, or why there is none; blanks where nothing is said (R-RECORD-01)."""
    if absent := next((r for r in recordings if r["scene"] == scene and "stated_by_name" in r), None):
        return facts(
            ("没有录音录像的原因", absent["reason"]),
            ("由谁、何时写明", f"{absent['stated_by_name']}，{moment(absent['stated_at'])}"),
        )
    found = next((r for r in recordings if r["scene"] == scene and r.get("counts")), None)
    return facts(
        ("录音录像的 SHA-256", found["sha256"] if found else None), ("存放位置", found["place"] if found else None),
    )  # fmt: skip


def opening_sheet(
    about: About, openers: Sequence[Row], bidders: Sequence[Row], recordings: Sequence[Row] = ()
) -> Paper:
    """开标签到表: bidders by lot, openers with the moment of their release, the buyer's people as blanks."""
    signed = [(o["name"], moment(o["released_at"]) if o.get("released_at") else "未放行", BLANK) for o in openers]
    came = [(str(b["lot_number"]), b["provider_name"], b.get("deposit", BLANK), BLANK, BLANK, BLANK) for b in bidders]
    when = facts(("提交截止（开标）时间", moment(about.closes_at)), ("开标地点", None))
    sections = (
        Section("一、项目", (project_facts(about), when), "R-TIME-12"),
        Section(
            "二、供应商",
            (
                text("供应商代表对开标过程和开标记录有疑义的，当场提出；没有到场的，视同认可开标结果。"),
                grid(("包号", "供应商名称", "保证金", "代表姓名", "联系电话", "签名和时间"), came),
            ),
            "R-BID-03",
        ),
        Section("三、开标人", (grid(("姓名", "放行密钥的时间", "签名"), signed),), "R-OPEN-01"),
        Section(
            "四、采购人（代理机构）",
            (
                grid(("单位", "姓名", "职责", "签名和时间"), [(BLANK, BLANK, duty, BLANK) for duty in DUTIES]),
                text("评审小组成员不参加开标；财政部门不参与开标。"),
            ),
        ),
        Section("五、录音录像", (_recorded(recordings, "opening"),), "R-RECORD-01"),
    )
    return made(Kind.OPENING, about, day(about.closes_at) or "", sections)


DUTIES = ("主持", "记录", "监督")
PANEL_WORDS = {"expert": "评审专家", "buyer": "采购人代表"}


def draw_record(about: About, members: Sequence[Row], draws: Sequence[Row], issued_on: datetime) -> Paper:
    """评审专家抽取记录: each draw with its number and library, each expert with how it came, blanks for signatures."""
    experts = [m for m in members if m["kind"] == "expert"]
    entered = [
        (d["number"], d["library"], day(d["drawn_on"]) or "", str(d["taken"]), d["people"], d["sha256"][:16])
        for d in draws
    ]
    came = [
        (m["name"], m["drawn_from"], day(m["appointed_at"]) or "", "回避，另抽" if m["has_interest"] else "参加")
        for m in experts
    ]
    head = ("抽取编号", "专家库", "抽取日期", "人数", "抽取人和监督人", "所附记录的哈希（前16位）")
    sections = (
        Section("一、项目", (project_facts(about), facts(("抽取专业", None), ("抽取地区", None), ("评审时间", None)))),
        Section(
            "二、抽取", (grid(head, entered or [(BLANK,) * len(head)]),), "R-EXP-01",
        ),
        Section("三、抽中的专家", (grid(("姓名", "抽取方式", "登记日期", "结果"), came),), "R-COM-03"),
        Section("四、签名", (text("名单在结果公告以前保密。"), Signatures(("抽取人", "监督人"))), "R-COM-04"),
    )
    return made(Kind.DRAW, about, day(issued_on) or "", sections)


def panel_sheet(
    about: About, members: Sequence[Row], issued_on: datetime, recordings: Sequence[Row] = ()
) -> Paper:
    """评审小组签到表: each member with its kind and how it was drawn."""
    came = [
        (m["name"], PANEL_WORDS[m["kind"]], m["drawn_from"] or "采购人委派", BLANK, BLANK)
        for m in members
        if not m["has_interest"]
    ]
    left = [(m["name"], PANEL_WORDS[m["kind"]], "声明有利害关系，回避") for m in members if m["has_interest"]]
    sections = [
        Section("一、项目", (project_facts(about),)),
        Section("二、成员", (grid(("姓名", "身份", "产生方式", "到场时间", "签名"), came),), "R-COM-02"),
    ]
    if left:
        sections.append(Section("三、回避的成员", (grid(("姓名", "身份", "原因"), left),), "R-COM-08"))
    rules = text(
        "成员进入评审现场前交存通讯工具，评审情况和名单在结果公告以前保密。",
        "采购人代表不担任组长。",
    )
    last = ("四", "五") if left else ("三", "四")
    sections.append(Section(f"{last[0]}、评审的录音录像", (_recorded(recordings, "evaluation"),), "R-RECORD-01"))
    sections.append(Section(f"{last[1]}、纪律", (rules, Signatures(("组长",))), "R-COM-04"))
    return made(Kind.PANEL, about, day(issued_on) or "", sections)


def declarations(about: About, members: Sequence[Row], bidders: Sequence[str], issued_on: datetime) -> Paper:
    """回避声明: what each member declared, knowing the bidders; one part a member."""
    grounds = (
        "参加采购活动前三年内与供应商存在劳动关系，或者担任过供应商的董事、监事、控股股东、实际控制人；",
        "与供应商的法定代表人或者负责人有夫妻、直系血亲、三代以内旁系血亲或者近姻亲关系；",
        "与供应商有其他可能影响采购活动公平、公正进行的关系。",
    )
    sections = [
        Section("一、项目和供应商", (project_facts(about), grid(("供应商名称",), [(name,) for name in bidders]))),
        Section("二、应当回避的情形", (text(*grounds),), "R-ROLE-06"),
    ]
    for number, m in enumerate(members, 1):
        said = facts(
            ("声明人", m["name"]), ("身份", PANEL_WORDS[m["kind"]]),
            ("声明", _declared(m)), ("声明时间", moment(m["declared_at"]) if m["declared_at"] else None),
        )  # fmt: skip
        heading = f"声明{number}" if len(members) > 1 else "三、声明"
        sections.append(Section(heading, (said, Signatures(("声明人",)))))
    return made(Kind.DECLARATIONS, about, day(issued_on) or "", sections)


def _declared(member: Row) -> str | None:
    if member["declared_at"] is None:
        return None
    if member["has_interest"]:
        found = "经与登记信息核对，" if member["is_found"] else ""
        return f"{found}有利害关系，回避：{member['interest']}"
    return "本人与上列供应商没有应当回避的情形，独立、客观、公正地评审；所声明不实的，承担法律责任。"


def confirmation(about: About, awards: Sequence[Row], agency: str, minutes: str) -> Paper:
    """采购结果确认函: the buyer determines who wins each lot, by the panel's order or the collective decision."""
    word = "中标" if about.is_tender else "成交"
    rows = [(str(a["lot_number"]), a["lot_title"], a["provider_name"], money(a["amount"])) for a in awards]
    bases = [f"第{a['lot_number']}包：{a['basis']}" for a in awards]
    to = text(f"{agency}：" if agency else "本次采购由采购人自行组织，本函存档：")
    ground = f"根据{minutes}，" if minutes else "根据评审报告，" if any(a["total_score"] for a in awards) else ""
    sections = (
        Section("一、项目", (to, project_facts(about))),
        Section(
            f"二、确定的{word}供应商",
            (
                text(_determined(awards, ground, word)),
                grid(("包号", "采购包", f"{word}供应商", f"{word}金额"), rows, (3,)),
            ),
            "R-TIME-14",
        ),
        Section("三、依据", (text(*bases),)),
        Section(
            "四、确认",
            (
                facts(
                    ("确定人", "、".join(dict.fromkeys(a["determined_by_name"] or DEEMED for a in awards))),
                    ("确定时间", moment(max(a["determined_at"] for a in awards))),
                ),
                text("请按规定发布结果公告，同时发出通知书。"),
                Signatures(("采购人（公章）",)),
            ),
            "R-TIME-15",
        ),
    )
    return made(Kind.CONFIRMATION, about, day(max(a["determined_at"] for a in awards)) or "", sections)


def _determined(awards: Sequence[Row], ground: str, word: str) -> str:
    if not any(a["is_deemed"] for a in awards):
        return f"{ground}我单位确定以下{word}供应商："
    deemed = "、".join(f"第{a['lot_number']}包" for a in awards if a["is_deemed"])
    return (
        f"{ground}以下{word}供应商已经确定。其中{deemed}我单位收到评审报告后逾期没有确定，也没有提出异议，"
        f"依法视同确定排名第一的候选人为{word}供应商："
    )


# the confirmation of a buyer that let its days pass: nobody signed a determination (R-TIME-14)
DEEMED = "视同确定（采购人逾期未确定，也没有提出异议）"


def award_letter(about: About, award: Row, sign_by: str) -> Paper:
    """中标通知书 or 成交通知书: to the winner of one lot, on the day of the notice."""
    word = "中标" if about.is_tender else "成交"
    sections = (
        Section(
            "一、结果",
            (
                text(f"{award['provider_name']}：", f"贵单位在下列采购中被确定为{word}供应商。"),
                project_facts(about),
                facts(
                    ("采购包", f"第{award['lot_number']}包 {award['lot_title']}"),
                    (f"{word}金额", money(award["amount"])), ("结果编号", award["reference"]),
                    *((("确定方式", DEEMED),) if award["is_deemed"] else ()),
                ),
            ),
            "R-TIME-15",
        ),
        Section(
            "二、签订合同",
            (
                text(
                    f"请在{sign_by}以前与采购人签订书面合同。合同不得对采购文件和贵单位的响应文件作实质性修改。",
                    f"本通知书对采购人和{word}供应商都有法律效力。通知书发出后，采购人改变结果，"
                    f"或者{word}供应商放弃的，依法承担责任。",
                ),
                Signatures(("采购人（公章）",)),
            ),
            "R-TIME-17",
        ),
    )  # fmt: skip
    return made(Kind.LETTER, about, day(award["announced_at"]) or "", sections, f"{word}通知书")


@dataclass(frozen=True)
class Told:
    """What one bidder is told of its own bid; `challenge_by` is the last day to challenge the result."""

    provider: str
    lot_number: int
    lot_title: str
    winner: str
    amount: str
    is_valid: bool
    reason: str
    clause: str
    score: str
    rank: str
    announced_at: datetime
    challenge_by: str


def bidder_notice(about: About, told: Told) -> Paper:
    """采购结果通知书: the bidder's own score and rank, or why its bid did not count; nothing of the others'."""
    word = "中标" if about.is_tender else "成交"
    own: list[tuple[str, str | None]]
    if told.is_valid:
        own = [("贵单位的得分", told.score or "本次采购不评分"), ("贵单位的名次", told.rank)]
        if told.reason:
            own.append(("没有被确定的原因", told.reason))
    else:
        own = [("没有通过的原因", told.reason), ("依据的规则", told.clause or None)]
    sections = (
        Section(
            "一、结果",
            (
                text(f"{told.provider}：", "感谢贵单位参加下列采购。"),
                project_facts(about),
                facts(
                    ("采购包", f"第{told.lot_number}包 {told.lot_title}"),
                    (f"{word}供应商", told.winner), (f"{word}金额", told.amount),
                ),
            ),
        ),
        Section("二、贵单位的情况", (facts(*own),), "R-AWD-02"),
        Section(
            "三、提出质疑的权利",
            (
                text(
                    "贵单位认为采购结果使自己的权益受到损害的，可以在"
                    f"{told.challenge_by}以前以书面形式向采购人提出质疑。"
                    "登录平台可以查看本家各项得分和评语。"
                ),
            ),
            "R-TIME-23",
        ),
    )  # fmt: skip
    return made(Kind.NOTICE, about, day(told.announced_at) or "", sections)


def title_of(kind: Kind, is_tender: bool) -> str:
    """What a paper is called in the reader's language, by the method's own word."""
    if kind is Kind.REPORT and is_tender:
        return translate(N_("评标报告"))
    return translate(N_("中标通知书") if kind is Kind.LETTER and is_tender else FORMS[kind].title)
