"""My work today: what waits for me, grouped by when it is due, from every room of the house."""

from datetime import date, timedelta
from typing import Any

from litestar import get
from litestar.response import Template

from catalogue import work as catalogue_work
from contracts import work as contracts_work
from evaluations import work as evaluations_work
from marketplace.accounts import work as accounts_work
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now
from marketplace.accounts.permissions import Permission
from marketplace.accounts.privacy import work as privacy_work
from marketplace.accounts.privacy.rules import KEEPERS
from marketplace.conference import work as conference_work
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import all_together
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.web import page
from marketplace.kernel.work import WorkItem
from marketplace.rules.county import work as county_rules_work
from marketplace.voices import work as voices_work
from vendors import work as vendors_work

ROOMS = (
    catalogue_work, vendors_work, contracts_work, evaluations_work, county_rules_work, accounts_work, privacy_work,
    voices_work, conference_work,
)  # fmt: skip

BOARD_READERS = (
    Permission.READ_EVERYTHING, Permission.OVERSEE_CASES, Permission.APPROVE_LISTING, Permission.HANDLE_CASES,
    Permission.SUBMIT_INVOICE, Permission.BID, Permission.ANSWER_ORDERS,
)  # fmt: skip

SHORTCUTS: list[tuple[Permission, str, str]] = [
    (Permission.LOG_VISITS, "/visits/offline", N_("手机记录，没有信号也能记")),
    (Permission.APPROVE_LISTING, "/listings/drafts/new", N_("起草采购公告")),
    (Permission.PUBLISH_CONFIRMED, "/listings/drafts", N_("采购人委托的项目")),
    *((permission, "/dashboard", N_("看板")) for permission in BOARD_READERS),
    (Permission.VIEW_BUDGET, "/budget", N_("预算")),
    (Permission.VIEW_BUDGET, "/procurement-plan", N_("采购计划")),
    (Permission.RECEIVE_PLANS, "/plans/filed", N_("报来备案的采购实施计划")),
    (Permission.EDIT_PROVIDER_FILE, "/my-organisation", N_("本机构资料")),
    (Permission.MANAGE_WORKERS, "/my-organisation/workers", N_("社会工作者名册")),
    (Permission.BID, "/bids", N_("我的投标")),
    (Permission.CHECK_PROVIDERS, "/providers/checks", N_("供应商预检")),
    (Permission.CHECK_PROVIDERS, "/providers/changes", N_("登记事项变更")),
    (Permission.CHECK_PROVIDERS, "/workers", N_("全县社会工作者")),
    (Permission.HANDLE_CASES, "/cases", N_("救助个案")),
    (Permission.OVERSEE_CASES, "/cases", N_("救助个案")),
    (Permission.SEE_RESTRICTED_CASES, "/safeguarding", N_("保护报告")),
    (Permission.LOG_VISITS, "/casework", N_("个案服务")),
    (Permission.ANSWER_ORDERS, "/casework", N_("个案服务")),
    (Permission.HANDLE_CASES, "/casework", N_("个案服务")),
    (Permission.LOG_VISITS, "/group-activities", N_("各次小组活动")),
    (Permission.LOG_VISITS, "/safeguarding/report", N_("报告伤害或者危险")),
    (Permission.HANDLE_CASES, "/referrals", N_("各次转介")),
    (Permission.HANDLE_CASES, "/leads", N_("困难线索")),
    (Permission.OVERSEE_CASES, "/leads", N_("困难线索")),
    (Permission.HANDLE_CASES, "/sweeps", N_("年度摸排")),
    (Permission.HANDLE_CASES, "/job-events", N_("岗位对接会")),
    (Permission.OVERSEE_CASES, "/job-events", N_("岗位对接会")),
    (Permission.OVERSEE_CASES, "/sweeps", N_("年度摸排")),
    (Permission.HANDLE_CASES, "/reserve-funds", N_("镇（街道）备用金")),
    (Permission.OVERSEE_CASES, "/reserve-funds", N_("镇（街道）备用金")),
    (Permission.HANDLE_CASES, "/orders", N_("服务工单")),
    (Permission.ANSWER_ORDERS, "/orders", N_("服务工单")),
    (Permission.KEEP_TOWN_LIST, "/town-list", N_("镇（街道）失信名单")),
    (Permission.DECIDE_TOWN_LIST, "/town-list", N_("镇（街道）失信名单")),
    (Permission.GRANT_INCENTIVES, "/incentives", N_("激励措施")),
    (Permission.LOG_VISITS, "/my-file", N_("我的档案")),
    (Permission.RECORD_CREDIT, "/credit", N_("信用事项")),
    (Permission.CHECK_PROVIDERS, "/number-search", N_("按完整号码查找")),
    (Permission.APPROVE_PAYMENT, "/number-search", N_("按完整号码查找")),
    (Permission.REGISTER_OPENER_KEY, "/opener-key", N_("开标公钥")),
    (Permission.LOG_VISITS, "/visits", N_("我的服务记录")),
    (Permission.APPROVE_PAYMENT, "/payments", N_("付款")),
    (Permission.APPROVE_PAYMENT, "/payments/due", N_("付款期限")),
    (Permission.ACCEPT_WORK, "/payments/due", N_("付款期限")),
    (Permission.SUBMIT_INVOICE, "/payments/due", N_("付款期限")),
    (Permission.APPROVE_PAYMENT, "/deposits", N_("保证金")),
    (Permission.RUN_SUBSIDIES, "/subsidies", N_("社工补贴")),
    (Permission.READ_OWN_SUBSIDY, "/subsidies/mine", N_("我的补贴")),
    (Permission.MANAGE_WORKERS, "/subsidies/duty", N_("在岗证明")),
    (Permission.PLAN_EVALUATION, "/evaluations", N_("绩效评价")),
    (Permission.READ_EVERYTHING, "/standing/trial", N_("规则试算")),
    (Permission.READ_EVERYTHING, "/standing/watch", N_("低价成交的加强监管")),
    (Permission.PLAN_EVALUATION, "/standing/watch", N_("低价成交的加强监管")),
    (Permission.SIGN_FOR_BUYER, "/standing/watch", N_("低价成交的加强监管")),
    (Permission.VIEW_BUDGET, "/standing/budgets", N_("下年度预算建议")),
    (Permission.EVALUATE, "/evaluations", N_("绩效评价")),
    (Permission.DECLARE_GOALS, "/goals", N_("绩效目标")),
    (Permission.EVALUATE, "/goals", N_("绩效目标")),
    (Permission.RATE_BUYER, "/buyer-ratings", N_("评价采购人")),
    (Permission.PLAN_EVALUATION, "/buyer-ratings", N_("供应商评价采购人")),
    (Permission.ANSWER_VOICES, "/voices/desk", N_("群众的意见和线索")),
    (Permission.KEEP_CONFERENCE, "/conference", N_("社会救助联席会议")),
    (Permission.KEEP_CONFERENCE, "/model-cases", N_("典型案例")),
    (Permission.ENTER_RULES, "/county-rules", N_("县级规则")),
    (Permission.LOAD_CALENDAR, "/calendar", N_("放假安排")),
    (Permission.VIEW_AUDIT, "/audit", N_("审计记录")),
    (Permission.DRAFT_LISTING, "/office-contact", N_("本单位联系方式")),
    (Permission.DRAFT_LISTING, "/platform-exports", N_("报送省平台")),
    (Permission.DRAFT_LISTING, "/agency-agreements", N_("委托代理协议")),
    (Permission.MANAGE_ACCOUNTS, "/accounts", N_("账号")),
    (Permission.MANAGE_ACCOUNTS, "/invitations", N_("邀请成员")),
    *((permission, "/data-requests", N_("更正个人信息的要求")) for permission in sorted(set(KEEPERS.values()))),
    (Permission.MANAGE_ACCOUNTS, "/accounts/organisations", N_("单位和负责人")),
    (Permission.MANAGE_ACCOUNTS, "/service-state", N_("系统状况")),
    (Permission.MANAGE_ACCOUNTS, "/retention", N_("数据的保存期限")),
    (Permission.EDIT_PAPER_FORMS, "/paper-templates", N_("文书模板")),
    (Permission.EDIT_PAPER_FORMS, "/platform-fields", N_("省平台字段")),
]


def grouped(items: list[WorkItem], today: date) -> list[dict[str, Any]]:
    """Late, today, this week, later, without a day: each group in order of its days; empty groups are left out."""
    groups: list[dict[str, Any]] = [
        {"title": say(N_("已到期")), "late": True, "tasks": [i for i in items if i.due and i.due < today]},
        {"title": say(N_("今天")), "late": False, "tasks": [i for i in items if i.due == today]},
        {
            "title": say(N_("七天之内")),
            "late": False,
            "tasks": [i for i in items if i.due and today < i.due <= today + timedelta(days=7)],
        },
        {
            "title": say(N_("以后")),
            "late": False,
            "tasks": [i for i in items if i.due and i.due > today + timedelta(days=7)],
        },
        {"title": say(N_("没有固定期限")), "late": False, "tasks": [i for i in items if i.due is None]},
    ]
    for group in groups:
        group["tasks"].sort(key=lambda i: (i.due or date.max, i.url))
    return [group for group in groups if group["tasks"]]


@get("/work", opt=SIGNED_IN)
async def my_work(actor: CurrentActor, now: Now) -> Template:
    """The first page after sign-in."""
    items: list[WorkItem] = await all_together(*(room.waiting_for(actor, now) for room in ROOMS))
    return page("marketplace/site/work.html", groups=grouped(items, county_day(now)), shortcuts=SHORTCUTS)


ROUTES: list[Any] = [my_work]
