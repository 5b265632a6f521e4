"""Steps 1 to 4: the catalogue, the people, a provider, the budget and a listing."""

from __future__ import annotations

import re
from datetime import timedelta

from marketplace.demo.story.browser import StoryBroken
from marketplace.demo.story.county import County, at, first_of_next_month
from marketplace.demo.story.notice import Notice, allot, publish

ROLES_WITH_WORK = ("wang.min", "li.qiang", "liu.fang", "zhao.lei", "zhou.lan", "yang.hua", "deng.li", "ma.chao", "admin")


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


def listing(county: County) -> str:
    """Finance allots a line; a buyer drafts, another person publishes; a drafter cannot publish own work."""
    now = county.now()
    county.record.budget_line = allot(county, "赵镇街道购买社会救助服务", "1200000.00", f"金财预〔{now.year}〕{county.mark}号")
    closes_at = at((now + timedelta(days=17)).date(), 14)
    # a calendar year of service, beginning when the award can have been made and the contract signed
    service_from = first_of_next_month(closes_at.date())
    if (service_from - closes_at.date()).days < 12:
        service_from = first_of_next_month(service_from)
    service_to = service_from.replace(year=service_from.year + 1) - timedelta(days=1)
    notice = Notice(county.record.budget_line, closes_at, service_from, service_to)
    county.record.listing = publish(county, notice)
    county.record.closes_at, county.record.service_from, county.record.service_to = closes_at, service_from, service_to
    visitor = county.visitor()
    visitor.get(f"/listings/{county.record.listing}")
    visitor.must_say("购买社会救助服务", "505,000.00")
    return f"/listings/{county.record.listing}"
