"""The file of an invoice: what it says is compared with what was typed, and no file counts twice."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.billing import queries
from contracts.billing.credit_notes import submit_credit_note
from contracts.billing.file_rules import Carried, Typed, differences, in_words, read_words, read_xml
from contracts.billing.invoice_files import HandedFile, add_file, files_of, look_at
from contracts.billing.services import return_invoice, submit_invoice
from marketplace.gateways.files import FolderStore
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused
from marketplace.kernel.forms import Bound
from tests.builders_contracts import a_contract_in_force, a_provider, an_invoice
from tests.contracts.billing.test_parts import ACCEPTED, NOW, D, accepted
from tests.meanwhile import SlowScanner
from tests.pages import sign_in, token, words

NUMBER, CODE = "24512000000012345678", "52510121MJX0000016"
TYPED = Typed(NUMBER, Decimal("41483.40"), date(2026, 5, 5), CODE, "赵镇街道办事处")


def an_xml(number: str = NUMBER, amount: str = "41483.40", day: str = "2026-05-05", seller: str = CODE) -> bytes:
    """A fully digitalized e-invoice as the tax bureau's platform gives it out, its parts that are read."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><EInvoice><EInvoiceData>'
        f"<SellerInformation><SellerIdNum>{seller}</SellerIdNum></SellerInformation>"
        "<BuyerInformation><BuyerName>赵镇街道 办事处</BuyerName></BuyerInformation><BasicInformation>"
        "<TotalAmWithoutTax>39135.28</TotalAmWithoutTax><TotalTaxAm>2348.12</TotalTaxAm>"
        f"<TotalTax-includedAmount>{amount}</TotalTax-includedAmount></BasicInformation></EInvoiceData>"
        f"<TaxSupervisionInfo><InvoiceNumber>{number}</InvoiceNumber><IssueTime>{day}</IssueTime></TaxSupervisionInfo>"
        "</EInvoice>"
    ).encode()


def a_pdf(*lines: str) -> bytes:
    """A page with these lines, as issuing platforms print them."""
    shown = b" ".join(b"(%s) Tj 0 -20 Td" % line.encode("latin-1") for line in lines)
    stream = b"BT /F1 12 Tf 20 700 Td " + shown + b" ET"
    return (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj"
        b"\n4 0 obj<</Length %d>>stream\n%s\nendstream endobj\n"
        b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%%%EOF" % (len(stream), stream)
    )


def an_ofd(*lines: str) -> bytes:
    """A package with one page of these words."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("OFD.xml", '<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"/>')
        said = "".join(f'<ofd:TextCode X="0" Y="0">{line}</ofd:TextCode>' for line in lines)
        package.writestr("Doc_0/Pages/Page_0/Content.xml", f"<ofd:Page>{said}</ofd:Page>")
    return made.getvalue()


def test_an_xml_says_number_amount_day_and_both_sides() -> None:
    assert differences(read_xml(an_xml()), TYPED) == []
    other = differences(read_xml(an_xml("9" * 20, "41483.41", "2026-05-04", "91510121MA00000000")), TYPED)
    assert {(each.field, each.is_refused) for each in other} == {
        ("number", True), ("amount", False), ("issued_on", False), ("file", True)
    }  # fmt: skip
    assert "填写 41483.40，文件 41483.41" in in_words(other)
    # a credit note carries its amount with a minus
    assert not differences(read_xml(an_xml(amount="-41483.40")), TYPED)


@pytest.mark.parametrize(
    "broken", [b"", b"<a", b"<a/>", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', b"\xff\xfe<", b"<a>&nope;</a>"]
)
def test_an_xml_that_says_nothing_or_would_unfold_is_read_as_nothing(broken: bytes) -> None:
    assert read_xml(broken) == Carried() and read_xml(broken).says_nothing


@pytest.mark.parametrize("huge", ["1E+9999999", "1E+999999", "9" * 400, "NaN", "Infinity", "一百元"])
def test_an_amount_that_nobody_writes_is_no_amount(huge: str) -> None:
    carried = read_xml(an_xml(amount=huge))
    assert not carried.amounts
    assert not [each for each in differences(carried, TYPED) if each.field == "amount"]


def test_the_words_of_a_paper_are_looked_through_and_never_refuse() -> None:
    said = f"发票号码：{NUMBER}\n开票日期：2026年05月05日\n{CODE}\n¥39135.28\n¥2348.12\n价税合计（小写）¥41,483.40"
    assert differences(read_words(said), TYPED) == []
    wrong = differences(read_words(said.replace("41,483.40", "41,483.00").replace(NUMBER, "1" * 20)), TYPED)
    assert [(each.label, each.is_refused) for each in wrong] == [("发票号码", False), ("发票金额", False)]
    assert read_words("一张照片").says_nothing and differences(Carried(), TYPED) == []
    # digits that run on are no number of twenty digits
    assert not read_words(NUMBER + "2026").numbers


async def test_pdf_and_ofd_are_read_and_other_files_refused(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    for name, content in (("a.pdf", a_pdf(NUMBER, "2026-05-05")), ("a.ofd", an_ofd(NUMBER, "2026年05月05日"))):
        looked = await look_at(HandedFile(name, content, store))
        assert looked is not None and looked.carried.numbers == {NUMBER} and looked.carried.days == {TYPED.issued_on}
    wrong = (("a.txt", b"x"), ("a.exe", b"x"), ("a.xml", b"<!DOCTYPE html><html></html>"), ("a.pdf", an_xml()))
    for name, content in wrong:
        with pytest.raises(FormRefused) as refused:
            await look_at(HandedFile(name, content, store))
        assert set(refused.value.errors) == {"file"}


async def test_a_file_counts_once_across_contracts_parts_and_credit_notes(db: Any, tmp_path: Path) -> None:
    world, store = await accepted(), FolderStore(tmp_path)
    first = HandedFile("发票.xml", an_xml(amount="100.00"), store)

    async def hand_in(number: str, amount: str, file: HandedFile | None) -> str:
        return await submit_invoice(
            world.reference, 1, an_invoice(D(amount), NOW.date(), number), world.director, NOW, file
        )

    with pytest.raises(FormRefused) as refused:  # the XML of another number
        await hand_in("24512000000099999999", "100.00", first)
    assert "不是同一张发票" in refused.value.errors["number"].text("zh")
    part = await hand_in(NUMBER, "100.00", first)
    [kept] = await files_of((invoice := await queries.invoice_page(part, world.finance))["id"])
    assert (kept["name"], kept["says"], kept["differences"]) == ("发票.xml", "fields", "")
    second = HandedFile("另一个名字.xml", first.content, store)
    with pytest.raises(FormRefused) as refused:
        await hand_in("24512000000012345679", "200.00", second)
    assert part in refused.value.errors["file"].text("zh")
    rival = await a_provider(NOW, "成都市晨光社会工作服务中心", "52510121MJX0000024")
    other = await a_contract_in_force(provider=rival, months=2, advance=D(30))
    with pytest.raises(FormRefused) as refused:
        await submit_invoice(
            other.reference, 0, an_invoice(D("149400.00"), NOW.date()), other.director, NOW, second
        )
    said = refused.value.errors["file"].text("zh")
    assert "别的合同" in said and part not in said
    note = {"number": "24512000000000000099", "amount": D("100.00"), "issued_on": NOW.date(), "reason": "多开"}
    with pytest.raises(FormRefused):  # nor as the file of a credit note
        await submit_credit_note(part, Bound(values=dict(note)), world.director, NOW, second)
    red = HandedFile("红字.xml", an_xml(note["number"], "-100.00"), store)
    await submit_credit_note(part, Bound(values=dict(note)), world.director, NOW, red)
    assert [each["note_number"] for each in await files_of(invoice["id"])] == [None, note["number"]]
    # an invoice that a credit note took back whole is void, and its file with it
    for number, amount, file in ((NUMBER, "100.00", second), ("24512000000012345670", "50.00", red)):
        with pytest.raises(FormRefused):
            await hand_in(number, amount, file)


async def test_differences_are_confirmed_by_who_hands_it_in_and_kept(db: Any, tmp_path: Path) -> None:
    world, store = await accepted(), FolderStore(tmp_path)
    file = HandedFile("a.xml", an_xml(day="2026-05-04"), store)
    form = an_invoice(ACCEPTED, NOW.date(), NUMBER)
    with pytest.raises(FormRefused) as refused:
        await submit_invoice(world.reference, 1, form, world.director, NOW, file)
    assert set(refused.value.errors) == {"agree_file"} and len(form["differences"]) == 1
    assert await fetchval("SELECT count(*) FROM invoice") == await fetchval("SELECT count(*) FROM invoice_file") == 0
    agreed = HandedFile(file.name, file.content, store, agrees=True)
    form = an_invoice(ACCEPTED, NOW.date(), NUMBER)
    reference = await submit_invoice(world.reference, 1, form, world.director, NOW, agreed)
    invoice = await queries.invoice_page(reference, world.finance)
    [kept] = await files_of(invoice["id"])
    assert "2026-05-04" in kept["differences"]
    with pytest.raises(Conflict):
        await add_file(reference, agreed, Bound(), world.director, NOW)
    # the file of a returned invoice may come again with the right one
    await return_invoice(invoice["id"], "开票日期不对", world.finance, NOW)
    right = an_invoice(ACCEPTED, date(2026, 5, 4), NUMBER)
    reference = await submit_invoice(world.reference, 1, right, world.director, NOW)
    for who in (world.reviewer, world.finance):
        with pytest.raises((Forbidden, DomainError)):
            await add_file(reference, file, Bound(), who, NOW)
    await add_file(reference, file, Bound(), world.director, NOW)
    assert len(await fetch("SELECT 1 FROM audit_entry WHERE act = 'invoice.file_added'")) == 1


async def test_the_file_goes_through_the_page_and_only_to_those_who_see_the_invoice(
    client: httpx.AsyncClient, clock: Any
) -> None:
    world = await accepted()
    await clock.set(NOW)
    await sign_in(client, "director.0016")
    here = f"/contracts/{world.reference}/milestones/1/invoice"
    typed = {
        "number": NUMBER, "amount": "41,483.40", "issued_on": "2026-05-05", "bank": "成都农商银行金堂支行",
        "bank_account": "62284800001234567890", "_csrf_token": await token(client),
    }  # fmt: skip
    paper = a_pdf(NUMBER, "2026-05-04", CODE)
    shown = await client.post(here, data=typed, files={"file": ("发票.pdf", paper)})
    assert shown.status_code == 422 and 'name="agree_file"' in shown.text and "2026-05-04" in shown.text
    sent = await client.post(here, data={**typed, "agree_file": "yes"}, files={"file": ("发票.pdf", paper)})
    assert sent.status_code == 303, words(sent.text)
    invoice = sent.headers["location"].split("?")[0]
    document = await fetchval("SELECT document FROM invoice_file")
    for name, status in (
        ("director.0016", 200), ("chen.jing", 200), ("sun.yue", 200), ("tan.rong", 404), ("luo.jie", 404)
    ):  # fmt: skip
        await sign_in(client, name)
        answer = await client.get(f"{invoice}/files/{document}")
        assert answer.status_code == status, name
        if status == 200:
            assert answer.content == paper
            page = words((await client.get(invoice)).text)
            assert "发票.pdf" in page and "供应商已经确认" in page and "2026-05-04" in page
    assert (await client.get(f"{invoice}/files/{world.contract}")).status_code == 404


async def test_an_invoice_waits_for_the_scanner_before_it_holds_its_contract(db: Any, tmp_path: Path) -> None:
    world = await accepted()

    async def another() -> None:
        await submit_invoice(
            world.reference, 1, an_invoice(ACCEPTED, NOW.date(), "24512000000012345670"), world.director, NOW
        )

    slow = HandedFile("发票.xml", an_xml(), FolderStore(tmp_path, SlowScanner(another)))
    with pytest.raises(Conflict):  # nothing is left to invoice by then
        await submit_invoice(world.reference, 1, an_invoice(ACCEPTED, NOW.date(), NUMBER), world.director, NOW, slow)
    assert await fetchval("SELECT count(*) FROM invoice") == 1
