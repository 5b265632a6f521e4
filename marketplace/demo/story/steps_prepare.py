"""Steps 1 to 4: the catalogue, the people, a provider, the budget and a listing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from marketplace.demo.cast import PASSWORD
from marketplace.demo.story.browser import Browser, StoryBroken, words
from marketplace.demo.story.county import County, ProviderAccount, at, first_of_next_month
from marketplace.demo.story.notice import OPENER_NAMES, Notice, allot, publish
from vendors.providers.credit_codes import fresh_credit_code

ROLES_WITH_WORK = (
    "wang.min", "li.qiang", "liu.fang", "zhao.lei", "zhou.lan", "yang.hua", "deng.li", "ma.chao", "admin",
)  # fmt: skip
NEW_PROVIDERS = (
    ("金堂县晨光社会工作服务中心", "private_non_enterprise", "钟诚"),
    ("成都安心社区服务有限公司", "enterprise", "蒋文"),
)
PAPERS = (
    "registration", "representative", "finance", "social_security", "tax", "no_violation", "annual_inspection",
    "assessment",
)  # fmt: skip
PAPER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


def catalogue(county: County) -> str:
    """All twelve items stand on one public page, each with a page of its own in both languages."""
    visitor = county.visitor()
    page = visitor.get("/catalogue")
    codes = sorted(set(re.findall(r'href="/catalogue/([A-Z]\d\d)"', page)))
    if len(codes) != 12:
        raise StoryBroken(f"/catalogue shows {len(codes)} items instead of 12: {' '.join(codes)}")
    for code in codes:
        visitor.get(f"/catalogue/{code}")
    visitor.get("/en/catalogue/A02")
    return "/catalogue"


def accounts(county: County) -> str:
    """Each role signs in to its work; finance may not draft."""
    for username in ROLES_WITH_WORK:
        county.person(username).get("/work")
    finance = county.person("zhao.lei")
    finance.get("/listings/drafts/new", expect=403)
    county.visitor().post("/sign-in", {"username": "zhao.lei", "password": "wrong"}, expect=422)
    # signing out ends the session on the server: the old page asks to sign in again
    finance.post("/sign-out")
    finance.client.cookies.delete("sid")
    finance.sign_in("zhao.lei")
    finance.get("/work")
    return "/work"


def listing(county: County, openers: Sequence[str] = OPENER_NAMES) -> str:
    """Finance allots a line; a buyer drafts, another person publishes; a drafter cannot publish own work."""
    now = county.now()
    county.record.budget_line = allot(
        county, "赵镇街道购买社会救助服务", "1200000.00", f"金财预〔{now.year}〕{county.mark}号"
    )
    closes_at = at((now + timedelta(days=17)).date(), 14)
    # a calendar year of service, beginning when the award can have been made and the contract signed
    service_from = first_of_next_month(closes_at.date())
    if (service_from - closes_at.date()).days < 12:
        service_from = first_of_next_month(service_from)
    service_to = service_from.replace(year=service_from.year + 1) - timedelta(days=1)
    notice = Notice(county.record.budget_line, closes_at, service_from, service_to, openers=openers)
    county.record.listing = publish(county, notice)
    county.record.closes_at, county.record.service_from, county.record.service_to = closes_at, service_from, service_to
    visitor = county.visitor()
    visitor.get(f"/listings/{county.record.listing}")
    visitor.must_say("购买社会救助服务", "505,000.00")
    return f"/listings/{county.record.listing}"


def providers(county: County) -> str:
    """Two providers register, a file is pre-checked; a public institution of class one is shown its bar."""
    for number, (name, form, head) in enumerate(NEW_PROVIDERS):
        register(county, number, name, form, head)
    first = county.provider(0)
    own = county.person(first.username)
    hand_in_file(own, county.now().year)
    check = f"/providers/checks/{own.link('/my-organisation/prechecks/YJ-.*').rsplit('/', 1)[1]}"
    checker = county.person("liu.fang")
    checker.get(check)
    checker.post(check, {**checker.form(action=check).values, "decision": "pass"})
    enter_worker(county, first)
    visitor = county.visitor()
    visitor.get(f"/providers/{first.reference}")
    visitor.must_say(first.name)
    county.person("fuli").get("/my-organisation")
    county.person("fuli").must_say("公益一类")
    return f"/providers/{first.reference}"


def register(county: County, number: int, name: str, form: str, head: str) -> None:
    """Register at the public page with a code that no one had before; a wrong check digit is refused first."""
    code = fresh_credit_code(f"{county.mark}-{number}", form)
    account = ProviderAccount(f"p{number}.{county.mark}", f"{name}（{county.mark}）", code, form, head)
    typed = {
        "name": account.name, "credit_code": code, "legal_form": form, "legal_representative": head,
        "address": "赵镇街道十里大道 100 号", "contact": f"{head} 028-8490-2000", "founded_on": "2019-04-01",
        "person_name": head, "email": f"{account.username}@provider.example", "username": account.username,
        "password": PASSWORD,
    }  # fmt: skip
    browser = county.new_browser()
    browser.get("/providers/register")
    browser.fill({**typed, "credit_code": code[:-1] + ("0" if code[-1] != "0" else "1")}, expect=422)
    browser.fill(typed)
    browser.close()
    listed = county.visitor()
    listed.get(f"/providers?q={county.mark}")
    account.reference = find_reference(listed, account.name)
    county.record.providers.append(account)


def find_reference(visitor: Browser, name: str) -> str:
    """The reference of the provider with this name on the public register's page shown."""
    for path, label in re.findall(r'href="/providers/(GYS-[^"/]+)"[^>]*>(.*?)</a>', visitor.text, flags=re.S):
        if name in words(label):
            return str(path)
    raise StoryBroken(f"The public register does not list {name}: {words(visitor.text)[:400]}")


def hand_in_file(browser: Browser, year: int) -> None:
    """Upload the papers and ask for the pre-check of an item."""
    said = {
        "annual_inspection": {"result": "passed", "covers_year": str(year - 1)},
        "assessment": {"result": "3A", "granted_on": f"{year - 1}-05-06"},
    }
    for kind in PAPERS:
        browser.get("/my-organisation/papers")
        browser.fill(
            {"kind": kind, **said.get(kind, {})}, {"file": (f"{kind}.pdf", PAPER, "application/pdf")},
            action="/my-organisation/papers",
        )  # fmt: skip
    browser.get("/my-organisation/prechecks")
    browser.fill({"items": ["A02"]}, action="/my-organisation/prechecks")


def enter_worker(county: County, provider: ProviderAccount) -> None:
    """Enter a social worker with a certificate and open the account for the phone."""
    browser = county.person(provider.username)
    browser.get("/my-organisation/workers/new")
    certificate = {
        "certificate_level": "intermediate", "certificate_number": f"510{int(county.mark, 16):09d}",
        "registered_on": "2024-03-01", "certificate_until": "2033-02-28",
    }  # fmt: skip
    browser.fill({"name": "苏晓", "employed_from": "2024-03-01", **certificate})
    provider.worker = f"w.{county.mark}"
    browser.fill({"username": provider.worker, "password": PASSWORD})
