import csv
import hashlib
import io
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from marketplace.gateways.files import FolderStore
from marketplace.gateways.treasury_files import (
    NEEDED,
    USUAL_FILE,
    PaymentBatch,
    PaymentOrder,
    PaymentRefused,
    RehearsalVoucherFile,
    TreasuryVoucherFile,
    WholeLine,
    as_file,
    file_map,
    kept_rows,
    mask_account,
    whole_rows,
)
from marketplace.kernel.errors import DomainError
from marketplace.kernel.field_maps import LONGEST_HEADING

ACCOUNT = "6217001234567890123"


def an_order(**changes: object) -> PaymentOrder:
    usual = {
        "payee": "金堂县阳光社会工作服务中心",
        "bank": "金堂农商银行",
        "bank_account": "6217 0012 3456 7890 123",
        "amount": Decimal("42083.33"),
        "purpose": "社会救助服务 3月",
        "contract": "JT-2026-0007",
        "milestone": "3月",
        "invoice": "24512000000012345678",
        "codes": {"project_code": "51012126T000", "function_code": "2080799"},
    }
    return PaymentOrder(**{**usual, **changes})  # type: ignore[arg-type]


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def test_the_kept_file_has_every_column_finance_needs_and_no_whole_account(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    batch = PaymentBatch("B-2026-03", [an_order(), an_order(payee="王敏", amount=Decimal("600.00"))])
    receipt = await TreasuryVoucherFile(store).pay(batch)
    assert receipt == await TreasuryVoucherFile(store).pay(batch)
    content = await store.get(receipt.document.key)
    assert content.startswith(b"\xef\xbb\xbf") and b"7890" not in content
    head, first, second, total = cells(content)
    assert head == ["收款账号（隐去中间位）" if each == "收款账号" else each for each in USUAL_FILE.values()]
    assert first == [
        "B-2026-03", "1", "金堂县阳光社会工作服务中心", "金堂农商银行", "6217***********0123", "42083.33",
        "人民币肆万贰仟零捌拾叁元叁角叁分", "社会救助服务 3月", "JT-2026-0007", "3月", "24512000000012345678", "",
        "51012126T000", "2080799", "", "", "", "",
    ]  # fmt: skip
    assert second[5] == "600.00" and total[:2] + total[5:7] == [
        "B-2026-03", "合计", "42683.33", "人民币肆万贰仟陆佰捌拾叁元叁角叁分"
    ]  # fmt: skip
    assert (receipt.total, receipt.count) == (Decimal("42683.33"), 2)
    assert receipt.document.sha256 == hashlib.sha256(content).hexdigest()


def as_cells(content: bytes) -> list[list[str]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return book.get_sheet_by_index(0).to_python(skip_empty_area=False)  # type: ignore[return-value]


def line(**changes: object) -> WholeLine:
    return replace(WholeLine("6217 0012 3456 7890 123", Decimal("0.10"), True), **changes)  # type: ignore[arg-type]


async def kept_by(treasury: TreasuryVoucherFile, store: FolderStore, *orders: PaymentOrder) -> bytes:
    return await store.get((await treasury.pay(PaymentBatch("B1", orders))).document.key)


async def test_a_county_names_its_columns_and_both_kinds_of_file_have_them(tmp_path: Path) -> None:
    setting = "number；batch; payee=户名 ;ACCOUNT＝账号;bank;amount=支付金额"
    store = FolderStore(tmp_path)
    kept = await kept_by(TreasuryVoucherFile(store, setting), store, an_order(payee="=1+1", amount=Decimal("0.10")))
    rows = whole_rows(kept, [line()])
    as_csv = cells(as_file("B1", rows, "csv"))
    assert as_csv[0] == ["序号", "批次号", "户名", "账号", "开户银行", "支付金额"]
    assert as_csv[1] == ["1", "B1", "'=1+1", ACCOUNT, "金堂农商银行", "0.10"]
    # the sheet's cells are text already: no mark is needed before a sign, no digit of an account is rounded
    assert as_cells(as_file("B1", rows, "xlsx")) == [as_csv[0], ["1", "B1", "=1+1", *as_csv[1][3:]], as_csv[2]]


async def test_what_the_treasury_answered_is_not_in_the_whole_file_again(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    orders = (an_order(amount=Decimal("0.10")), an_order(amount=Decimal("5.00"), payee="王敏"))
    kept = await kept_by(TreasuryVoucherFile(store), store, *orders)
    head, row, total = whole_rows(kept, [line(is_waiting=False), line(amount=Decimal("5.00"))])
    assert head == list(USUAL_FILE.values()) and row[1:6] == ["2", "王敏", "金堂农商银行", ACCOUNT, "5.00"]
    assert total[1] == "合计" and total[5:7] == ["5.00", "人民币伍元整"]
    # an account or an amount that is not the one that was looked through
    for other in (line(account="6228480000001234567"), line(amount=Decimal("0.11"))):
        with pytest.raises(PaymentRefused, match="第 1 笔"):
            whole_rows(kept, [other, line(amount=Decimal("5.00"))])
    with pytest.raises(PaymentRefused, match="存档文件"):
        whole_rows(kept, [line()])


async def test_a_file_of_a_rehearsal_says_so_and_never_has_a_whole_account(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    kept = await kept_by(RehearsalVoucherFile(store), store, an_order())
    rows = cells(kept)
    assert rows[0] == [RehearsalVoucherFile.NOT_FOR_PAYMENT] and rows[2][4] == mask_account(ACCOUNT)
    assert as_cells(as_file("B1", kept_rows(kept), "xlsx"))[0][0] == RehearsalVoucherFile.NOT_FOR_PAYMENT
    with pytest.raises(PaymentRefused):
        whole_rows(kept, [line()])


ENOUGH = ";".join(NEEDED)


@pytest.mark.parametrize(("setting", "words"), [
    (f"{ENOUGH};sum=金额", "没有字段“sum”"), ("户名", "没有字段“户名”"), (f"{ENOUGH};bank=开户行", "写了两次"),
    (f"{ENOUGH};purpose=", "列名是空的"), (f"{ENOUGH};purpose=序号", "两列都叫“序号”"),
    (f"{ENOUGH};purpose=@用途", "不能用"), (f"{ENOUGH};purpose={'长' * (LONGEST_HEADING + 1)}", "不能用"),
    (f"{ENOUGH};purpose=甲\t乙", "不能用"), ("batch;number;payee;bank;amount", "缺少字段：account（收款账号）"),
])  # fmt: skip
async def test_a_map_that_cannot_be_read_is_named_in_words(tmp_path: Path, setting: str, words: str) -> None:
    with pytest.raises(DomainError) as refused:
        file_map(setting)
    said = refused.value.sentence.text("zh")
    assert words in said and "TREASURY_FILE" in said and "重新启动" in said
    with pytest.raises(DomainError):  # no file is made by it
        await TreasuryVoucherFile(FolderStore(tmp_path), setting).pay(PaymentBatch("B", [an_order()]))


def test_without_a_setting_the_file_has_all_its_columns() -> None:
    assert file_map("") == file_map(" ; ") == USUAL_FILE


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1"])
async def test_no_cell_is_taken_for_a_formula(tmp_path: Path, text: str) -> None:
    store = FolderStore(tmp_path)
    order = an_order(payee=text, codes={"fund_source": text}, amount=Decimal("0.10"))
    kept = await kept_by(TreasuryVoucherFile(store), store, order)
    for row in (cells(kept)[1], cells(as_file("B1", whole_rows(kept, [line()]), "csv"))[1]):
        assert row[2] == row[15] == f"'{text}"


@pytest.mark.parametrize("amount", ["0", "-1", "1.005"])
async def test_an_amount_that_cannot_be_paid_is_refused(tmp_path: Path, amount: str) -> None:
    with pytest.raises(PaymentRefused):
        await TreasuryVoucherFile(FolderStore(tmp_path)).pay(PaymentBatch("B", [an_order(amount=Decimal(amount))]))


async def test_an_empty_batch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PaymentRefused):
        await TreasuryVoucherFile(FolderStore(tmp_path)).pay(PaymentBatch("B", []))


def test_a_short_account_is_hidden_altogether() -> None:
    assert mask_account("1234 5678") == "********"
