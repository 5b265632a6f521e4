"""Credit, related parties, workers of a town and the town's own list in the demo county. Everything is invented."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from marketplace.accounts.documents.services import NewDocument
from marketplace.demo.county.people import PAPER, PROVIDERS, WORKERS, actor, office
from marketplace.gateways.files import open_store
from marketplace.kernel import db
from marketplace.kernel.settings import Settings
from vendors.credit.lists import NewList, upload_list
from vendors.credit.services import NewCase, open_case
from vendors.relations.services import NewParty, declare_party
from vendors.townlist.rules import Proposal
from vendors.townlist.services import propose
from vendors.workers.changes import Change, Particulars, change_particulars
from vendors.workers.consent import give_consent
from vendors.workers.exams import Exam, put_exam
from vendors.workers.services import NewWorker, add_community_worker, add_worker
from vendors.workers.spells import Employer

FIRST_OF_FINANCE, CLERK, CIVIL_AFFAIRS = "zhao.lei", "luo.jie", "liu.fang"
LIST = (
    "单位名称,统一社会信用代码,决定书文号,事由,开始日期,结束日期\n"
    f"{PROVIDERS[1][0]},,（2026）川0121执58号,不履行判决,2026-02-10,2028-02-09\n"
    "金堂县某某商贸有限公司,,（2026）川0121执61号,不履行判决,2026-02-12,2028-02-11\n"
)


async def credit_matters(now: datetime, settings: Settings) -> None:
    """A case that waits for the provider's view, and a list whose one name waits for a person."""
    finance = await actor(FIRST_OF_FINANCE)
    welfare = (await actor(PROVIDERS[3][5])).organisation_id
    provider = await db.fetchval("SELECT id FROM provider WHERE organisation = $1", welfare)
    case = NewCase(
        provider, "serious_violation", "金堂县财政局", "金财采罚〔2026〕2号", date(2026, 2, 27), "提供虚假材料",
        date(2026, 2, 27), date(2029, 2, 26), date(2026, 3, 27), Decimal(50_000),
    )  # fmt: skip
    await open_case(case, NewDocument("行政处罚决定书.pdf", PAPER), open_store(settings), finance, now)
    names = NewList("dishonest_debtor", date(2026, 3, 15), "失信被执行人.csv", LIST.encode("utf-8-sig"))
    await upload_list(names, finance, now)


async def people_behind(now: datetime, _: Settings) -> None:
    """Who holds the firm, a worker with a second job, a community worker, and one proposal for a town's list."""
    await declare_party(NewParty("holder", "秦川", "", "601X", Decimal(51)), await actor(PROVIDERS[2][5]), now)
    employer = await actor(PROVIDERS[0][5])
    worker = await db.fetchval(
        "SELECT w.id FROM worker w JOIN person x ON x.id = w.person WHERE x.username = $1", WORKERS[0][1]
    )
    if worker:
        exam = Exam(2025, "senior", "partly", Decimal(61), Decimal(61), "金民〔2025〕8号")
        await put_exam(worker, exam, employer, now)
    community = NewWorker("蒋琴", date(2024, 7, 1), "assistant", "5101800019", date(2024, 1, 5), date(2027, 1, 4))
    employed = Employer(town=await office("zhaozhen"), community="金龙社区")
    spell = await add_community_worker(community, employed, await actor(CIVIL_AFFAIRS), now)
    gained = Particulars("蒋琴", "intermediate", "5101800119", date(2026, 3, 10), date(2029, 3, 9))
    await change_particulars(spell, gained, Change(date(2026, 3, 10), "取得社会工作师证书"), await actor(CLERK), now)
    if worker:
        await give_consent(await actor(WORKERS[0][1]), True, now)
        name, level, number = WORKERS[0][0], *WORKERS[0][2:]
        beside = NewWorker(name, date(2026, 3, 1), level, number, date(2020, 3, 1), date(2029, 2, 28), None, False)
        await add_worker(beside, await actor(PROVIDERS[1][5]), now)
    proposal = Proposal(
        "applicant", "JT-R-0914", "self", "income", "《社会救助法》第七十三条；待民政局决定",
        "申请时没有说明房屋出租收入。", "租赁合同复印件", date(2026, 3, 27), date(2027, 3, 26), date(1979, 4, 2),
    )  # fmt: skip
    await propose(proposal, await actor(CLERK), now)
