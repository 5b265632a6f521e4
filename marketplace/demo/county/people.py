"""The people and providers of the demo county as those who act. Names are invented."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from catalogue.items.services import load_first_edition
from catalogue.notices.services import save_contact
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import NewDocument
from marketplace.accounts.openers.services import register_opener_key
from marketplace.accounts.sessions import actor_of
from marketplace.demo.cast import OFFICES, PASSWORD, enter_cast
from marketplace.demo.quick_keys import quick_protect
from marketplace.gateways.files import open_store
from marketplace.kernel import db, sealing
from marketplace.kernel.settings import Settings
from vendors.providers.credit_codes import fresh_credit_code
from vendors.providers.paper_facts import PaperFacts
from vendors.providers.rules import PaperKind, needed_papers
from vendors.providers.services import NewPaper, NewProvider, ProviderDetails, add_paper, register_provider
from vendors.registration.services import (
    Representative,
    choose_towns,
    make_statement,
    offer_item,
    save_account,
    save_representative,
)
from vendors.workers.services import NewWorker, WorkerAccount, add_worker, link_account

OPENERS = ("zhou.lan", "wu.gang", "he.ping")
EXPERTS = ("yang.hua", "xu.lin", "gao.feng")
# name, English name, legal form, representative, address, user name, founded
PROVIDERS = (
    ("金堂县暖阳社会工作服务中心", "Nuanyang Social Work Centre", "private_non_enterprise",
     "唐宁", "赵镇街道十里大道 88 号", "nuanyang", date(2018, 5, 7)),
    ("金堂县同心社会工作服务中心", "Tongxin Social Work Centre", "private_non_enterprise",
     "冯雪", "淮口街道安泰路 16 号", "tongxin", date(2020, 9, 1)),
    ("成都惠民康养服务有限公司", "Chengdu Huimin Care Ltd", "enterprise",
     "秦川", "赵镇街道滨江路 203 号", "huimin", date(2021, 3, 15)),
    ("金堂县社会福利中心", "Jintang Welfare Centre", "public_institution_1",
     "韩梅", "五凤镇中街 9 号", "fuli", date(2005, 1, 10)),
    ("金堂县晨光社会工作服务中心", "Chenguang Social Work Centre", "private_non_enterprise",
     "梁燕", "竹篙镇正街 21 号", "chenguang", date(2019, 4, 8)),
)  # fmt: skip
# name, user name, level, number of the certificate
WORKERS = (("叶青", "ye.qing", "intermediate", "5101800001"), ("罗兰", "luo.lan", "assistant", "5101800002"))
# who went to residents for the second provider in the year 2025
NEXT_WORKERS = (("贾雯", "jia.wen", "assistant", "5101800003"),)
ROSTERS = ((PROVIDERS[0], WORKERS), (PROVIDERS[1], NEXT_WORKERS))
PAPER = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def demo_page(title: str) -> bytes:
    """A paper of one page that says what it stands for, to be seen beside a check."""
    lines = [("Jintang demo county", 26, 760), (title.replace("_", " "), 20, 710), ("Invented for the demo.", 14, 680)]
    said = "".join(f"BT /F {size} Tf 60 {height} Td ({words}) Tj ET\n" for words, size, height in lines)
    return (
        "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
        "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
        "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources"
        " << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>\nendobj\n"
        f"4 0 obj\n<< /Length {len(said)} >>\nstream\n{said}endstream\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
    ).encode()


async def actor(username: str) -> Actor:
    """A person of the county as an actor."""
    person: UUID = await db.fetchval("SELECT id FROM person WHERE username = $1", username)
    found = await actor_of(person)
    assert found is not None
    return found


async def office(key: str) -> UUID:
    """The identity of an office of the cast."""
    found: UUID = await db.fetchval("SELECT id FROM organisation WHERE name = $1", OFFICES[key][1])
    return found


async def enter_people(now: datetime, _: Settings) -> None:
    """Offices, accounts and the catalogue."""
    await enter_cast(now)
    await load_first_edition(now)


async def enter_contact(now: datetime, _: Settings) -> None:
    """How the buyer is reached: its notices carry it."""
    await save_contact("金堂县赵镇街道十里大道二段 1 号", "王敏", "028-8490-0001", await actor("wang.min"), now)
    await save_contact("金堂县赵镇街道迎宾大道 388 号", "谭蓉", "028-8490-0021", await actor("tan.rong"), now)


async def enter_opener_keys(now: datetime, settings: Settings) -> None:
    """A key for each opener; the locked identities lie in the folder of a demo."""
    folder = settings.demo_identities_folder
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for username in OPENERS:
        identity, recipient = sealing.new_identity()
        _keep(folder / f"{username}.age", quick_protect(identity, PASSWORD))
        await register_opener_key(recipient, await actor(username), now)


def _keep(path: Path, content: bytes) -> None:
    # a demo's identities lie where its visitors find them: outside database, documents and server secrets
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


async def enter_providers(now: datetime, _: Settings) -> None:
    """The providers register."""
    for number, (name, name_en, form, head, address, username, founded) in enumerate(PROVIDERS, 1):
        if await db.fetchval("SELECT 1 FROM person WHERE username = $1", username):
            continue
        details = ProviderDetails(head, address, f"{head} 028-8490-{1000 + number}", founded, form == "enterprise")
        new = NewProvider(
            name, fresh_credit_code(f"demo-{number}", form), form, details, head,
            f"{username}@jintang.example", username, PASSWORD, name_en,
        )  # fmt: skip
        await register_provider(new, now)


async def hand_in_file(username: str, now: datetime, settings: Settings, valid_until: date) -> None:
    """A provider's papers; an annual inspection says that the year before was passed."""
    provider, store = await actor(username), open_store(settings)
    form = await db.fetchval("SELECT legal_form FROM provider WHERE organisation = $1", provider.organisation_id)
    for kind in needed_papers(form):
        facts = PaperFacts("passed", now.year - 1) if kind == PaperKind.ANNUAL_INSPECTION else PaperFacts()
        file = NewDocument(f"{kind}.pdf", demo_page(kind))
        await add_paper(NewPaper(kind, file, valid_until, facts), store, provider, now)


async def complete_file(username: str, now: datetime) -> None:
    """The rest of a whole file: representative, related parties, towns, items, account; staff and papers come apart."""
    provider = await actor(username)
    head = await db.fetchval(
        "SELECT legal_representative FROM provider WHERE organisation = $1", provider.organisation_id
    )
    await save_representative(Representative(head, "主任", "028-8490-1001", "123X"), provider, now)
    await make_statement("no_relations", provider, now)
    await choose_towns([await office("zhaozhen"), await office("wufeng")], provider, now)
    for code, capacity in (("A02", 2000), ("S01", 300), ("S02", 120)):
        await offer_item(code, capacity, provider, now)
    await save_account("成都农商银行金堂支行", "6228480012345678901", provider, now)


async def begin_file(username: str, now: datetime) -> None:
    """A file that somebody began and left: one town and one item."""
    provider = await actor(username)
    await choose_towns([await office("wufeng")], provider, now)
    await offer_item("S01", 80, provider, now)


async def enter_workers(now: datetime) -> None:
    """Two social workers of the first provider, each with a certificate and an account for the phone."""
    await enter_roster(*ROSTERS[0], date(2021, 3, 1), now)


async def enter_roster(
    provider: tuple[object, ...], workers: Sequence[tuple[str, str, str, str]], employed_from: date, now: datetime
) -> None:
    """A provider's social workers with their accounts."""
    employer = await actor(str(provider[5]))
    for name, username, level, number in workers:
        certificate = (level, number, date(2020, 3, 1), date(2029, 2, 28))
        worker = await add_worker(NewWorker(name, employed_from, *certificate), employer, now)
        await link_account(worker, WorkerAccount(username, PASSWORD, f"{username}@jintang.example"), employer, now)
