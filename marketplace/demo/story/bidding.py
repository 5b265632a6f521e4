"""A provider's bid through its pages: each part, a last look, sealed; replaced when it is sealed again."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.demo.story.browser import Browser, read_forms
from marketplace.demo.story.county import County

PLAN = "按采购需求逐项安排：业务协办 2 人、入户调查 4 人、档案管理 1 人；每月复核，每半年培训一次。"


def seal(browser: Browser, listing: str, plan: str = PLAN, price: str | None = None, past: str | None = "none") -> str:
    """Fill in what the pages ask and seal; gives the receipt's number. `past`: the answer where it is asked."""
    base = f"/listings/{listing}/lots/1/bid"
    browser.get(base)
    save(browser, f"{base}/eligibility", {"acknowledged": "yes"})
    save(browser, f"{base}/qualification", {"declares": "yes", "qualification_text": "符合。", "past": past or "none"})
    save(browser, f"{base}/technical", {"technical_text": plan})
    save(browser, f"{base}/price", {"price": price or ""})
    browser.get(f"{base}/check")
    browser.fill({}, action=f"{base}/seal")
    return browser.at.rsplit("/", 1)[1]


def save(browser: Browser, path: str, answers: Mapping[str, str]) -> None:
    """Save one part of the bid: those answers that its page asks for."""
    browser.get(path)
    if not any(form.method == "post" and form.action.endswith(path) for form in read_forms(browser.text)):
        return  # nothing is asked: no statute speaks against the bidder, or no price belongs into this stage
    form = browser.form(action=path)
    asked = {name: value for name, value in answers.items() if name in form.names and value}
    browser.post(path, {**form.values, **asked})


def seal_final_price(county: County, username: str, listing: str, price: str, *, is_small: bool = False) -> str:
    """Seal a final price: typed, looked at once more, sealed."""
    browser = county.person(username)
    path = f"/listings/{listing}/lots/1/final-price"
    browser.get(path)
    form = browser.form("price", action=path)
    small = {"is_small_micro": "yes"} if is_small and "is_small_micro" in form.names else {}
    browser.post(path, {**form.values, "price": price, **small}, expect=200)
    browser.fill({}, action=path)
    return browser.at.rsplit("/", 1)[1]
