"""Steps 8 to 12: the contract, its hours, its money, the subsidy and the evaluation."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

from marketplace.demo.county.people import demo_page
from marketplace.demo.story.browser import Browser, StoryBroken, words
from marketplace.demo.story.county import County, first_of_next_month, last_of_month
from marketplace.demo.story.notice import TOWN, line_amounts

APPROVER, ACCEPTER, PAYER = "chen.jing", "chen.jing", "sun.yue"
BANK = "成都农商银行金堂支行"
VISIT_TIMES = (("09:00", "12:00"), ("13:30", "17:00"))


def sign(county: County) -> str:
    """Both sides sign; the contract is in force and public."""
    contract, provider = county.needed("contract"), county.provider(0)
    for username, name in (("wang.min", "王敏"), (provider.username, provider.person_name)):
        browser = county.person(username)
        browser.get(f"/contracts/{contract}/sign")
        browser.fill({"typed_name": name, "agree": "yes"})
    visitor = county.visitor()
    visitor.get(f"/contracts/{contract}")
    visitor.must_say("履行中")
    return f"/contracts/{contract}"


def hours(county: County) -> str:
    """A worker logs visits, the buyer approves them, the month closes; a later correction is added to it."""
    contract = county.needed("contract")
    month = county.record.service_from
    if month is None:
        raise StoryBroken("Step 4 has not said when the service begins.")
    county.record.month = month
    visits = []
    for day in (month + timedelta(days=n) for n in (5, 12, 19)):
        county.to_day(day, 18)
        worker = county.person(county.provider(0).worker)
        visits += [log_visit(worker, contract, day, times) for times in VISIT_TIMES]
    county.to_day(first_of_next_month(month), 10)
    buyer = county.person(APPROVER)
    buyer.get(f"/contracts/{contract}/hours?month={month:%Y-%m}")
    buyer.post(f"/contracts/{contract}/hours/approve", {"month": f"{month:%Y-%m}", "every": "yes"})
    close_months(buyer, contract, month)
    correct(county.person(county.provider(0).worker), visits[-1])
    buyer.get(f"/contracts/{contract}/hours?month={month:%Y-%m}")
    buyer.must_say("这个月于")
    return f"/contracts/{contract}/hours?month={month:%Y-%m}"


def log_visit(worker: Browser, contract: str, day: date, times: tuple[str, str]) -> str:
    """The six points, one screen after the other; gives the visit's page."""
    worker.get("/visits/new")
    form = worker.form("contract")
    contract_id = (
        form.option("contract", "社会救助") if len(form.options["contract"]) > 1 else form.options["contract"][0][0]
    )
    worker.post(form.action, {**form.values, "contract": contract_id})
    worker.fill({"recipient_code": "JT-R-0001"})
    worker.fill({"village": "十里社区"}, town=TOWN)
    worker.fill({"day": day.isoformat(), "begins": times[0], "ends": times[1]})
    worker.fill({"note": "入户走访，核对家庭情况，说明申请材料。"})
    worker.fill({}, action=worker.at)
    return worker.at


def close_months(buyer: Browser, contract: str, until: date) -> None:
    """Close every month up to one; they close in their order."""
    for _ in range(40):
        page = words(buyer.get(f"/contracts/{contract}/hours"))
        found = re.search(r"(\d{4})\s*年\s*(\d{1,2})\s*月", page)
        month = date(int(found[1]), int(found[2]), 1) if found else None
        if month is None or month > until or "这个月于" in page:
            return
        if "还有" in page and "没有审核" in page:
            buyer.post(f"/contracts/{contract}/hours/approve", {"month": f"{month:%Y-%m}", "every": "yes"})
        buyer.post(f"/contracts/{contract}/hours/close", {"month": f"{month:%Y-%m}"})


def correct(worker: Browser, visit: str) -> None:
    """Correct a visit that a closed month holds: the old row stays, a new one is added."""
    worker.get(visit)
    worker.fill({}, action=f"{visit}/correct")
    worker.fill({"reason": "结束时间记早了半小时"})
    draft = worker.at.rsplit("/", 1)[0]
    worker.get(f"{draft}/time")
    worker.fill({"ends": "17:30"})
    worker.get(f"{draft}/check")
    worker.fill({}, action=worker.at)


def payment(county: County) -> str:
    """Accepted against the closed hours, invoiced, approved, paid by treasury file; the line's money moved."""
    contract = county.needed("contract")
    finance = county.person("zhao.lei")
    before = line_amounts(finance, county.needed("budget_line"))
    accept_first(county.person(ACCEPTER), contract)
    payer = county.person(PAYER)
    invoice = send_invoice(county, contract)
    payer.get(f"/invoices/{invoice}")
    payer.fill({}, action=f"/invoices/{invoice}/approve")
    county.record.payment = payer.at.rsplit("/", 1)[1]
    payer.get("/payments")
    payer.fill({}, action="/payments/voucher-file", payments=county.provider(0).name)
    number = re.search(r"/payments/voucher-file/([^/\"]+)/release", payer.get("/payments"))
    if number is None:
        raise StoryBroken("The voucher file does not wait for a second person.")
    finance.get(f"/payments/voucher-file/{number[1]}/release")
    finance.fill({}, action=f"/payments/voucher-file/{number[1]}/release")
    payer.post(f"/payments/{county.record.payment}/confirm")
    county.visitor().get(f"/payments/{county.record.payment}")
    more_of_the_same(county, contract)
    if line_amounts(finance, county.needed("budget_line")) == before:
        raise StoryBroken(f"The money of {county.needed('budget_line')} did not move with the payment.")
    return f"/payments/{county.record.payment}"


def accept_first(accepter: Browser, contract: str) -> None:
    """Fill in the certificate of the first milestone: every requirement met."""
    hear_first(accepter, contract)
    accepter.get(f"/contracts/{contract}/acceptance/1")
    form = accepter.form("opinions")
    findings = {name: form.option(name, "") or "met" for name in form.names if name.startswith("finding-")}
    findings = {name: "met" for name in findings}
    said = {"opinions": "走访的服务对象都表示满意。", "agree": "yes", **findings}
    accepter.post(form.action, {**form.values, **said})


def more_of_the_same(county: County, contract: str) -> None:
    """A small supplement: refused without its document, in force with it (R-CON-02)."""
    buyer, provider = county.person("wang.min"), county.provider(0)
    new = f"/contracts/{contract}/amendments/new/supplement"
    buyer.get(new)
    last = last_of_month(county.now().date() + timedelta(days=500))
    buyer.fill({"quantity": "0.01", "due_on": last.isoformat(), "reason": "新增一个村民小组的走访。"})
    amendment = buyer.at
    director = county.person(provider.username)
    own = {"typed_name": provider.person_name, "agree": "yes"}
    director.get(amendment)
    director.must_say("等待签字盖章的文件")
    director.post(f"{amendment}/sign", own, expect=422)  # there is no document yet
    director.get(amendment)
    paper = {"document": ("supplement.pdf", demo_page("signed supplementary agreement"), "application/pdf")}
    director.fill({}, paper, action=f"{amendment}/papers")
    director.fill(own, action=f"{amendment}/sign")
    second = county.person("li.qiang")
    second.get(amendment)
    second.fill({"typed_name": "李强", "agree": "yes"}, action=f"{amendment}/sign")
    second.must_say("已生效")


def hear_first(accepter: Browser, contract: str) -> None:
    """Recipients of the first milestone are drawn and called; nobody is accepted unheard (R-ACC-05)."""
    opinions = f"/contracts/{contract}/acceptance/1/opinions"
    accepter.get(opinions)
    accepter.fill({}, action=f"{opinions}/draw")
    for path in sorted(set(re.findall(rf"{opinions}/[-0-9a-f]{{36}}", accepter.text))):
        accepter.get(opinions)
        accepter.fill({"answer": "satisfied", "channel": "phone"}, action=path)


def send_invoice(county: County, contract: str) -> str:
    """The provider's invoice over what was accepted; gives its reference."""
    provider = county.person(county.provider(0).username)
    page = words(provider.get(f"/contracts/{contract}/milestones/1/invoice"))
    amount = re.search(r"¥\s?([\d,]+\.\d\d)", page)
    if amount is None:
        raise StoryBroken(f"The invoice page of {contract} names no amount: {page[:400]}")
    number = str(int(county.mark, 16)).zfill(16)
    given = {
        "number": f"2651{number}", "amount": amount[1], "issued_on": county.now().date().isoformat(),
        "bank": BANK, "bank_account": "6217 0038 1000 1234 567",
    }  # fmt: skip
    provider.fill(given)
    return provider.at.rsplit("/", 1)[1]


def subsidy(county: County) -> str:
    """Nothing is paid without a document number; with one, a month is computed, approved, and paid by file."""
    month = county.record.month
    if month is None:
        raise StoryBroken("Step 9 has not closed a month.")
    bureau = county.person("liu.fang")
    bureau.get("/subsidies/schemes/new?kind=monthly")
    amounts = {"amount_assistant": "200.00", "amount_intermediate": "300.00", "amount_senior": "500.00"}
    name = f"金堂县社会工作人才补贴办法（{month:%Y-%m} 起）"
    bureau.fill({"name": name, "effective_from": month.isoformat(), "min_hours": "10", **amounts})
    scheme = bureau.at
    second = county.person("song.ya")
    second.get(scheme)
    second.fill({"outcome": "agreed", "decision": "按县政府会议纪要。"}, action=f"{scheme}/decision")
    run = compute_month(county, scheme.rsplit("/", 1)[1].split("?")[0], month)
    bureau.post(f"{run}/publish")
    finance = county.person(PAYER)
    finance.get(run)
    finance.post(f"{run}/approve", expect=403)  # the scheme has no document number yet (R-SOCW-06)
    bureau.get(scheme)
    bureau.fill(
        {"document_number": f"金民发〔{month.year}〕{int(county.mark, 16) % 900 + 1}号"}, action=f"{scheme}/document"
    )
    state_account(county, finance)
    county.clock(county.now() + timedelta(days=20))  # its days in public, a week of holidays among them (R-SOCW-05)
    for act in ("approve", "pay-file", "confirm"):
        finance.post(f"{run}/{act}")
    finance.get(run)
    finance.must_say("300.00")
    county.person(county.provider(0).worker).get("/subsidies/mine")
    return run


def state_account(county: County, finance: Browser) -> None:
    """The worker says where the subsidy is paid to; finance looks at what waits and lets the pay file use it."""
    worker = county.person(county.provider(0).worker)
    worker.get("/subsidies/mine/account")
    worker.fill({"bank": BANK, "number": f"62170038{int(county.mark, 16) % 10**11:011}"})
    finance.get("/subsidies/accounts")
    for path in sorted(set(re.findall(r"/subsidies/accounts/[-0-9a-f]+/confirm", finance.text))):
        finance.post(path)


def compute_month(county: County, scheme: str, month: date) -> str:
    """Compute the month by a scheme; months that contracts left open are closed first. Gives the run's page."""
    bureau = county.person("liu.fang")
    bureau.get("/subsidies")
    for _ in range(2):
        answer = bureau.client.post(
            "/subsidies",
            data={"scheme": scheme, "month": f"{month:%Y-%m}", "_csrf_token": bureau.client.cookies["csrf"]},
        )
        if answer.status_code == 303:
            bureau.get(answer.headers["location"])
            return bureau.at
        for contract in sorted(set(re.findall(r"HT-\d{4}-\d{4,}", words(answer.text)))):
            close_months(county.person(APPROVER), contract, month)
    raise StoryBroken(f"{month:%Y-%m} cannot be computed. The page says: {words(answer.text)[:600]}")


def evaluation(county: County) -> str:
    """Planned, scored by a third party, answered, frozen; the provider's standing follows."""
    contract, month = county.needed("contract"), county.record.month
    first = county.record.service_from
    if month is None or first is None:
        raise StoryBroken("Step 9 has not closed a month.")
    bureau = county.person("liu.fang")
    bureau.get("/evaluations/new")
    period = {"period_from": first.isoformat(), "period_to": last_of_month(month).isoformat()}
    bureau.fill(period, contract=contract, evaluator="天府社会服务评估中心")
    page = bureau.at
    evaluator = county.person("deng.li")
    evaluator.get(page)
    form = evaluator.form(action=f"{page}/score")
    marks = {name: mark_for(name) for name in form.names if name.split("-")[0] in ("actual", "points", "narrative")}
    evaluator.post(form.action, {**form.values, **marks})
    provider = county.person(county.provider(0).username)
    provider.get(page)
    provider.fill({"reply": "同意评价结果。今后继续做好入户和培训。"})
    bureau.get(f"{page}/freeze")
    bureau.fill({"looked": "yes"}, action=f"{page}/freeze")
    county.record.evaluation = page.rsplit("/", 1)[1]
    visitor = county.visitor()
    visitor.get(page)
    visitor.must_say("结果已冻结")
    visitor.get(f"/providers/{county.provider(0).reference}")
    visitor.must_say(county.record.evaluation)
    return page


def mark_for(name: str) -> str:
    """What the evaluator enters: every target met, a little short in the professional judgement."""
    kind, number = name.split("-")
    if kind == "narrative":
        return "查阅台账、服务记录和培训签到，并回访服务对象。"
    if kind == "points":
        return str(Decimal(28))
    return {"2": "100", "4": "2", "6": "96"}.get(number, "100")
