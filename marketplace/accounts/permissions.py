"""Who may do what: one table. The guard at the door, the menu and the documents all read it."""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from marketplace.kernel.i18n import N_


class Role(StrEnum):
    """What a person is in an organisation."""

    PROVIDER = "provider"
    BID_WRITER = "bid_writer"
    SERVICE_MANAGER = "service_manager"
    BOOKKEEPER = "bookkeeper"
    SOCIAL_WORKER = "social_worker"
    BUYER = "buyer"
    CIVIL_AFFAIRS = "civil_affairs"
    AGENCY = "agency"
    FINANCE = "finance"
    OPENER = "opener"
    EXPERT = "expert"
    EVALUATOR = "evaluator"
    CLERK = "clerk"
    CHILD_OFFICER = "child_officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


ROLE_LABELS: dict[Role, str] = {
    Role.PROVIDER: N_("供应商"),
    Role.BID_WRITER: N_("供应商投标专员"),
    Role.SERVICE_MANAGER: N_("供应商服务主管"),
    Role.BOOKKEEPER: N_("供应商财务人员"),
    Role.SOCIAL_WORKER: N_("社会工作者"),
    Role.BUYER: N_("采购人"),
    Role.CIVIL_AFFAIRS: N_("民政局"),
    Role.AGENCY: N_("采购代理机构"),
    Role.FINANCE: N_("财政局"),
    Role.OPENER: N_("开标人"),
    Role.EXPERT: N_("评审专家"),
    Role.EVALUATOR: N_("第三方评价机构"),
    Role.CLERK: N_("社会救助窗口"),
    Role.CHILD_OFFICER: N_("未成年人保护专员"),
    Role.AUDITOR: N_("审计"),
    Role.ADMINISTRATOR: N_("系统管理员"),
}


class Permission(StrEnum):
    """One act, or one kind of reading."""

    READ_EVERYTHING = "read_everything"
    VIEW_AUDIT = "view_audit"
    EDIT_CATALOGUE = "edit_catalogue"
    ALLOT_BUDGET = "allot_budget"
    RECEIVE_PLANS = "receive_plans"
    VIEW_BUDGET = "view_budget"
    DRAFT_LISTING = "draft_listing"
    APPROVE_LISTING = "approve_listing"
    PUBLISH_CONFIRMED = "publish_confirmed"
    EDIT_PROVIDER_FILE = "edit_provider_file"
    CHECK_PROVIDERS = "check_providers"
    RECORD_CREDIT = "record_credit"
    GRANT_INCENTIVES = "grant_incentives"
    MANAGE_WORKERS = "manage_workers"
    TAKE_DOCUMENTS = "take_documents"
    BID = "bid"
    REGISTER_OPENER_KEY = "register_opener_key"
    OPEN_BIDS = "open_bids"
    REVIEW_QUALIFICATION = "review_qualification"
    APPOINT_PANEL = "appoint_panel"
    SCORE_BIDS = "score_bids"
    DETERMINE_AWARD = "determine_award"
    READ_OWN_DEBRIEF = "read_own_debrief"
    SIGN_FOR_BUYER = "sign_for_buyer"
    SIGN_FOR_PROVIDER = "sign_for_provider"
    KEEP_TOWN_LIST = "keep_town_list"
    DECIDE_TOWN_LIST = "decide_town_list"
    HANDLE_CASES = "handle_cases"
    OVERSEE_CASES = "oversee_cases"
    SEE_RESTRICTED_CASES = "see_restricted_cases"
    ANSWER_ORDERS = "answer_orders"
    HAND_OVER = "hand_over"
    LOG_VISITS = "log_visits"
    APPROVE_HOURS = "approve_hours"
    ACCEPT_WORK = "accept_work"
    SUBMIT_INVOICE = "submit_invoice"
    APPROVE_PAYMENT = "approve_payment"
    RELEASE_VOUCHER = "release_voucher"
    RUN_SUBSIDIES = "run_subsidies"
    APPROVE_SUBSIDIES = "approve_subsidies"
    READ_OWN_SUBSIDY = "read_own_subsidy"
    CALL_OFF = "call_off"
    RATE_ORDER = "rate_order"
    DECLARE_GOALS = "declare_goals"
    PLAN_EVALUATION = "plan_evaluation"
    EVALUATE = "evaluate"
    REPLY_TO_EVALUATION = "reply_to_evaluation"
    REVIEW_EVALUATION = "review_evaluation"
    RATE_BUYER = "rate_buyer"
    MANAGE_ACCOUNTS = "manage_accounts"
    ENTER_RULES = "enter_rules"
    LOAD_CALENDAR = "load_calendar"
    EDIT_PAPER_FORMS = "edit_paper_forms"
    RAISE_CHALLENGE = "raise_challenge"
    ANSWER_CHALLENGE = "answer_challenge"
    DECIDE_COMPLAINT = "decide_complaint"
    ANSWER_VOICES = "answer_voices"
    KEEP_CONFERENCE = "keep_conference"


PERMISSION_LABELS: dict[Permission, str] = {
    Permission.READ_EVERYTHING: N_("查阅全部业务（开标前的投标除外）"),
    Permission.VIEW_AUDIT: N_("查阅审计记录"),
    Permission.EDIT_CATALOGUE: N_("发布服务目录新版本"),
    Permission.ALLOT_BUDGET: N_("下达预算额度"),
    Permission.RECEIVE_PLANS: N_("登记收到采购实施计划（不是审批）"),
    Permission.VIEW_BUDGET: N_("查阅预算"),
    Permission.DRAFT_LISTING: N_("起草采购公告"),
    Permission.APPROVE_LISTING: N_("复核并发布采购公告（不得复核自己起草的）"),
    Permission.PUBLISH_CONFIRMED: N_("按委托代理协议发布采购人确认过的公告和结果"),
    Permission.EDIT_PROVIDER_FILE: N_("维护本机构资料"),
    Permission.CHECK_PROVIDERS: N_("预检供应商资料"),
    Permission.RECORD_CREDIT: N_("登记失信和禁止参加的处理"),
    Permission.GRANT_INCENTIVES: N_("登记给供应商的激励措施"),
    Permission.MANAGE_WORKERS: N_("维护本单位社会工作者名册"),
    Permission.TAKE_DOCUMENTS: N_("获取采购文件、提出询问"),
    Permission.BID: N_("编制、封存、替换和撤回投标文件"),
    Permission.REGISTER_OPENER_KEY: N_("登记开标公钥"),
    Permission.OPEN_BIDS: N_("到时开启投标文件（两人同时）"),
    Permission.REVIEW_QUALIFICATION: N_("资格审查"),
    Permission.APPOINT_PANEL: N_("登记评审小组"),
    Permission.SCORE_BIDS: N_("独立评分并锁定"),
    Permission.DETERMINE_AWARD: N_("确定中标（成交）供应商"),
    Permission.READ_OWN_DEBRIEF: N_("查阅本机构的得分和名次"),
    Permission.SIGN_FOR_BUYER: N_("代表采购人签订合同"),
    Permission.SIGN_FOR_PROVIDER: N_("代表供应商签订合同"),
    Permission.KEEP_TOWN_LIST: N_("提出列入本镇（街道）失信名单、听取意见"),
    Permission.DECIDE_TOWN_LIST: N_("决定列入和移出镇（街道）失信名单"),
    Permission.HANDLE_CASES: N_("登记和办理本镇（街道）的救助个案，派服务工单"),
    Permission.OVERSEE_CASES: N_("查看全县救助个案，登记县里的决定，补足备用金"),
    Permission.SEE_RESTRICTED_CASES: N_("办理未成年人和无完全行为能力人的个案"),
    Permission.ANSWER_ORDERS: N_("接受、谢绝和办结服务工单"),
    Permission.HAND_OVER: N_("办理服务对象的移交"),
    Permission.LOG_VISITS: N_("记录服务"),
    Permission.APPROVE_HOURS: N_("审核服务时数、关闭月份"),
    Permission.ACCEPT_WORK: N_("验收"),
    Permission.SUBMIT_INVOICE: N_("提交发票"),
    Permission.APPROVE_PAYMENT: N_("审核付款、生成国库凭证"),
    Permission.RELEASE_VOUCHER: N_("复核签发别人生成的国库凭证"),
    Permission.RUN_SUBSIDIES: N_("制定补贴办法、计算月度补贴"),
    Permission.APPROVE_SUBSIDIES: N_("审核补贴发放"),
    Permission.READ_OWN_SUBSIDY: N_("查阅本人补贴"),
    Permission.CALL_OFF: N_("按框架协议下单"),
    Permission.RATE_ORDER: N_("评价框架协议的订单，登记服务对象的选择和评价"),
    Permission.DECLARE_GOALS: N_("申报绩效目标、运行监控和自评"),
    Permission.PLAN_EVALUATION: N_("组织绩效评价、冻结结果"),
    Permission.EVALUATE: N_("按指标表评价合同"),
    Permission.REPLY_TO_EVALUATION: N_("答复评价结果"),
    Permission.RATE_BUYER: N_("成交和验收以后评价采购人"),
    Permission.REVIEW_EVALUATION: N_("复核供应商不同意的评价初稿（不得复核本单位打的分）"),
    Permission.MANAGE_ACCOUNTS: N_("管理账号"),
    Permission.ENTER_RULES: N_("按文号登记县级规则、复核同事登记的"),
    Permission.LOAD_CALENDAR: N_("登记国务院公布的放假安排"),
    Permission.EDIT_PAPER_FORMS: N_("维护文书模板和省平台字段"),
    Permission.RAISE_CHALLENGE: N_("提出质疑、提起投诉"),
    Permission.ANSWER_CHALLENGE: N_("答复质疑、对投诉作出说明"),
    Permission.DECIDE_COMPLAINT: N_("审查、受理和处理投诉，通知暂停采购活动"),
    Permission.ANSWER_VOICES: N_("答复群众的意见和线索，审核后公开意见"),
    Permission.KEEP_CONFERENCE: N_("登记联席会议的决定，公开典型案例"),
}

P = Permission
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.PROVIDER: frozenset(
        {
            P.EDIT_PROVIDER_FILE,
            P.MANAGE_WORKERS,
            P.TAKE_DOCUMENTS,
            P.BID,
            P.READ_OWN_DEBRIEF,
            P.SIGN_FOR_PROVIDER,
            P.HAND_OVER,
            P.ANSWER_ORDERS,
            P.SUBMIT_INVOICE,
            P.REPLY_TO_EVALUATION,
            P.RATE_BUYER,
            P.RAISE_CHALLENGE,
        }
    ),
    # what an owner hands on; the file, signatures and challenges stay with who represents the organisation
    Role.BID_WRITER: frozenset({P.TAKE_DOCUMENTS, P.BID, P.READ_OWN_DEBRIEF}),
    Role.SERVICE_MANAGER: frozenset({P.MANAGE_WORKERS, P.HAND_OVER, P.ANSWER_ORDERS, P.REPLY_TO_EVALUATION}),
    Role.BOOKKEEPER: frozenset({P.SUBMIT_INVOICE}),
    Role.SOCIAL_WORKER: frozenset({P.LOG_VISITS, P.READ_OWN_SUBSIDY}),
    Role.BUYER: frozenset(
        {
            P.VIEW_BUDGET,
            P.DRAFT_LISTING,
            P.APPROVE_LISTING,
            P.REVIEW_QUALIFICATION,
            P.APPOINT_PANEL,
            P.DETERMINE_AWARD,
            P.SIGN_FOR_BUYER,
            P.HAND_OVER,
            P.APPROVE_HOURS,
            P.ACCEPT_WORK,
            P.CALL_OFF,
            P.RATE_ORDER,
            P.DECLARE_GOALS,
            P.ANSWER_CHALLENGE,
        }
    ),
    Role.CIVIL_AFFAIRS: frozenset(
        {P.EDIT_CATALOGUE, P.CHECK_PROVIDERS, P.GRANT_INCENTIVES,
         P.VIEW_BUDGET, P.RUN_SUBSIDIES, P.PLAN_EVALUATION, P.EVALUATE, P.REVIEW_EVALUATION, P.DECLARE_GOALS,
         P.DECIDE_TOWN_LIST, P.OVERSEE_CASES, P.ANSWER_VOICES, P.KEEP_CONFERENCE}
    ),
    # an agency acts within a recorded agreement only, and never decides for the buyer (R-ROLE-04, R-ROLE-05)
    Role.AGENCY: frozenset({P.DRAFT_LISTING, P.PUBLISH_CONFIRMED, P.APPOINT_PANEL, P.ANSWER_CHALLENGE}),
    # finance supervises and pays, so it keeps its hands off drafting, scoring and awarding (R-ROLE-02)
    Role.FINANCE: frozenset(
        {
            P.READ_EVERYTHING,
            P.VIEW_AUDIT,
            P.ALLOT_BUDGET,
            P.RECEIVE_PLANS,
            P.VIEW_BUDGET,
            P.RECORD_CREDIT,
            P.GRANT_INCENTIVES,
            P.APPROVE_PAYMENT,
            P.RELEASE_VOUCHER,
            P.APPROVE_SUBSIDIES,
            P.ENTER_RULES,
            P.DECIDE_COMPLAINT,
            P.ANSWER_VOICES,
            P.REVIEW_EVALUATION,
        }
    ),
    Role.OPENER: frozenset({P.REGISTER_OPENER_KEY, P.OPEN_BIDS}),
    Role.EXPERT: frozenset({P.SCORE_BIDS}),
    Role.EVALUATOR: frozenset({P.EVALUATE}),
    Role.CLERK: frozenset(
        {P.KEEP_TOWN_LIST, P.HAND_OVER, P.RATE_ORDER, P.MANAGE_WORKERS, P.HANDLE_CASES, P.EVALUATE}
    ),
    # the named few who see cases of children and of people without full capacity (R-CHILD-01)
    Role.CHILD_OFFICER: frozenset({P.HANDLE_CASES, P.SEE_RESTRICTED_CASES}),
    Role.AUDITOR: frozenset({P.READ_EVERYTHING, P.VIEW_AUDIT, P.VIEW_BUDGET}),
    Role.ADMINISTRATOR: frozenset({P.MANAGE_ACCOUNTS, P.LOAD_CALENDAR, P.EDIT_PAPER_FORMS}),
}



class Weight(StrEnum):
    """Why a stolen password alone must not be enough for an act."""

    OPENS = "opens"
    APPROVES = "approves"
    PAYS = "pays"
    DECIDES = "decides"
    ADMINISTERS = "administers"


WEIGHT_LABELS: dict[Weight, str] = {
    Weight.OPENS: N_("开启投标"),
    Weight.APPROVES: N_("复核、公布"),
    Weight.PAYS: N_("下达、支付资金"),
    Weight.DECIDES: N_("决定、签订"),
    Weight.ADMINISTERS: N_("管理系统和规则"),
}

# the acts behind which a second factor stands; the roles follow from it
WEIGHTY: dict[Permission, Weight] = {
    P.REGISTER_OPENER_KEY: Weight.OPENS,
    P.OPEN_BIDS: Weight.OPENS,
    P.APPROVE_LISTING: Weight.APPROVES,
    P.PUBLISH_CONFIRMED: Weight.APPROVES,
    P.APPROVE_HOURS: Weight.APPROVES,
    P.ACCEPT_WORK: Weight.APPROVES,
    P.ALLOT_BUDGET: Weight.PAYS,
    P.APPROVE_PAYMENT: Weight.PAYS,
    P.RELEASE_VOUCHER: Weight.PAYS,
    P.APPROVE_SUBSIDIES: Weight.PAYS,
    P.REVIEW_QUALIFICATION: Weight.DECIDES,
    P.DETERMINE_AWARD: Weight.DECIDES,
    P.SIGN_FOR_BUYER: Weight.DECIDES,
    P.CALL_OFF: Weight.DECIDES,
    P.CHECK_PROVIDERS: Weight.DECIDES,
    P.RECORD_CREDIT: Weight.DECIDES,
    P.DECIDE_TOWN_LIST: Weight.DECIDES,
    P.DECIDE_COMPLAINT: Weight.DECIDES,
    P.PLAN_EVALUATION: Weight.DECIDES,
    P.REVIEW_EVALUATION: Weight.DECIDES,
    P.EDIT_CATALOGUE: Weight.ADMINISTERS,
    P.MANAGE_ACCOUNTS: Weight.ADMINISTERS,
    P.ENTER_RULES: Weight.ADMINISTERS,
    P.LOAD_CALENDAR: Weight.ADMINISTERS,
    P.EDIT_PAPER_FORMS: Weight.ADMINISTERS,
}
SECOND_FACTOR_ROLES: frozenset[Role] = frozenset(
    role for role, held in ROLE_PERMISSIONS.items() if not held.isdisjoint(WEIGHTY)
)

# the rule that a refusal quotes, for acts that a role is kept from on purpose
KEPT_FROM: dict[tuple[Role, Permission], str] = {
    (Role.FINANCE, P.DRAFT_LISTING): "R-ROLE-02",
    (Role.FINANCE, P.APPROVE_LISTING): "R-ROLE-02",
    (Role.FINANCE, P.SCORE_BIDS): "R-ROLE-02",
    (Role.FINANCE, P.DETERMINE_AWARD): "R-ROLE-02",
    (Role.FINANCE, P.OPEN_BIDS): "R-OPEN-01",
    (Role.EXPERT, P.OPEN_BIDS): "R-OPEN-01",
    (Role.AGENCY, P.BID): "R-ROLE-04",
    (Role.AGENCY, P.SCORE_BIDS): "R-ROLE-04",
    (Role.AGENCY, P.APPROVE_LISTING): "R-ROLE-05",
    (Role.AGENCY, P.REVIEW_QUALIFICATION): "R-ROLE-05",
    (Role.AGENCY, P.DETERMINE_AWARD): "R-ROLE-05",
    (Role.AGENCY, P.SIGN_FOR_BUYER): "R-ROLE-05",
    (Role.AGENCY, P.ACCEPT_WORK): "R-ROLE-05",
    # who decides complaints about a procurement has no hand in it
    (Role.FINANCE, P.ANSWER_CHALLENGE): "R-ROLE-02",
}


@cache
def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """Everything these roles may do."""
    return frozenset().union(*(ROLE_PERMISSIONS[role] for role in roles)) if roles else frozenset()


def needs_second_factor(roles: frozenset[Role]) -> bool:
    """Whether one of the roles works only with a second factor."""
    return not SECOND_FACTOR_ROLES.isdisjoint(roles)


def clause_against(roles: frozenset[Role], permission: Permission) -> str | None:
    """The rule that keeps these roles from an act, if one does."""
    return next((KEPT_FROM[role, permission] for role in sorted(roles) if (role, permission) in KEPT_FROM), None)
