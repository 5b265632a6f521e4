"""The papers of a dispute in the parts of the official forms: 质疑函, 质疑答复, 投诉书, 投诉处理决定书. Pure.

Beside them finance's two notices, to rest and to go on.

They are Chinese.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from catalogue.notices.content import Paper, Section, facts, text
from catalogue.notices.wording import day, known
from evaluations.challenges.remedies import CHALLENGE_OUTCOMES, COMPLAINT_OUTCOMES, REMEDY_LABELS, Outcome, Remedy
from evaluations.challenges.rules import COMPLAINT_PHONE, PHONE, STAGE_LABELS, Stage, complain_until
from marketplace.kernel.i18n import N_
from marketplace.kernel.private_columns import reveal

Row = dict[str, Any]


class DisputePaper(StrEnum):
    """A paper of a challenge or complaint."""

    CHALLENGE = "challenge"
    ANSWER = "answer"
    COMPLAINT = "complaint"
    DECISION = "decision"
    SUSPENSION = "suspension"
    RESUMPTION = "resumption"


TITLES: dict[DisputePaper, str] = {
    DisputePaper.CHALLENGE: N_("质疑函"),
    DisputePaper.ANSWER: N_("质疑答复书"),
    DisputePaper.COMPLAINT: N_("投诉书"),
    DisputePaper.DECISION: N_("投诉处理决定书"),
    DisputePaper.SUSPENSION: N_("暂停采购活动通知书"),
    DisputePaper.RESUMPTION: N_("恢复采购活动通知书"),
}
REVIEW_RIGHTS = (
    "当事人不服本决定的，可以在收到本决定书之日起六十日内依法申请行政复议，"
    "也可以在收到本决定书之日起六个月内依法向人民法院提起行政诉讼。"
)


def _sender(row: Row, who: str, phone: str) -> Any:
    return facts(
        (who, row["organisation_name"]), ("地址", row["address"]), ("邮编", row["postcode"]),
        ("联系人", row["contact"]), ("联系电话", reveal(row["phone"], phone)), ("授权代表", known(row["agent"])),
    )  # fmt: skip


def _project(row: Row) -> Any:
    return facts(
        ("项目名称", row["title"]), ("项目编号", row["listing_reference"]),
        ("包号", str(row["lot_number"]) if row.get("lot_number") else "全部"), ("采购人名称", row["buyer_name"]),
    )  # fmt: skip


def _matters(matters: Sequence[Row], word: str) -> list[Any]:
    return [
        facts((f"{word}{m['position']}", m["matter"]), ("事实依据", m["facts"]), ("法律依据", m["law"]))
        for m in matters
    ]


def challenge_letter(row: Row, matters: Sequence[Row], address: str) -> Paper:
    """质疑函, with the six items of 94 Article 12."""
    sections = (
        Section("一、质疑供应商基本信息", (_sender(row, "质疑供应商", PHONE),), "R-DISP-02"),
        Section("二、质疑项目基本情况", (_project(row),)),
        Section(
            "三、质疑事项具体内容",
            (facts(("质疑的对象", STAGE_LABELS[Stage(row["stage"])])), *_matters(matters, "质疑事项")),
        ),
        Section("四、与质疑事项相关的质疑请求", (text(row["requests"]), facts(("签字（签章）", row["signed_name"])))),
    )
    return Paper(
        DisputePaper.CHALLENGE, TITLES[DisputePaper.CHALLENGE], row["reference"], row["organisation_name"],
        day(row["raised_at"]) or "", sections, address=address,
    )  # fmt: skip


def challenge_answer(row: Row, matters: Sequence[Row], address: str) -> Paper:
    """质疑答复书, with the six items of 94 Article 15."""
    answered = [facts((f"质疑事项{m['position']}", m["matter"]), ("答复", m["answer"])) for m in matters]
    until = day(complain_until(row).date)
    sections = (
        Section(
            "一、质疑情况",
            (
                _project(row),
                facts(("质疑供应商", row["organisation_name"]), ("收到质疑函的日期", day(row["raised_at"]))),
            ),
        ),
        Section("二、答复内容", tuple(answered)),
        Section(
            "三、结论和处理",
            (
                facts(
                    ("结论", CHALLENGE_OUTCOMES[Outcome(row["outcome"])]),
                    ("处理", REMEDY_LABELS[Remedy(row["remedy"])]),
                ),
            ),
            "R-DISP-04",
        ),
        Section(
            "四、投诉的权利",
            (text(f"质疑供应商对本答复不满意的，可以在 {until} 以前向财政部门提起投诉。"),),
            "R-TIME-25",
        ),
    )
    return Paper(
        DisputePaper.ANSWER, TITLES[DisputePaper.ANSWER], row["reference"], row["buyer_name"],
        day(row["answered_at"]) or "", sections, address=address,
    )  # fmt: skip


def complaint_letter(row: Row, matters: Sequence[Row], address: str) -> Paper:
    """投诉书, with the six items of 94 Article 18."""
    answered = "采购人没有在法定期限内作出答复。"
    if row["answered_at"]:
        answered = f"采购人于 {day(row['answered_at'])} 作出答复。"
    sections = (
        Section(
            "一、投诉相关主体基本情况",
            (
                _sender(row, "投诉人", COMPLAINT_PHONE),
                facts(("联合体其他成员（共同投诉）", known(row["partners"])), ("被投诉人", row["buyer_name"])),
            ),
            "R-DISP-03",
        ),
        Section("二、投诉项目基本情况", (_project(row),)),
        Section(
            "三、质疑基本情况",
            (
                text(
                    f"投诉人于 {day(row['challenged_at'])} 提出质疑（{row['challenge_reference']}）。{answered}",
                    row["history"],
                ),
            ),
        ),
        Section("四、投诉事项具体内容", tuple(_matters(matters, "投诉事项"))),
        Section("五、与投诉事项相关的投诉请求", (text(row["requests"]), facts(("签字（签章）", row["signed_name"])))),
    )
    return Paper(
        DisputePaper.COMPLAINT, TITLES[DisputePaper.COMPLAINT], row["reference"], row["organisation_name"],
        day(row["raised_at"]) or "", sections, address=address,
    )  # fmt: skip


def complaint_decision(row: Row, matters: Sequence[Row], address: str, finance: str) -> Paper:
    """投诉处理决定书, with the four items of 94 Article 33."""
    parties = facts(
        ("投诉人", row["organisation_name"]), ("被投诉人", row["buyer_name"]),
    )  # fmt: skip
    sections = (
        Section("一、当事人", (parties, _project(row)), "R-DISP-07"),
        Section("二、投诉事项", tuple(facts((f"投诉事项{m['position']}", m["matter"])) for m in matters)),
        Section("三、查明的事实和相关依据", (text(row["found"]),)),
        Section(
            "四、处理决定和法律依据",
            (
                facts(
                    ("结论", COMPLAINT_OUTCOMES[Outcome(row["outcome"])]),
                    ("处理", REMEDY_LABELS[Remedy(row["remedy"])]),
                ),
                text(row["basis"]),
            ),
            "R-DISP-04",
        ),
        Section("五、权利告知", (text(REVIEW_RIGHTS),)),
    )
    return Paper(
        DisputePaper.DECISION, TITLES[DisputePaper.DECISION], row["reference"], finance, day(row["decided_at"]) or "",
        sections, address=address,
    )  # fmt: skip


def suspension_notice(row: Row, hold: Row, address: str, finance: str) -> Paper:
    """暂停采购活动通知书, with what 94 Article 28 says of it."""
    sections = (
        Section("一、项目", (_project(row), facts(("投诉编号", row["reference"]))), "R-TIME-27"),
        Section(
            "二、通知事项",
            (
                facts(
                    ("通知文号", hold["document_number"]), ("暂停自", day(hold["begun_at"])),
                    ("暂停到", day(hold["until"])), ("理由", known(hold["reason"])),
                ),
                text(
                    "请自收到本通知起立即中止上述采购活动。在暂停期限结束以前，或者收到恢复采购活动通知以前，"
                    "不得进行这项采购活动（财政部令第94号第二十八条）。"
                ),
            ),
        ),
    )  # fmt: skip
    number = hold["document_number"]
    return _notice(DisputePaper.SUSPENSION, number, (finance, day(hold["begun_at"])), sections, address)


def resumption_notice(row: Row, hold: Row, address: str, finance: str) -> Paper:
    """恢复采购活动通知书: what rested goes on before its day."""
    sections = (
        Section("一、项目", (_project(row), facts(("投诉编号", row["reference"]))), "R-TIME-27"),
        Section(
            "二、通知事项",
            (
                facts(
                    ("通知文号", hold["end_document_number"]), ("原暂停通知", hold["document_number"]),
                    ("原定暂停到", day(hold["until"])), ("恢复自", day(hold["ended_at"])), ("理由", hold["end_reason"]),
                ),
                text("上述采购活动自收到本通知起恢复，停住的期限接着计算（财政部令第94号第二十八条）。"),
            ),
        ),
    )  # fmt: skip
    number = hold["end_document_number"]
    return _notice(DisputePaper.RESUMPTION, number, (finance, day(hold["ended_at"])), sections, address)


def _notice(
    kind: DisputePaper, number: str, signed: tuple[str, str | None], sections: tuple[Section, ...], address: str
) -> Paper:
    finance, on = signed
    return Paper(kind, TITLES[kind], number, finance, on or "", sections, address=address)
