import csv
import hashlib
import io
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
    file_map,
    mask_account,
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


def test_a_county_names_its_columns_and_both_kinds_of_file_have_them(tmp_path: Path) -> None:
    setting = "number；batch; payee=户名 ;ACCOUNT＝账号;bank;amount=支付金额"
    treasury = TreasuryVoucherFile(FolderStore(tmp_path), setting)
    batch = PaymentBatch("B1", [an_order(payee="=1+1", amount=Decimal("0.10"))])
    as_csv = cells(treasury.written(batch, "csv", is_whole=True))
    assert as_csv[0] == ["序号", "批次号", "户名", "账号", "开户银行", "支付金额"]
    assert as_csv[1] == ["1", "B1", "'=1+1", ACCOUNT, "金堂农商银行", "0.10"]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(treasury.written(batch, "xlsx", is_whole=True)))
    as_sheet = sheet.get_sheet_by_index(0).to_python(skip_empty_area=False)
    # the sheet's cells are text already: no mark is needed before a sign, no digit of an account is rounded
    assert as_sheet == [as_csv[0], ["1", "B1", "=1+1", *as_csv[1][3:]], as_csv[2]]


def test_a_file_of_a_rehearsal_says_so_and_never_has_a_whole_account(tmp_path: Path) -> None:
    rehearsal, batch = RehearsalVoucherFile(FolderStore(tmp_path)), PaymentBatch("B1", [an_order()])
    for extension in ("csv", "xlsx"):
        content = rehearsal.written(batch, extension, is_whole=True)
        rows = cells(content) if extension == "csv" else CalamineWorkbook.from_filelike(
            io.BytesIO(content)
        ).get_sheet_by_index(0).to_python(skip_empty_area=False)  # fmt: skip
        assert rows[0][0] == rehearsal.NOT_FOR_PAYMENT and rows[2][4] == mask_account(ACCOUNT)


ENOUGH = ";".join(NEEDED)


@pytest.mark.parametrize(("setting", "words"), [
    (f"{ENOUGH};sum=金额", "没有字段“sum”"), ("户名", "没有字段“户名”"), (f"{ENOUGH};bank=开户行", "写了两次"),
    (f"{ENOUGH};purpose=", "列名是空的"), (f"{ENOUGH};purpose=序号", "两列都叫“序号”"),
    (f"{ENOUGH};purpose=@用途", "不能用"), (f"{ENOUGH};purpose={'长' * (LONGEST_HEADING + 1)}", "不能用"),
    (f"{ENOUGH};purpose=甲\t乙", "不能用"), ("batch;number;payee;bank;amount", "缺少字段：account（收款账号）"),
])  # fmt: skip
def test_a_map_that_cannot_be_read_is_named_in_words(tmp_path: Path, setting: str, words: str) -> None:
    with pytest.raises(DomainError) as refused:
        file_map(setting)
    said = refused.value.sentence.text("zh")
    assert words in said and "TREASURY_FILE" in said and "重新启动" in said
    with pytest.raises(DomainError):  # no file is made by it
        TreasuryVoucherFile(FolderStore(tmp_path), setting).written(PaymentBatch("B", [an_order()]), "csv")


def test_without_a_setting_the_file_has_all_its_columns() -> None:
    assert file_map("") == file_map(" ; ") == USUAL_FILE


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1"])
def test_no_cell_is_taken_for_a_formula(tmp_path: Path, text: str) -> None:
    batch = PaymentBatch("B", [an_order(payee=text, codes={"fund_source": text})])
    row = cells(TreasuryVoucherFile(FolderStore(tmp_path)).written(batch, "csv"))[1]
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
