"""What each line of a treasury's result file means, against the lines that were handed over. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from marketplace.kernel.field_maps import check_headings, read_map
from marketplace.kernel.i18n import N_


class Finding(StrEnum):
    """What a line was found to be."""

    PAID = "paid"
    RETURNED = "returned"
    OTHER_FILE = "other_file"
    UNKNOWN = "unknown"
    AMOUNT = "amount"
    TWICE = "twice"
    SETTLED = "settled"
    UNCLEAR = "unclear"
    DATE = "date"
    MISSING = "missing"


FINDING_LABELS: dict[Finding, tuple[str, str]] = {
    Finding.PAID: (N_("已付款，已登记"), "done"),
    Finding.RETURNED: (N_("国库退回，等待重新生成凭证"), "waiting"),
    Finding.OTHER_FILE: (N_("不是本县的批次"), "refused"),
    Finding.UNKNOWN: (N_("批次里没有这一笔"), "refused"),
    Finding.AMOUNT: (N_("金额对不上"), "refused"),
    Finding.TWICE: (N_("同一笔出现两次"), "refused"),
    Finding.SETTLED: (N_("以前已经登记过"), "neutral"),
    Finding.UNCLEAR: (N_("结果看不懂"), "refused"),
    Finding.DATE: (N_("付款日期早于凭证或者晚于今天"), "refused"),
    Finding.MISSING: (N_("结果文件里没有这一笔"), "refused"),
}

# name in code: the usual heading; a county's treasury may name them otherwise (TREASURY_FIELDS)
USUAL_FIELDS = {
    "batch": "批次号", "number": "序号", "amount": "金额（元）", "outcome": "处理结果", "paid_on": "付款日期",
    "reason": "退回原因",
}  # fmt: skip
VARIABLE = "TREASURY_FIELDS"
PAID_WORDS, RETURNED_WORDS = ("成功", "已付款", "已支付"), ("失败", "退回", "退票")


def field_map(setting: str) -> dict[str, str]:
    """The headings of a county's result file: `amount=支付金额;outcome=状态` changes two. Raises DomainError."""
    fields = USUAL_FIELDS | read_map(VARIABLE, setting, USUAL_FIELDS)
    check_headings(VARIABLE, fields)
    return fields


@dataclass(frozen=True)
class ResultLine:
    """One line as it was read; None where a cell could not be read."""

    row: int
    batch: str
    number: str
    amount: Decimal | None
    outcome: str
    paid_on: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class SentLine:
    """One line that was handed to the treasury, and whether its payment still waits in that file."""

    payment: UUID
    amount: Decimal
    is_waiting: bool
    sent_on: date = date.min


@dataclass(frozen=True)
class Match:
    """A line with what it was found to be; a missing one has no row."""

    line: ResultLine
    finding: Finding
    payment: UUID | None = None


Sent = Mapping[tuple[str, str], SentLine]


def match_lines(
    lines: Sequence[ResultLine], sent: Sent, batches: frozenset[str], today: date = date.max
) -> list[Match]:
    """Every line with its finding, then what was handed over in the same batches and is not in the file.

    `batches` are the county's own; `sent` holds the lines of those that the file names. A payment was made between
    the day of its voucher and today: that day decides what lateness costs (R-PAY-02).
    """
    times: dict[tuple[str, str], int] = {}
    for line in lines:
        times[line.batch, line.number] = times.get((line.batch, line.number), 0) + 1
    found = [_match(line, sent.get((line.batch, line.number)), batches, times, today) for line in lines]
    named = {line.batch for line in lines}
    missing = [
        Match(ResultLine(0, batch, number, each.amount, ""), Finding.MISSING, each.payment)
        for (batch, number), each in sent.items()
        if batch in named and (batch, number) not in times and each.is_waiting
    ]
    return found + missing


def _match(
    line: ResultLine,
    sent: SentLine | None,
    batches: frozenset[str],
    times: Mapping[tuple[str, str], int],
    today: date,
) -> Match:
    if line.batch not in batches:
        return Match(line, Finding.OTHER_FILE)
    if sent is None:
        return Match(line, Finding.UNKNOWN)
    return Match(line, _finding(line, sent, times[line.batch, line.number], today), sent.payment)


def _finding(line: ResultLine, sent: SentLine, times: int, today: date) -> Finding:
    if times > 1:
        return Finding.TWICE  # which of the two is right only a person can say
    if line.amount != sent.amount:
        return Finding.AMOUNT
    if not sent.is_waiting:
        return Finding.SETTLED
    if line.outcome in PAID_WORDS:
        is_possible = line.paid_on is None or sent.sent_on <= line.paid_on <= today
        return Finding.PAID if is_possible else Finding.DATE
    return Finding.RETURNED if line.outcome in RETURNED_WORDS else Finding.UNCLEAR
