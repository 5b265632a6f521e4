"""What the evaluation report says, from what is recorded: the bytes that every member signs. Pure, and Chinese.

It names the members, so that it is for the panel, the buyer's people and the supervisors alone (R-COM-04, R-PUBL-01).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings.rules import ALL_METHOD_LABELS
from catalogue.notices.content import Block, Paper, Section, facts, grid, text
from catalogue.notices.wording import day, numbered
from evaluations.arithmetic.rules import STATE_LABELS, State
from evaluations.consultations.rules import KIND_LABELS as CHANGE_LABELS
from evaluations.consultations.rules import Kind as Change
from evaluations.reports.rules import GROUND_LABELS, WAY_LABELS, Ground, Way
from evaluations.scoring.deviation import Leniency
from evaluations.scoring.working import Line, plain
from evaluations.signs.rules import KIND_LABELS, OUTCOME_LABELS
from marketplace.gateways.contract_signing import DRAWN
from marketplace.kernel.formats import moment, money
from marketplace.kernel.i18n import Sentence

Row = Mapping[str, Any]
Part = tuple[str, Sequence[Block], str]
KIND, NONE = "report", "无。"
MEMBER_WORDS = {"expert": "评审专家", "buyer": "采购人代表"}
FACTOR_WORDS = {"technical": "技术", "business": "商务", "past_performance": "履约评价", "hours": "服务时数"}


@dataclass(frozen=True)
class Found:
    """Everything the report is made of. `members`: all seats; `marks`: opened bid, factor and member by name."""

    listing: Row
    is_tender: bool
    is_local: bool
    openers: Sequence[str]
    opened_at: datetime | None
    record: Sequence[Row]
    window: Row | None
    corrigenda: Sequence[datetime]
    members: Sequence[Row]
    chair: UUID | None
    criteria: Sequence[Row]
    tie: str
    bids: Sequence[Row]
    votes: Mapping[UUID, Sequence[Row]]
    marks: Mapping[UUID, Sequence[Row]]
    working: Mapping[str, Sequence[Line]]
    leniency: Sequence[tuple[str, Leniency]]
    results: Sequence[Row]
    mended: Sequence[Row]
    ended: Sequence[Row]
    low_prices: Sequence[Row]
    signs: Sequence[Row]
    corrections: Sequence[Row]
    again: Row | None
    remarks: str
    meetings: Mapping[UUID, Sequence[Row]] = field(default_factory=dict)
    changes: Sequence[Row] = ()

    @property
    def word(self) -> str:
        """What the law calls the offers."""
        return "投标" if self.is_tender else "响应"


def report_paper(found: Found, version: int, drawn_up_at: datetime, address: str = "") -> Paper:
    """评标报告 or 评审报告 (87 Art. 58, 74 Art. 17, 214): all that is recorded, in the order the law lists it."""
    parts = [
        _project(found), _announced(found), _opening(found), _panel(found), _method(found), _qualification(found),
        _conformity(found), *_final_prices(found), _mended(found), _low_prices(found), _signs(found), *_scoring(found),
        _corrections(found), _result(found), _remarks(found),
    ]  # fmt: skip
    listing = found.listing
    return Paper(
        KIND, "评标报告" if found.is_tender else "评审报告",
        listing["reference"] if version == 1 else f"{listing['reference']}（第{version}稿）",
        "评标委员会" if found.is_tender else "评审小组", day(drawn_up_at) or "", numbered(parts), address=address,
    )  # fmt: skip


def _project(found: Found) -> Part:
    listing = found.listing
    rows = facts(
        ("项目名称", listing["title"]), ("项目编号", listing["reference"]),
        ("采购方式", ALL_METHOD_LABELS[listing["method"]]),
        ("采购人", listing["procuring_unit_name"]),
        ("采购代理机构", listing["agency_name"] or "采购人自行组织"),
        ("预算金额", money(listing["budget"])),
        ("最高限价", money(listing["ceiling"]) if listing["ceiling"] else "与预算金额相同"),
    )  # fmt: skip
    return ("项目基本情况", [rows], "R-COM-09")


def _announced(found: Found) -> Part:
    again = [f"更正公告{number}：{moment(at)}" for number, at in enumerate(found.corrigenda, 1)]
    medium = "本平台" if found.is_local else "四川政府采购网，并在本平台公开"
    rows = facts(
        ("公告的媒体", medium), ("公告发布时间", moment(found.listing["published_at"])),
        ("更正", "；".join(again) or "没有更正"), ("提交截止时间", moment(found.listing["closes_at"])),
    )  # fmt: skip
    return (
        "公告和邀请的方式",
        [rows, text("供应商看到公告后在本平台获取采购文件，在截止时间以前密封提交。")],
        "R-PUB-01",
    )


def _opening(found: Found) -> Part:
    rows = facts(
        ("开标时间", moment(found.opened_at)), ("开标地点", "本平台（开标人先后放行密钥）"),
        ("开标人", "、".join(found.openers)),
    )  # fmt: skip
    came = [
        (str(r["lot_number"]), r["provider_name"], moment(r["sealed_at"]), r["receipt_number"],
         money(r["price"]) if found.is_tender and r["price"] is not None else "不公开报价", r["fault"] or "正常")
        for r in found.record
    ]  # fmt: skip
    table = grid(("包号", "供应商名称", "密封提交时间", "回执编号", "开标时的报价", "开启情况"), came, (4,))
    return ("供应商名单和开标记录", [rows, table], "R-BID-03")


def _panel(found: Found) -> Part:
    sitting = [
        (
            m["name"],
            MEMBER_WORDS[m["kind"]],
            m["drawn_from"] or "采购人委派",
            "组长" if m["id"] == found.chair else "成员",
        )
        for m in found.members
        if not m["has_interest"]
    ]
    blocks: list[Block] = [grid(("姓名", "身份", "产生方式", "职责"), sitting)]
    left = [(m["name"], MEMBER_WORDS[m["kind"]], "声明有利害关系，回避") for m in found.members if m["has_interest"]]
    if left:
        blocks.append(grid(("更换的成员", "身份", "原因"), left))
    blocks.append(text("组长由成员推选，采购人代表不担任组长。名单在结果公告以前保密。"))
    return ("评审小组成员名单", blocks, "R-COM-04")


def _method(found: Found) -> Part:
    listing = found.listing
    weight = f"{plain(listing['price_weight'])}分" if listing["price_weight"] else "价格不作评审因素"
    rows = facts(
        ("评审方法", "综合评分法，满分100分"), ("价格分", weight),
        ("小微企业价格扣除", f"{plain(listing['small_micro_deduction'])}%"),
        ("得分保留", f"小数点后{listing['rounding']}位，四舍五入一次"), ("并列的处理", found.tie or None),
    )  # fmt: skip
    table = grid(
        ("评审因素", "类别", "满分", "是否客观", "评分标准"),
        [
            (c["title"], FACTOR_WORDS.get(c["kind"], c["kind"]), plain(c["points"]),
             "客观" if c["is_objective"] else "主观", c["bands"] or "")
            for c in found.criteria
        ],
        (2,),
    )  # fmt: skip
    return ("评审方法和标准", [rows, table], "R-EVAL-03")


def _qualification(found: Found) -> Part:
    rows = [
        (str(b["lot_number"]), b["provider_name"], "合格" if b["is_qualified"] else "不合格",
         _because(b["qualification_reason"], b["qualification_clause"]))
        for b in found.bids
    ]  # fmt: skip
    return ("资格审查", [grid(("包号", "供应商名称", "结论", "不合格的原因和依据"), rows)], "R-COM-05")


def _because(reason: str | None, clause: str | None) -> str:
    return f"{reason}（{clause}）" if reason and clause else reason or ""


def _conformity(found: Found) -> Part:
    rows = []
    for b in found.bids:
        if not b["is_qualified"]:
            continue
        said = [
            f"{item['item']}：{item['met']}人认为符合，{item['count'] - item['met']}人认为不符合"
            for item in found.votes.get(b["id"], ())
            if item["met"] < item["count"]
        ]
        words = "；".join([_because(b["conformity_reason"], b["conformity_clause"]), *said]).strip("；")
        rows.append((str(b["lot_number"]), b["provider_name"], "通过" if b["is_conforming"] else "未通过", words))
    return ("符合性审查", [grid(("包号", "供应商名称", "结论", "原因、依据和不同意见"), rows)], "R-COM-05")


def _final_prices(found: Found) -> list[Part]:
    if found.window is None:
        return []
    asked = facts(
        ("要求最后报价的时间", moment(found.window["opened_at"])),
        ("最后报价截止时间（每一家相同）", moment(found.window["closes_at"])),
    )
    rows = [
        (str(b["lot_number"]), b["provider_name"],
         money(b["final_price"]) if b["final_price"] is not None else "没有提交，视为退出磋商")
        for b in found.bids
        if b["is_qualified"] and b["is_conforming"]
    ]  # fmt: skip
    met = {b["provider_name"]: len(found.meetings.get(b["id"], ())) for b in found.bids}
    rounds = "；".join(f"{name} {count} 轮" for name, count in met.items() if count)
    changed = [
        f"变动第{c['number']}项（{CHANGE_LABELS[Change(c['kind'])]}），采购人代表 {moment(c['confirmed_at'])} 确认，"
        f"同时通知所有参加磋商的供应商：{c['words']}"
        for c in found.changes if c["confirmed_at"]
    ]  # fmt: skip
    said = text(
        "评审小组与每一家供应商分别磋商，没有透露其他供应商的信息；磋商的经过见磋商记录。",
        f"登记的磋商：{rounds}。" if rounds else "", *changed,
    )  # fmt: skip
    return [("磋商和最后报价", [said, asked, grid(("包号", "供应商名称", "最后报价"), rows, (2,))], "R-CONS-01")]


def _mended(found: Found) -> Part:
    if not found.mended:
        return ("报价的修正", [text("没有需要修正的报价。")], "R-EVAL-08")
    rows = [
        (m["provider_name"], money(m["opened_total"]), money(m["total"]), STATE_LABELS[State(m["state"])], m["reason"])
        for m in found.mended
    ]
    head = ("供应商名称", "开标一览表的总价", "修正后的报价", "供应商是否确认", "供应商的说明")
    return ("报价的修正", [grid(head, rows, (1, 2))], "R-EVAL-08")


def _low_prices(found: Found) -> Part:
    if not found.low_prices:
        return ("报价明显偏低的审查", [text("没有需要说明的报价。")], "R-LOW-05")
    rows = [
        (p["provider_name"], p["judgement"] or p["reasons"], moment(p["answer_by"]),
         p["explanation"] or "没有在时限内说明",
         "接受" if p["is_accepted"] else "不接受，响应无效", p["opinion"] or "")
        for p in found.low_prices
    ]  # fmt: skip
    head = ("供应商名称", "启动的原因", "说明的时限", "供应商的说明", "多数意见", "评审小组的意见和理由")
    return ("报价明显偏低的审查", [grid(head, rows)], "R-LOW-05")


def _signs(found: Found) -> Part:
    if not found.signs:
        return ("串通线索的核查", [text("没有发现线索。")], "R-COLL-05")
    rows = [
        (dict[str, str](KIND_LABELS).get(s["kind"], s["kind"]), s["evidence"],
         dict[str, str](OUTCOME_LABELS).get(s["outcome"], s["outcome"]), s["reason"])
        for s in found.signs
    ]  # fmt: skip
    return ("串通线索的核查", [grid(("线索", "依据", "核查结论", "理由"), rows)], "R-COLL-05")


def _scoring(found: Found) -> list[Part]:
    marked: list[Block] = []
    worked: list[Block] = []
    for b in found.bids:
        rows = found.marks.get(b["id"], ())
        if not rows:
            continue
        head = f"第{b['lot_number']}包 {b['provider_name']}"
        given = [(r["title"], r["member_name"], plain(r["points"]), r["comment"]) for r in rows]
        marked += [text(head), grid(("评审因素", "成员", "评分", "评语"), given, (2,))]
        if lines := found.working.get(str(b["id"])):
            steps = [(_zh(line.label), line.formula, line.value, line.clause) for line in lines]
            worked += [text(head), grid(("计算", "算式", "得数", "依据"), steps, (2,))]
    beside = [
        (name, f"{each.mean_difference:+f}",
         "；".join(_largest(found, d) for d in each.largest if d.difference) or NONE, str(len(each.looked_at)))
        for name, each in found.leniency
    ]  # fmt: skip
    table = grid(("成员", "平均高于（低于）其他成员", "各因素最大的偏离", "提示查看的评分数"), beside, (1, 3))
    note = text("提示不改变评分，是否畸高、畸低由评审小组认定。")
    return [
        ("各成员的评分", marked or [text(NONE)], "R-COM-06"),
        ("得分的计算", worked or [text(NONE)], "R-EVAL-03"),
        ("各成员评分的偏离", [table, note] if beside else [text(NONE)], "R-COM-10"),
    ]


def _largest(found: Found, deviation: Any) -> str:
    title = next(c["title"] for c in found.criteria if str(c["id"]) == deviation.criterion)
    return f"{title}{deviation.difference:+f}"


def _zh(words: Sentence | str) -> str:
    return words if isinstance(words, str) else words.text("zh")


def _corrections(found: Found) -> Part:
    blocks: list[Block] = []
    if found.again:
        blocks.append(
            text(
                f"本报告是重新评审（{found.again['number']}）的报告。情形：{GROUND_LABELS[Ground(found.again['ground'])]}。"
                f"理由：{found.again['reason']}"
            )
        )
    if not found.corrections:
        return ("评分的更正", [*blocks, text("没有更正。")], "R-COM-07")
    rows = [
        (c["provider_name"], c["title"] or "资格审查", c["member_name"] or "", GROUND_LABELS[Ground(c["ground"])],
         _points(c["old_points"], "合格"), _points(c["new_points"], "不合格"), c["reason"], moment(c["decided_at"]))
        for c in found.corrections
    ]  # fmt: skip
    head = ("供应商名称", "评审因素", "成员", "情形", "原分值", "更正为", "理由", "时间")
    return ("评分的更正", [*blocks, grid(head, rows, (4, 5))], "R-COM-07")


def _points(points: Decimal | None, otherwise: str) -> str:
    return otherwise if points is None else plain(points)


def _result(found: Found) -> Part:
    ranked = [
        (str(r["lot_number"]), str(r["rank"]), r["provider_name"], money(r["quoted_price"]), plain(r["price_score"]),
         plain(r["other_score"]), plain(r["total"]))
        for r in found.results
        if r["status"] == "valid"
    ]  # fmt: skip
    invalid = [(str(r["lot_number"]), r["provider_name"], r["reason"]) for r in found.results if r["status"] != "valid"]
    head = ("包号", "名次", "候选人", "报价", "价格分", "其他分", "总分")
    blocks: list[Block] = [grid(head, ranked, (1, 3, 4, 5, 6))]
    word = found.word
    if invalid:
        blocks += [text(f"无效{word}："), grid(("包号", "供应商名称", "原因"), invalid)]
    blocks += [text(f"第{e['number']}包：{e['words'].text('zh')}") for e in found.ended]
    blocks.append(text(f"评审小组按得分由高到低推荐以上候选人，有效{word}都列在内。"))
    return ("评审结果和候选人名单", blocks, "R-EVAL-06")


def _remarks(found: Found) -> Part:
    return ("其他需要说明的情况", [text(found.remarks or NONE)], "R-COM-09")


def signed_paper(paper: Paper, sha256: str, signatures: Sequence[Row], members: Sequence[Row]) -> Paper:
    """The report with how each member stands to it, under the hash of what was signed; blanks where nothing stands."""
    known = {s["member"]: s for s in signatures}
    rows = []
    for m in members:
        s = known.get(m["id"])
        way, at = (_way(s), moment(s["stands_since"])) if s else ("", "")
        rows.append((m["name"], MEMBER_WORDS[m["kind"]], s["typed_name"] if s else "", way, at))
    said = [
        (known[m["id"]]["typed_name"], known[m["id"]]["dissent"])
        for m in members
        if m["id"] in known and known[m["id"]]["way"] == Way.DISSENT
    ]
    blocks: list[Block] = [grid(("姓名", "身份", "签名", "方式", "时间"), rows)]
    if said:
        blocks += [text("不同意见和理由："), grid(("成员", "不同意见和理由"), said)]
    blocks.append(
        text(f"所签内容的SHA-256：{sha256}", "不签字又不书面说明不同意见和理由的，提醒以后视同同意评审报告。")
    )
    return replace(paper, sections=(*paper.sections, Section("签名", tuple(blocks), "R-COM-09")))


def _way(signature: Row) -> str:
    """How a member stands to the report, and that it drew its name where it did."""
    said = WAY_LABELS[Way(signature["way"])]
    return f"{said}（手写签名）" if signature["method"] == DRAWN else said
