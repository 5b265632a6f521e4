"""What people at work write of residents and of money, marked, and the addresses of all pages that may show it."""

from __future__ import annotations

import base64
import io
import zipfile
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from PIL import Image

from catalogue.interest.services import take_documents
from contracts.acceptance.plans import answer_code, draw_sample
from contracts.billing.queries import invoice_page
from contracts.billing.services import submit_invoice, take_back_failed
from contracts.cases.guarding import give_consent
from contracts.cases.queries import case_page
from contracts.casework.rules import Entry
from contracts.casework.services import Text, open_file, write_entry
from contracts.household_checks.rules import Findings, Plan
from contracts.household_checks.services import plan_check, record_findings
from contracts.referrals.services import NewReferral, make_list, note_answer, refer
from contracts.safeguarding.rules import ReportKind
from contracts.safeguarding.services import NewDuty, NewReport, close_report, enter_duty, report_harm, take_report
from contracts.visits.photos import add_photo
from evaluations.challenges.complaint_services import raise_complaint
from evaluations.challenges.rules import Stage
from evaluations.challenges.services import answer_challenge, raise_challenge
from marketplace.gateways.pictures import redrawn
from marketplace.kernel.db import execute, fetchval
from tests.architecture.test_permissions import doors
from tests.builders_cases import a_case
from tests.builders_catalogue import a_published_listing
from tests.builders_contracts import (
    APRIL,
    World,
    a_closed_month,
    a_contract,
    a_contract_in_force,
    a_visit,
    accept,
    agreed,
    an_invoice,
    closing_time,
)
from tests.builders_contracts import a_provider as a_contractor
from tests.builders_disputes import a_complaint_letter, a_letter, an_answer
from tests.builders_evaluations import BIDDERS, director
from tests.builders_vendors import a_provider as a_stranger
from tests.builders_vendors import a_store
from tests.cast import actor
from tests.marked import Marks, fails_while_it_holds
from tests.marketplace.law.test_county_rows_are_seen import as_next_request, decide, propose
from tests.pages import send, sign_in

NOBODY, STRANGER = "", "stranger"
TAKEN_WHOLE = "the file that the treasury pays by"
ROOMS = (
    "/cases", "/casework", "/safeguarding", "/household-checks", "/contracts", "/payments", "/invoices", "/work",
    "/audit", "/my-data", "/my-file", "/my-organisation/account", "/orders", "/referrals", "/handovers", "/dashboard",
    "/opinion", "/yuan", "/voices", "/group-activities", "/books", "/service-state", "/arrears", "/payment-record",
    "/retention", "/visits", "/challenges", "/complaints",
)  # fmt: skip


PAPERS = {"/challenges": ("challenge", "answer"), "/complaints": ("complaint",), "/household-checks": ("form",)}


@dataclass
class Scene:
    """What was made, by the names that addresses have for it."""

    world: World
    draft: str
    refers: dict[str, str]
    photo: UUID


class Unpressed:
    """A paper's words as they go to the press: what stands in a PDF, without the time it takes to set one."""

    async def press(self, html: str) -> bytes:
        return html.encode()


async def _money(visitor: httpx.AsyncClient, marks: Marks, clock: Any) -> tuple[World, str, str]:
    """An invoice that is approved, put into a file that is released and taken whole, and comes back."""
    world = await a_contract_in_force()
    await a_closed_month(world)
    now = closing_time(world, APRIL) + timedelta(hours=1)
    await draw_sample(world.reference, 1, world.reviewer, now)
    opinion = await fetchval("SELECT id FROM recipient_opinion WHERE position = 1")
    code = marks.new("code of an opinion", answer_code(opinion))
    for reader, reads in (("luo.jie", True), ("chen.jing", False)):  # the window sends it, who accepts never sees it
        await sign_in(visitor, reader)
        page = await visitor.get(f"/contracts/{world.reference}/acceptance/1/opinions")
        assert page.status_code == 200 and (code in page.text) == reads
    answered = "answer = 'satisfied', channel = 'phone', entered_by = $1, answered_at = $2"
    await execute(f"UPDATE recipient_opinion SET {answered}", world.reviewer.person_id, now)
    acceptance = await accept(world, 1, now)
    amount = await fetchval("SELECT amount FROM acceptance WHERE id = $1", acceptance)
    form = an_invoice(amount, now.date())
    form.values["bank_account"] = marks.digits("account of an invoice", "622848", 13)
    invoice = await submit_invoice(world.reference, 1, form, world.director, now)
    await agreed(world, dict(await invoice_page(invoice, world.finance)), now)
    await clock.set(now + timedelta(hours=1))
    await sign_in(visitor, "sun.yue")
    assert (await send(visitor, f"/invoices/{invoice}/approve")).status_code == 303
    payment = await fetchval("SELECT id FROM payment")
    assert (await send(visitor, "/payments/voucher-file", {"payments": [str(payment)]})).status_code in (200, 303)
    number = await fetchval("SELECT number FROM voucher_file")
    await sign_in(visitor, "zhao.lei")
    assert (await send(visitor, f"/payments/voucher-file/{number}/release")).status_code == 303
    await sign_in(visitor, "sun.yue")
    whole = {"extension": "xlsx", "purpose": "交国库"}
    taken = await send(visitor, f"/payments/voucher-file/{number}/pay-file/whole", whole)
    assert taken.status_code == 200
    keep(marks, TAKEN_WHOLE, taken)
    await take_back_failed(payment, "账号不存在", now + timedelta(hours=2))
    await sign_in(visitor, "director.0016")
    other = {"bank": "中国银行金堂支行", "bank_account": marks.digits("account stated later", "621700", 13)}
    assert (await send(visitor, f"/invoices/{invoice}/other-account", {**other, "bank": ""})).status_code == 422
    page = f"/invoices/{invoice}/other-account"
    await fails_while_it_holds(visitor, "invoice_account", page, other, other["bank_account"])
    assert (await send(visitor, page, other)).status_code == 303
    return world, invoice, number


async def _care(marks: Marks, world: World, now: Any) -> dict[str, str]:
    """A resident with a casework file, a household check and a report of harm."""
    clerk, officer = await actor("luo.jie", now), await actor("he.xin", now)
    case = await a_case(now)
    resident = await case_page(case, visible_to=clerk)
    marks.new("name of a resident", "王大爷")
    await give_consent(case, "health", "self", "paper", now.date(), clerk, now)
    intake = Text(marks.word("first text of a casework file", 12))
    file = await open_file(world.contract, resident["code"], "", intake, world.worker, now)
    health = Text("评估。", marks.word("health in a casework file", 12))
    await write_entry(file, Entry.ASSESSMENT, health, world.worker, now)
    plan = Plan(now.date(), (clerk.person_id, officer.person_id), ("housing",))
    check = await plan_check(case, plan, clerk, now)
    found = Findings(
        now.date(), "self", "differs", {"housing": marks.word("finding at a household", 12)},
        marks.word("conclusion of a household check", 12), 2, marks.word("what neighbours told", 12),
    )  # fmt: skip
    await record_findings(check, found, clerk, now)
    phone = marks.digits("telephone of who is on duty", "137", 8)
    await enter_duty(NewDuty(officer.person_id, phone, now.date(), now.date()), officer, now)
    said = marks.word("words of a report of harm", 12)
    report = NewReport(uuid4(), ReportKind.HARM, now, resident["code"], world.town, said)
    reported = await report_harm(report, world.worker, now)
    await take_report(reported, officer, now)
    await close_report(reported, "police", marks.word("how harm was met", 12), officer, now)
    wanted = NewReferral("金堂县医疗保障局", marks.word("purpose of a referral", 12), "duty", ("code", "name"))
    referral = await refer(case, wanted, clerk, now)
    await make_list(referral, "送窗口", clerk, now)
    await note_answer(referral, "accepted", now.date(), marks.word("answer to a referral", 12), clerk, now)
    return {
        "/cases": case, "/casework": file, "/household-checks": check, "/safeguarding": reported,
        "/referrals": referral,
    }  # fmt: skip


async def _photo(marks: Marks, world: World, now: Any) -> UUID:
    """A photograph of a visit, sent with the place where it was taken."""
    await decide(await propose("R-CIV-06/photos", "1"))
    await as_next_request()
    visit = await a_visit(world, now.date() - timedelta(days=1), recipient_code="JT-R-0001")
    place = marks.digits("place in a photograph", "31.12345 N ", 9)
    sent, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = place
    Image.new("RGB", (300, 200), (marks.chance.randrange(256), 90, 30)).save(sent, "JPEG", exif=exif, comment=place)
    marks.new("picture of a photograph", base64.b64encode(redrawn(sent.getvalue())).decode()[-80:-8])
    return await add_photo(visit, uuid4(), sent.getvalue(), world.worker, now)


async def _dispute(marks: Marks, clock: Any) -> dict[str, str]:
    """A challenge of a document and the complaint after its answer, with other telephones."""
    now = await clock.now()
    listing = await a_published_listing(now)
    who, buyer = await director("云顶", now), await actor("li.qiang", now)
    await take_documents(listing.reference, who, now)
    letter, told = a_letter(Stage.DOCUMENT, None), marks.digits("telephone of a challenge", "028-6", 10)
    letter = replace(letter, sender=replace(letter.sender, phone=told))
    challenge = await raise_challenge(listing.reference, letter, [], a_store(), (who, now))
    await answer_challenge(challenge, an_answer(), buyer, now)
    told = marks.digits("telephone of a complaint", "028-7", 10)
    complains = await a_complaint_letter(challenge, who)
    complains = replace(complains, sender=replace(complains.sender, phone=told))
    complaint = await raise_complaint(challenge, complains, who, now)
    return {"/challenges": challenge, "/complaints": complaint}


async def people_at_work(visitor: httpx.AsyncClient, marks: Marks, clock: Any) -> Scene:
    await a_contractor(await clock.now(), *BIDDERS["云顶"])
    refers = await _dispute(marks, clock)
    world, invoice, number = await _money(visitor, marks, clock)
    now = await clock.now()
    refers |= await _care(marks, world, now)
    photo = await _photo(marks, world, now)
    provider = await a_contractor(now, "金堂县清风社会工作服务中心", "52510121MJX0000024")
    draft = await a_contract(provider=provider, now=now)
    text = marks.word("text of a contract not signed yet", 12)
    await execute("UPDATE contract SET terms = terms || $2 WHERE id = $1", draft.contract, text)
    comment = {
        "kind": "comment", "office": "civil_affairs", "about": "赵镇", "words": marks.word("comment to an office", 12),
        "email": marks.new("mail of who comments", f"m{marks.chance.randrange(10**12)}@example.org"),
    }  # fmt: skip
    visitor.cookies.delete("sid")
    assert (await send(visitor, "/voices/new", comment)).status_code == 303
    voice = await fetchval("SELECT reference FROM voice")
    await a_stranger(now, username=STRANGER)
    refers |= {"/contracts": world.reference, "/invoices": invoice, "/payments": number, "/voices": voice}
    return Scene(world, draft.reference, refers, photo)


def keep(marks: Marks, place: str, answer: httpx.Response) -> None:
    """The words of an answer; a spreadsheet or document is unpacked."""
    marks.said[place].append(answer.content)
    if answer.content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            marks.said[place] += [packed.read(name) for name in packed.namelist()]


def addresses_of(app: Any, scene: Scene) -> list[str]:
    """Every page and file of the rooms, of what the scene made."""
    found = []
    for door in doors(_Routed(app)):
        room = next((each for each in ROOMS if door.template.startswith(each)), None)
        if door.method != "GET" or room is None:
            continue
        address = door.template
        for name, value in {
            "reference": scene.refers.get(room, ""), "number": scene.refers["/payments"], "position": "1",
            "file": "form.docx", "key": "payments", "name": "payments.csv", "kind": "change",
        }.items():  # fmt: skip
            address = address.replace(f"{{{name}}}", value)
        if "{" not in address and "//" not in address:
            found.append(address)
    papers = [
        f"{room}/{scene.refers[room]}/papers/{name}"
        for room, names in PAPERS.items()
        for name in (f"{each}.{kind}" for each in names for kind in ("pdf", "docx"))
    ]
    draft = f"/contracts/{scene.draft}"
    return sorted({*found, *papers, draft, f"{draft}/comparison", f"{draft}/papers/contract.pdf"})


@dataclass(frozen=True)
class _Routed:
    app: Any


