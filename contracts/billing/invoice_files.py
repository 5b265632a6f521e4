"""The file of an invoice or a credit note itself: read, compared with what was typed, kept once, seen by both sides."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.agreements.rules import is_provider_side
from contracts.billing import queries
from contracts.billing.file_rules import Carried, Difference, Typed, differences, in_words, read_words, read_xml
from contracts.billing.tables import InvoiceFile
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import (
    NewDocument,
    SeenDocument,
    enter_document,
    look_through,
    short_name,
)
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.file_types import check_file
from marketplace.gateways.files import DocumentStore
from marketplace.gateways.page_texts import lines_of
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_, say

Row = dict[str, Any]
ACCEPTED = ".pdf,.ofd,.xml,.png,.jpg,.jpeg"
XML = ("xml",)
KINDS = frozenset({"pdf", "ofd", "xml", "png", "jpg"})
_OFD_TEXT = re.compile(rb"<(?:\w+:)?TextCode[^>]*>([^<]*)<")
_MOST_OFD = 4 * 1024 * 1024  # bytes of one page's description; more is not read


@dataclass(frozen=True)
class HandedFile:
    """A file as it came with a form. `agrees`: whoever hands it in has seen the differences and stands by them."""

    name: str
    content: bytes
    store: DocumentStore
    agrees: bool = False


@dataclass(frozen=True)
class LookedAt:
    """A file that may be kept, with what it says."""

    file: HandedFile
    sha256: str
    carried: Carried
    seen: SeenDocument


async def look_at(file: HandedFile | None) -> LookedAt | None:
    """Check what a file is, read what it says, and have it looked through: before anything is locked.

    Raises FormRefused beside `file`, also for a virus and while the scanner is away.
    """
    if file is None:
        return None
    try:
        kind = await asyncio.to_thread(check_file, short_name(file.name), file.content, XML)
    except DomainError as refused:
        raise FormRefused({"file": refused.sentence}) from refused
    if kind.extension not in KINDS:
        raise FormRefused({"file": say(N_("发票文件要是 XML、OFD、PDF 或者图片。请上传数电票的原件。"))})
    carried = await _carried(kind.extension, file.content)
    try:
        seen = await look_through(NewDocument(file.name, file.content, also=XML), file.store)
    except DomainError as refused:
        raise FormRefused({"file": refused.sentence}) from refused
    return LookedAt(file, hashlib.sha256(file.content).hexdigest(), carried, seen)


async def _carried(extension: str, content: bytes) -> Carried:
    if extension == "xml":
        return await asyncio.to_thread(read_xml, content)
    if extension == "ofd":
        return await asyncio.to_thread(_read_ofd, content)
    return read_words((await lines_of([content]))[0]) if extension == "pdf" else Carried()


def _read_ofd(content: bytes) -> Carried:
    """The words on the pages of an OFD; its members were checked when it was taken."""
    found: list[str] = []
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for member in package.infolist():
            if member.filename.endswith("Content.xml") and member.file_size <= _MOST_OFD:
                words = _OFD_TEXT.findall(package.read(member))
                found += [each.decode("utf-8", "replace") for each in words]
    return read_words("\n".join(found))


async def check_file_fits(form: Bound, looked: LookedAt | None, sides: Mapping[str, Any], actor: Actor) -> str:
    """Nobody handed this file in before, and it says what was typed, or who hands it in stands by the differences.

    Mistakes go beside their fields; `form.values["differences"]` holds what has to be confirmed. `sides`: provider,
    buyer_name. Gives the confirmed differences in words. Inside the caller's transaction: of two who hand in the same
    file at once the second waits and is refused.
    """
    if looked is None:
        return ""
    await execute("SELECT pg_advisory_xact_lock(hashtextextended('invoice file ' || $1::text, 0))", looked.sha256)
    if used := await queries.use_of_file(looked.sha256, actor):
        form.refuse("file", N_("这个发票文件已经用过（{used}）。一张发票只能用一次。"), used=used)
        return ""
    code = await fetchval("SELECT credit_code FROM provider WHERE id = $1", sides["provider"])
    typed = Typed(form["number"], form["amount"], form["issued_on"], code, sides["buyer_name"])
    found = differences(looked.carried, typed)
    _refuse(form, found, agrees=looked.file.agrees)
    return in_words(found)


def _refuse(form: Bound, found: list[Difference], *, agrees: bool) -> None:
    for each in found:
        if each.is_refused:
            form.refuse(
                each.field, N_("文件里的{label}是 {in_file}，填写或者登记的是 {typed}，不是同一张发票。请核对。"),
                label=say(each.label), in_file=each.in_file, typed=each.typed,
            )  # fmt: skip
    if found and not form.errors and not agrees:
        form.values["differences"] = found
        form.refuse("agree_file", N_("文件里写的和填写的不同。请核对；确实没有填错的，再选一次文件，勾选确认。"))


async def keep_file(
    place: tuple[UUID, UUID | None, UUID | None], looked: LookedAt | None, confirmed: str, actor: Actor, now: datetime
) -> None:
    """Keep a file that fits. `place`: the invoice, and its credit note of before or after the payment, if any."""
    if looked is None:
        return
    document = await enter_document(looked.seen, actor, now)
    says = "nothing" if looked.carried.says_nothing else "fields" if looked.carried.is_exact else "words"
    await insert(
        InvoiceFile, invoice=place[0], credit_note=place[1], late_credit=place[2], document=document,
        sha256=looked.sha256, says=says,
        differences=confirmed, uploaded_by=actor.person_id, uploaded_at=now,
    )  # fmt: skip


async def add_file(reference: str, file: HandedFile, form: Bound, actor: Actor, now: datetime) -> None:
    """Hand in the file of an invoice that came without one. Raises Forbidden, FormRefused, Conflict."""
    seen = await queries.invoice_page(reference, visible_to=actor)
    if not (is_provider_side(actor, seen) and actor.may(Permission.SUBMIT_INVOICE)):
        raise Forbidden(N_("发票文件由开票的供应商上传。"))
    looked = await look_at(file)
    async with transaction():
        await fetchval("SELECT id FROM invoice WHERE id = $1 FOR UPDATE", seen["id"])
        invoice = await queries.invoice_by_id(seen["id"])
        if invoice["is_settlement"] or any(each["note_number"] is None for each in await files_of(invoice["id"])):
            raise Conflict(N_("这张发票已经有文件，不能再换。有误的请开红字发票，或者请财政局退回。"))
        form.values |= {name: invoice[name] for name in ("number", "amount", "issued_on")}
        confirmed = await check_file_fits(form, looked, invoice, actor)
        if form.errors:
            raise FormRefused(form.errors)
        await keep_file((invoice["id"], None, None), looked, confirmed, actor, now)
        detail = {"invoice": reference, "sha256": looked.sha256 if looked else ""}
        await record("invoice.file_added", ("contract", str(invoice["contract"])), actor, detail, now)


async def files_of(invoice: UUID) -> list[Row]:
    """The files of an invoice and of its credit notes, with name, size and hash."""
    rows = await fetch(
        "SELECT f.*, d.name, d.size, coalesce(n.number, k.number) AS note_number FROM invoice_file f"
        " JOIN document d ON d.id = f.document LEFT JOIN credit_note n ON n.id = f.credit_note"
        " LEFT JOIN late_credit k ON k.id = f.late_credit WHERE f.invoice = $1 ORDER BY f.uploaded_at",
        invoice,
    )
    return [dict(r) for r in rows]


async def file_for(reference: str, document: UUID, actor: Actor) -> UUID:
    """The document of an invoice's file for whoever may see the invoice. Raises NotFound."""
    invoice = await queries.invoice_page(reference, visible_to=actor)
    found = await fetchrow(
        "SELECT document FROM invoice_file WHERE invoice = $1 AND document = $2", invoice["id"], document
    )
    if found is None:
        raise NotFound()
    return document
