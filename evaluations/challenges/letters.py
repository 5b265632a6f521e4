"""What finance writes to the parties when it lets a procurement rest or go on (94 Art. 28)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalogue.interest.services import mail_in
from evaluations.challenges import queries
from marketplace.kernel.deadlines import day_words
from marketplace.kernel.i18n import N_, Sentence, say

Row = dict[str, Any]


async def tell_of_rest(complaint: Row, hold: Row, now: datetime) -> None:
    """The written order to rest goes to the buyer, its agency and the other parties."""
    values = _values(complaint, hold)
    subject = say(N_("暂停采购活动通知：{title}"), **values)
    body = say(
        N_(
            "财政部门因投诉 {complaint} 通知暂停“{title}”的采购活动（{document}），到 {until} 为止。\n理由：{reason}\n"
            "收到后请立即中止；在这一天以前，或者收到恢复通知以前，不得进行这项采购活动（财政部令第94号第二十八条）。\n"
            "详情和通知书：/complaints/{complaint}"
        ),
        **values, reason=hold["reason"],
    )  # fmt: skip
    await _tell(complaint, subject, body, now)


async def tell_of_resumption(complaint: Row, hold: Row, now: datetime) -> None:
    """The word that the procurement goes on before its day goes to the same people."""
    values = _values(complaint, hold)
    subject = say(N_("恢复采购活动通知：{title}"), **values)
    body = say(
        N_(
            "财政部门通知（{number}）：因投诉 {complaint} 暂停的“{title}”的采购活动（{document}，原定到 {until}），"
            "自收到本通知起恢复。\n理由：{reason}\n停住的期限从现在起接着计算。\n详情和通知书：/complaints/{complaint}"
        ),
        **values, number=hold["end_document_number"], reason=hold["end_reason"],
    )  # fmt: skip
    await _tell(complaint, subject, body, now)


async def tell_of_withdrawal(complaint: Row, goes_on: bool, now: datetime) -> None:
    """The handling ends, and the parties are told in writing (94 Art. 30)."""
    values = {"complaint": complaint["reference"], "title": complaint["title"]}
    subject = say(N_("投诉处理终止：{complaint}"), **values)
    words = N_("投诉人撤回了对“{title}”的投诉 {complaint}，处理程序终止。\n详情：/complaints/{complaint}")
    if goes_on:
        words = N_(
            "投诉人撤回了对“{title}”的投诉 {complaint}，处理程序终止，因它暂停的采购活动恢复。\n"
            "详情：/complaints/{complaint}"
        )
    await _tell(complaint, subject, say(words, **values), now)


def _values(complaint: Row, hold: Row) -> dict[str, Any]:
    return {
        "complaint": complaint["reference"], "title": complaint["title"], "document": hold["document_number"],
        "until": day_words(hold["until"]),
    }  # fmt: skip


async def _tell(complaint: Row, subject: Sentence, body: Sentence, now: datetime) -> None:
    offices = [complaint["procuring_unit"], complaint["organisation"]]
    if agency := await queries.agency_of(complaint["agency_agreement"]):
        offices.append(agency)
    mails = [address for office in offices for address in await queries.mails_of_office(office)]
    for address in [*mails, *await queries.mails_concerned(complaint["listing"], complaint["organisation"])]:
        await mail_in("zh", address, (subject, body), now, None)
