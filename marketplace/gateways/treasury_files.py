"""Money out by the file that the treasury imports: its columns as the county sets them, as CSV and as XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from marketplace.gateways.files import DocumentStore, StoredDocument
from marketplace.kernel.capitals import in_capitals
from marketplace.kernel.errors import DomainError
from marketplace.kernel.field_maps import FORMULA_STARTS, check_complete, read_map
from marketplace.kernel.i18n import N_
from marketplace.kernel.late import late

spreadsheets = late("marketplace.gateways.spreadsheets")

VARIABLE = "TREASURY_FILE"
TOTAL = "合计"
MASKED = "（隐去中间位）"
# name in code: the usual heading, in the usual order; a county's treasury may want other columns (TREASURY_FILE)
USUAL_FILE = {
    "batch": N_("批次号"), "number": N_("序号"), "payee": N_("收款人"), "bank": N_("开户银行"),
    "account": N_("收款账号"), "amount": N_("金额（元）"), "capitals": N_("金额大写"), "purpose": N_("用途"),
    "contract": N_("合同编号"), "milestone": N_("付款节点"), "invoice": N_("数电票号码"),
    "budget_reference": N_("预算指标编号"), "project_code": N_("预算项目代码"), "function_code": N_("功能科目"),
    "economic_code": N_("经济分类"), "fund_source": N_("资金来源"), "procurement_plan_number": N_("采购计划号"),
    "filing_number": N_("合同备案号"),
}  # fmt: skip
# without these nobody is paid, and no answer is matched
NEEDED = ("batch", "number", "payee", "bank", "account", "amount")
# what a bank needs to pay many people
WORKERS_FILE = {
    "batch": "批次号", "number": "序号", "payee": "收款人", "bank": "开户银行", "account": "收款账号",
    "amount": "金额（元）", "purpose": "用途", "contract": "单位", "milestone": "补贴批次", "invoice": "备注",
}  # fmt: skip


class PaymentRefused(DomainError):
    """A payment or a payment service did not take it."""


@dataclass(frozen=True)
class PaymentOrder:
    """One payment to one payee, in yuan, for one milestone of one contract."""

    payee: str
    bank: str
    bank_account: str
    amount: Decimal
    purpose: str
    contract: str
    milestone: str
    # the number of the tax invoice, and the codes under which finance books it, by the names of the file's fields
    invoice: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PaymentBatch:
    """Payments that go to the treasury together under one number."""

    number: str
    orders: Sequence[PaymentOrder]

    @property
    def total(self) -> Decimal:
        """The sum of all orders in yuan."""
        return sum((order.amount for order in self.orders), Decimal("0.00"))


@dataclass(frozen=True)
class PaymentReceipt:
    """What the treasury gets: the stored file, its hash and what it adds up to in yuan."""

    document: StoredDocument
    total: Decimal
    count: int


class PaymentGateway(Protocol):
    """Pays providers and workers."""

    async def pay(self, batch: PaymentBatch) -> PaymentReceipt:
        """Hand a batch over. The same batch twice gives the same receipt."""
        ...


@dataclass(frozen=True)
class WholeLine:
    """One line of a kept file: its whole account, its amount in yuan, whether the treasury has still to answer it."""

    account: str
    amount: Decimal
    is_waiting: bool


def file_map(setting: str) -> dict[str, str]:
    """The columns of a county's voucher file, left to right: the setting's, all usual ones where it is empty.

    `batch;number;payee=户名;bank;account=账号;amount=支付金额` has six columns, three under other headings. Raises
    DomainError.
    """
    fields = read_map(VARIABLE, setting, USUAL_FILE) or dict(USUAL_FILE)
    check_complete(VARIABLE, fields, NEEDED, USUAL_FILE)
    return fields


class TreasuryVoucherFile:
    """Writes the voucher file the treasury imports, its accounts masked; whole accounts are kept in no file."""

    def __init__(self, store: DocumentStore, fields: str = "") -> None:
        self._store = store
        self._fields = fields

    async def pay(self, batch: PaymentBatch) -> PaymentReceipt:
        """Write and keep the file. Raises PaymentRefused for an empty batch or an amount that is not positive."""
        rows = self._rows(voucher_rows(batch, file_map(self._fields)))
        document = await self._store.put(as_csv(rows), self._name(batch))
        return PaymentReceipt(document, batch.total, len(batch.orders))

    def _rows(self, rows: list[list[str]]) -> list[list[str]]:
        return rows

    def _name(self, batch: PaymentBatch) -> str:
        return f"{batch.number}.csv"


class RehearsalVoucherFile(TreasuryVoucherFile):
    """The file of a sandbox: its first line and its name say that nothing of it may be paid."""

    NOT_FOR_PAYMENT = "演练，不得支付 · REHEARSAL, NOT FOR PAYMENT"

    def _rows(self, rows: list[list[str]]) -> list[list[str]]:
        # the treasury's import looks for its headings in the first line and refuses this file
        return [[self.NOT_FOR_PAYMENT], *rows]

    def _name(self, batch: PaymentBatch) -> str:
        return f"REHEARSAL-{batch.number}.csv"


def voucher_rows(batch: PaymentBatch, fields: Mapping[str, str], *, is_whole: bool = False) -> list[list[str]]:
    """Headings, one row a payment, the total; every cell as text, amounts to the fen. Raises PaymentRefused."""
    if not batch.orders:
        raise PaymentRefused(N_("这一批没有付款。请先选择至少一笔已审批的付款。"))
    rows = [[heading + (MASKED if name == "account" and not is_whole else "") for name, heading in fields.items()]]
    for number, order in enumerate(batch.orders, start=1):
        check_amount(order.amount)
        account = "".join(order.bank_account.split())
        cells = {
            **order.codes, "batch": batch.number, "number": str(number), "payee": order.payee, "bank": order.bank,
            "account": account if is_whole else mask_account(account), "amount": f"{order.amount:.2f}",
            "capitals": in_capitals(order.amount), "purpose": order.purpose, "contract": order.contract,
            "milestone": order.milestone, "invoice": order.invoice,
        }  # fmt: skip
        rows.append([cells.get(name, "") for name in fields])
    total = {
        "batch": batch.number, "number": TOTAL, "amount": f"{batch.total:.2f}", "capitals": in_capitals(batch.total),
    }  # fmt: skip
    return [*rows, [total.get(name, "") for name in fields]]


def kept_rows(kept: bytes) -> list[list[str]]:
    """The rows of a kept voucher file as they were meant, without the marks of CSV before a sign."""
    rows = csv.reader(io.StringIO(kept.decode("utf-8-sig"), newline=""))
    return [[cell[1:] if cell[:1] == "'" and plain_cell(cell[1:]) == cell else cell for cell in row] for row in rows]


def whole_rows(kept: bytes, lines: Sequence[WholeLine]) -> list[list[str]]:
    """The rows that were looked through and released, those the treasury has not answered, with whole accounts.

    Payee, codes and columns stay as they were; the total is that of the rows that are left. Raises PaymentRefused for
    a file without an account column (a rehearsal's), and where an account is not the one that was released.
    """
    head, *rows = kept_rows(kept)
    place = next((at for at, heading in enumerate(head) if heading.endswith(MASKED)), None)
    if place is None or len(rows) != len(lines) + 1:
        raise PaymentRefused(N_("这份凭证的存档文件不能用来付款。请核对凭证，需要的话生成新的凭证。"))
    head[place] = head[place].removesuffix(MASKED)
    out = [head]
    for number, (row, line) in enumerate(zip(rows[:-1], lines, strict=True), start=1):
        if row[place] != mask_account(line.account) or f"{line.amount:.2f}" not in row:
            words = N_("第 {number} 笔的账号或者金额和签发时复核的不同，不能取用。请按国库退回登记，再生成新的凭证。")
            raise PaymentRefused(words, number=number)
        if line.is_waiting:
            row[place] = "".join(line.account.split())
            out.append(row)
    every = sum((line.amount for line in lines), Decimal("0.00"))
    left = sum((line.amount for line in lines if line.is_waiting), Decimal("0.00"))
    changed = {f"{every:.2f}": f"{left:.2f}", in_capitals(every): in_capitals(left)}
    return [*out, [changed.get(cell, cell) for cell in rows[-1]]]


def as_file(title: str, rows: Sequence[Sequence[str]], extension: str) -> bytes:
    """The rows as `csv` or `xlsx`."""
    if extension == "csv":
        return as_csv(rows)
    content: bytes = spreadsheets.write_text_sheet(title, rows)
    return content


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """The rows as CSV that a spreadsheet opens with the right characters; the same rows give the same bytes."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[plain_cell(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8-sig")


def mask_account(account: str) -> str:
    """A bank account with its middle hidden: the first and last four digits stay."""
    digits = "".join(account.split())
    if len(digits) <= 8:
        return "*" * len(digits)
    return f"{digits[:4]}{'*' * (len(digits) - 8)}{digits[-4:]}"


def check_amount(amount: Decimal) -> None:
    """Only positive amounts of whole fen are paid. Raises PaymentRefused."""
    if amount <= 0 or amount != amount.quantize(Decimal("0.01")):
        raise PaymentRefused(N_("付款金额 {amount} 不对。金额要大于 0，最多两位小数。"), amount=amount)


def plain_cell(text: str) -> str:
    """Text a spreadsheet never takes for a formula."""
    starts = text.lstrip()
    return f"'{text}" if starts.startswith(FORMULA_STARTS) or text[:1] in ("\t", "\r", "\n") else text
