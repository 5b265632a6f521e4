"""From the deadline to the award notice through the pages: opening, review, panel, marks, determination."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from evaluations.bundles.verify import verify
from evaluations.bundles.verify import words as verdict_words
from marketplace.demo.cast import PASSWORD
from marketplace.demo.story.browser import Browser, PageForm, StoryBroken, read_forms, words
from marketplace.demo.story.county import County
from marketplace.demo.story.notice import OPENERS

DECIDER, AUDITOR = "li.qiang", "ma.chao"
EXPERTS = (("yang.hua", "杨华"), ("xu.lin", "许琳"), ("gao.feng", "高峰"))


def release(county: County, listing: str, openers: Sequence[str] = OPENERS) -> None:
    """Each opener releases a part of the key; the last one opens the bids."""
    for username in openers:
        browser = county.person(username)
        browser.get(f"/listings/{listing}/opening")
        form = browser.form("passphrase", "stage")
        identity = {"identity": (f"{username}.age", county.identity(username), "application/octet-stream")}
        browser.post(form.action, {**form.values, "passphrase": PASSWORD}, identity)
    answer_signs(county, listing)


def answer_signs(county: County, listing: str) -> None:
    """The buyer looks at every sign of collusion and puts on record what explains it."""
    buyer, path = county.person(DECIDER), f"/listings/{listing}/signs"
    if buyer.client.get(path).status_code == HTTPStatus.NOT_FOUND:
        return  # another stage is still to come, or too few came and nothing was opened
    buyer.get(path)
    for form in forms_to(buyer, path + r"/[0-9a-f-]{36}"):
        reason = "已向各家核实，并核对文件和报价明细，有合理解释。"
        buyer.post(form.action, {**form.values, "outcome": "explained", "reason": reason})


def forms_to(browser: Browser, pattern: str) -> list[PageForm]:
    """The posted forms of the page shown that go to such a path."""
    found = []
    for form in read_forms(browser.text):
        form.action = urlsplit(urljoin(browser.at, form.action or browser.at)).path
        if form.method == "post" and re.fullmatch(pattern, form.action):
            found.append(form)
    return found


def appoint(county: County, listing: str) -> None:
    """Three experts drawn from the library, each declaring to be free of interests."""
    buyer = county.person(DECIDER)
    for _, name in EXPERTS:
        buyer.get(f"/listings/{listing}/panel")
        drawn = {"kind": "expert", "drawn_from": "四川省政府采购评审专家库，随机抽取"}
        buyer.fill(drawn, action=f"/listings/{listing}/panel", person=name)
    for username, _ in EXPERTS:
        expert = county.person(username)
        expert.get(f"/listings/{listing}/panel")
        expert.fill({"has_interest": "no"}, action=f"/listings/{listing}/panel/declaration")


def conform(county: County, listing: str) -> None:
    """Each member finds every item of every bid met; with the last member the panel has decided."""
    path = f"/listings/{listing}/conformity"
    for username, _ in EXPERTS:
        expert = county.person(username)
        expert.get(path)
        for form in forms_to(expert, path + r"/[0-9a-f-]{36}"):
            met = {name: "yes" for name in form.names if name.startswith("item-")}
            expert.post(form.action, {**form.values, **met})


def score(county: County, listing: str, printed: Sequence[tuple[str, bool]]) -> None:
    """Each member marks every bid alone and locks, then results. `printed`: points, and whether objective."""
    path = f"/listings/{listing}/scoring"
    for number, (username, _) in enumerate(EXPERTS):
        expert = county.person(username)
        expert.get(path)
        for form in forms_to(expert, path + r"/[0-9a-f-]{36}"):
            marks = dict(form.values)
            for name in sorted(form.names):
                if name.startswith("points-"):
                    points, is_objective = printed[int(name.rsplit("-", 1)[1]) - 1]
                    # an objective factor is the same for every member (R-COM-07)
                    marks[name] = str(int(points) * 4 // 5 + (0 if is_objective else number))
                elif name.startswith("comment-"):
                    marks[name] = "方案完整，人员到位。"
            expert.post(form.action, marks)
        expert.get(f"{path}/lock")
        expert.fill({}, action=f"{path}/lock")
    last = county.person(EXPERTS[-1][0])
    last.get(path)
    last.fill({}, action=f"{path}/results")
    sign_report(county, listing)


def sign_report(county: County, listing: str) -> None:
    """The members elect a chair, one draws the report up, and each signs it with its name."""
    path = f"/listings/{listing}"
    chair = EXPERTS[0][1]
    for username, _ in EXPERTS[: len(EXPERTS) // 2 + 1]:
        expert = county.person(username)
        expert.get(f"{path}/panel")
        expert.fill({}, action=f"{path}/panel/chair", chosen=chair)
    first = county.person(EXPERTS[0][0])
    first.get(f"{path}/report")
    first.fill({"remarks": ""}, action=f"{path}/report/draw-up")
    for username, name in EXPERTS:
        expert = county.person(username)
        expert.get(f"{path}/report")
        expert.fill({"way": "signed", "typed_name": name, "dissent": ""}, action=f"{path}/report/sign")


def determine_and_announce(county: County, listing: str) -> str:
    """The buyer determines the first-ranked and announces; gives the contract's reference."""
    buyer, path = county.person(DECIDER), f"/listings/{listing}/award"
    buyer.get(path)
    buyer.fill({"tie_note": ""}, action=path)
    buyer.get(f"{path}/publish")
    buyer.fill({}, action=f"{path}/publish")
    county.visitor().get(path)
    compute_again(county, path)
    return contract_of(buyer)


def compute_again(county: County, path: str) -> None:
    """Anybody computes the award again from its public bundle, the auditor with every bid in it."""
    for reader, name in ((county.visitor(), "bundle"), (county.person(AUDITOR), "full-bundle")):
        reader.get(f"{path}/{name}.json")
        verdict = verify([json.loads(reader.text)])
        if not verdict.holds:
            raise StoryBroken(f"{path}/{name}.json cannot be computed again: {verdict_words(verdict)}")


def contract_of(browser: Browser) -> str:
    """The reference of the newest contract that the buyer's list of contracts shows as waiting for signatures."""
    browser.get("/contracts?status=drawn_up")
    found = sorted(set(re.findall(r"HT-\d{4}-\d{4,}", words(browser.text))))
    if not found:
        raise StoryBroken(f"No contract waits for signatures: {words(browser.text)[:400]}")
    return found[-1]


def review(county: County, listing: str) -> None:
    """The buyer reviews every bidder item by item: all met, unless a statute speaks against it."""
    buyer, path = county.person(DECIDER), f"/listings/{listing}/qualification"
    for _ in range(12):
        buyer.get(path)
        waiting = [f for f in forms_to(buyer, path + r"/.*") if {"item-0", "forced"} & set(f.names)]
        if not waiting:
            return
        form = waiting[0]
        met = {name: "yes" for name in form.names if name.startswith("item-")}
        buyer.post(form.action, {**form.values, **met})
    raise StoryBroken(f"The qualification review of {listing} does not end.")


def ask_final_prices(county: County, listing: str) -> None:
    """Every qualified bidder gets the same time for a sealed final price."""
    buyer, path = county.person(DECIDER), f"/listings/{listing}/qualification"
    buyer.get(path)
    closes_at = county.now() + timedelta(days=1)
    buyer.fill({"closes_at": f"{closes_at:%Y-%m-%dT%H:%M}"})
