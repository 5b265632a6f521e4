"""The kinds of data that are held: from when they are counted, how long they stay, what then happens. One table.

The daily work, the administrator's page, the term on "my data" and docs/retention.md read it. `t` is the row.
"""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.kernel.i18n import N_

FILES = "R-TIME-29"
LOGS, PROCESSING, SHORTEST = "R-KEEP-01", "R-KEEP-02", "R-KEEP-03"
KEPT, DELETED, BLANKED, ELSEWHERE, OUTSIDE = "kept", "deleted", "blanked", "elsewhere", "outside"
EFFECT_LABELS: dict[str, str] = {
    KEPT: N_("保存，系统不删；期满由采购人按档案规定鉴定"),
    DELETED: N_("期满删除"),
    BLANKED: N_("清空内容，只留办过的记录"),
    ELSEWHERE: N_("到时由别的后台工作删除"),
    OUTSIDE: N_("由前置的网页服务器保存和删除"),
}


@dataclass(frozen=True)
class DataKind:
    """One kind of data.

    `term`: the rulebook row that says how long; empty where it goes the moment it ends. `begins`: SQL of the moment
    from which the term counts, null while it does not yet. `where`: SQL of the rows that may go at all. `blank`: SQL of
    what a row is set to instead of being deleted. `more`: SQL run with the rows' ids ($1). `mine`: SQL of the rows of a
    person ($1). `is_real_time`: the moments are of the real clock, not the county's.
    """

    key: str
    label: str
    holds: str
    counted_from: str
    effect: str
    term: str
    table: str
    begins: str = "NULL::timestamptz"
    where: str = "true"
    blank: str = ""
    more: tuple[str, ...] = ()
    mine: str = ""
    is_real_time: bool = False


KINDS: tuple[DataKind, ...] = (
    DataKind(
        "procurement_files", N_("采购文件（全部档案）"),
        N_("公告、投标、评审、合同、服务记录、验收、付款，以及它们里面的人名"), N_("采购结束之日"), KEPT, FILES,
        "visit", mine="t.person = $1",
    ),
    DataKind(
        "audit", N_("审计记录"), N_("谁在什么时候办了什么；它是采购文件的一部分"), N_("采购结束之日"), KEPT, FILES,
        "audit_entry", mine="t.actor_id = $1",
    ),
    DataKind(
        "looks", N_("谁看过隐藏信息"), N_("看的人、看了什么、用途"), N_("看的时间"), DELETED, PROCESSING,
        "personal_data_look", "t.seen_at", mine="t.of_person = $1",
    ),
    DataKind(
        "corrections", N_("更正个人信息的要求"), N_("要求和答复"), N_("答复的时间"), DELETED, PROCESSING,
        "correction_request", "t.answered_at", mine="t.person = $1",
    ),
    DataKind(
        "consents", N_("同意的记录"), N_("同意和撤回的时间"), N_("撤回的时间；没有撤回的不计"), DELETED, PROCESSING,
        "consent", "t.withdrawn_at", mine="t.person = $1",
    ),
    DataKind(
        "web_logs", N_("网络日志"), N_("访问时间、网络地址、访问的页面"), N_("访问的时间"), OUTSIDE, LOGS, "",
    ),
    DataKind(
        "sign_in_failures", N_("登录失败的计数"), N_("用户名和网络地址的散列值"), N_("失败的时间"), DELETED,
        f"{SHORTEST}/session", "sign_in_failure", "t.failed_at", is_real_time=True,
    ),
    DataKind(
        "sessions", N_("登录记录"), N_("浏览器名称、登录和到期的时间"), N_("到期的时间"), DELETED,
        f"{SHORTEST}/session", "web_session", "t.expires_at", mine="t.person = $1", is_real_time=True,
    ),
    DataKind(
        "used_codes", N_("用过的验证码"), N_("半分钟的编号"), N_("使用的时间"), DELETED, f"{SHORTEST}/used_code",
        "used_code", "to_timestamp(t.step * 30.0)", mine="t.person = $1", is_real_time=True,
    ),
    DataKind(
        "password_resets", N_("重设密码的链接"), N_("链接的散列值"), N_("到期的时间"), DELETED,
        f"{SHORTEST}/password_reset", "password_reset", "t.expires_at", mine="t.person = $1", is_real_time=True,
    ),
    DataKind(
        "address_confirmations", N_("邮箱确认的链接"), N_("邮箱、链接的散列值"), N_("确认、换掉或者作废的时间"),
        DELETED, f"{SHORTEST}/password_reset", "address_confirmation", "t.ended_at", mine="t.person = $1",
        is_real_time=True,
    ),
    DataKind(
        "join_requests", N_("加入单位的申请"), N_("姓名、邮箱、说的话和答复"), N_("答复，或者链接到期的时间"), DELETED,
        f"{SHORTEST}/invitation", "join_request",
        "CASE WHEN t.status = 'asked' THEN t.expires_at ELSE t.answered_at END", is_real_time=True,
    ),
    DataKind(
        "invitations", N_("没有用的邀请"), N_("邀请码的散列值、岗位、邮箱"), N_("到期的时间"), DELETED,
        f"{SHORTEST}/invitation", "invitation", "t.expires_at", "t.used_at IS NULL", is_real_time=True,
    ),
    DataKind(
        "invitation_addresses", N_("用过的邀请里的邮箱"), N_("邀请信寄到的邮箱"), N_("使用的时间"), BLANKED,
        f"{SHORTEST}/invitation", "invitation", "t.used_at", "t.email <> ''", "email = ''", mine="t.used_by = $1",
        is_real_time=True,
    ),
    DataKind(
        "worker_invitations", N_("社会工作者的邀请码"), N_("邀请码的散列值"), N_("到期的时间"), DELETED,
        f"{SHORTEST}/invitation", "worker_invitation", "t.expires_at",
        mine="t.worker IN (SELECT w.id FROM worker w WHERE w.person = $1)",
    ),
    DataKind(
        "mails", N_("发出的邮件"), N_("收件邮箱、标题和正文"), N_("送出或者放弃的时间"), BLANKED, f"{SHORTEST}/mail",
        "outbox_message", "coalesce(t.delivered_at, t.dead_at)", "t.kind = 'mail' AND t.payload->>'to' <> ''",
        "payload = '{\"to\": \"\", \"subject\": \"\", \"body\": \"\"}'::jsonb, last_error = ''",
        mine="t.kind = 'mail'"
        " AND t.payload->>'to' = (SELECT p.email FROM person p WHERE p.id = $1 AND p.email <> '')",
        is_real_time=True,
    ),
    DataKind(
        "bid_drafts", N_("投标草稿"), N_("加密的投标草稿和材料"), N_("提交截止时间"), ELSEWHERE, "", "bid_draft",
    ),
    DataKind(
        "sealed_uploads", N_("没有传完的密封文件"), N_("加密的文件块"), N_("提交截止时间"), ELSEWHERE, "",
        "sealed_upload",
    ),
    DataKind(
        "sealing_traces", N_("封存时的网络地址和浏览器"), N_("网络地址、浏览器的散列值，只供开标后核查串通线索"),
        N_("采购结束之日"), DELETED, f"{SHORTEST}/sealing_trace", "sealing_trace",
        "(SELECT l.ended_at FROM bid b JOIN listing l ON l.id = b.listing WHERE b.id = t.bid)",
    ),
    DataKind(
        "visit_drafts", N_("没有提交的服务记录"), N_("填了一半的服务时间、地点和内容"), N_("最后一次保存"), DELETED,
        f"{SHORTEST}/draft", "visit_draft", "t.saved_at", mine="t.person = $1",
    ),
    DataKind(
        "visit_devices", N_("记录服务的手机"), N_("浏览器名称、时钟误差、最近发送和收回的时间"),
        N_("最近一次发送；收回的从通知清空起"), DELETED, PROCESSING, "visit_device",
        "CASE WHEN t.revoked_at IS NULL THEN t.last_seen_at ELSE t.wipe_told_at END", mine="t.person = $1",
    ),
    DataKind(
        "visit_photos", N_("服务照片"), N_("加密的照片"), N_("收到照片的时间"), DELETED, f"{SHORTEST}/visit_photo",
        "visit_photo", "t.taken_at", mine="t.taken_by = $1",
    ),
    DataKind(
        "residents", N_("服务对象的身份"), N_("加密的姓名、身份证号码、电话、住址，监护人的姓名和电话"),
        N_("最后一个个案结束、最后一次服务的时间；还在办的不计"), BLANKED, f"{SHORTEST}/resident", "resident",
        "(SELECT CASE WHEN bool_or(a.status IN ('open', 'granted')) THEN NULL ELSE greatest(t.entered_at,"
        " max(coalesce(a.ended_on, a.decided_on))::timestamptz,"
        " (SELECT max(v.ends_at) FROM visit v WHERE v.recipient_code = t.code)) END"
        " FROM assistance_case a WHERE a.resident = t.id)",
        "t.name || t.identity_number || t.phone || t.address <> ''",
        "name = '', identity_number = '', phone = '', address = '', identity_hash = NULL",
        (
            "UPDATE case_guardian SET name = '', phone = '' WHERE \"case\" IN"
            " (SELECT id FROM assistance_case WHERE resident = ANY($1))",
        ),
    ),
    DataKind(
        "casework", N_("个案服务的记录"), N_("加密的评估、计划、过程，健康和残疾信息"), N_("结案或者转介的时间"),
        BLANKED, f"{SHORTEST}/resident", "casework_entry",
        "(SELECT f.ended_at FROM casework_file f WHERE f.id = t.file)",
        "t.words <> ''", "words = '', health = '', disability = ''", mine="t.written_by = $1",
    ),
    DataKind(
        "safeguarding", N_("保护报告的内容"), N_("加密的情况和处理"), N_("办结的时间"), BLANKED, f"{SHORTEST}/resident",
        "safeguarding_report", "t.closed_at", "t.words || t.done <> ''", "words = '', done = ''",
        mine="t.reported_by = $1",
    ),
    DataKind(
        "followers", N_("关注的公告"), N_("关注人"), N_("公告的提交截止时间"), DELETED, f"{SHORTEST}/follower",
        "listing_follower", "(SELECT l.closes_at FROM listing l WHERE l.id = t.listing)", mine="t.person = $1",
    ),
    DataKind(
        "registrations", N_("没有办成的供应商登记"), N_("法定代表人、联系人和电话、住所、账号、关联人员"),
        N_("登记，或者最后一次预检"), BLANKED, f"{SHORTEST}/registration", "provider",
        "greatest(t.registered_at, (SELECT max(greatest(c.applied_at, c.decided_at)) FROM precheck c"
        " WHERE c.provider = t.id))",
        "t.file_status IN ('open', 'returned') AND t.contact || t.legal_representative || t.address <> ''"
        " AND {without_history}",
        "legal_representative = '', contact = '', address = '', introduction = ''",
        (
            "DELETE FROM legal_representative_facts WHERE provider = ANY($1)",
            "DELETE FROM provider_account WHERE provider = ANY($1)",
            "DELETE FROM related_party WHERE provider = ANY($1)",
        ),
        mine="t.organisation IN (SELECT m.organisation FROM membership m WHERE m.person = $1)",
    ),
    DataKind(
        "worker_files", N_("离职社会工作者的资料"),
        N_("学历、在读专业、毕业日期、身份证号码的散列值、没有补助的考试、服务的镇（街道）"),
        N_("最后一段工作结束之日；在职的不计"), BLANKED, f"{SHORTEST}/worker", "worker_file",
        "(SELECT CASE WHEN count(*) = count(w.employed_to) THEN max(w.employed_to)::timestamptz END"
        " FROM worker w WHERE w.file = t.id)",
        "(t.degree <> 'none' OR t.degree_study <> '' OR t.graduated_on IS NOT NULL OR t.is_public"
        " OR t.identity_hash IS NOT NULL"
        " OR EXISTS (SELECT FROM worker_town x WHERE x.file = t.id)"
        " OR EXISTS (SELECT FROM worker_exam e WHERE e.file = t.id AND e.fee_support IS NULL))",
        "degree = 'none', degree_study = '', graduated_on = NULL, is_public = false, identity_hash = NULL",
        (
            "DELETE FROM worker_exam WHERE file = ANY($1) AND fee_support IS NULL",
            "DELETE FROM worker_town WHERE file = ANY($1)",
        ),
        mine="t.id IN (SELECT w.file FROM worker w WHERE w.person = $1)",
    ),
    DataKind(
        "worker_requests", N_("社会工作者要求改的事"), N_("要求和答复"), N_("答复的时间"), DELETED, PROCESSING,
        "worker_request", "t.answered_at", mine="t.asked_by = $1",
    ),
    DataKind(
        "town_list", N_("镇（街道）失信名单"), N_("个案编号或者单位名称、事实、证据、听取的意见"),
        N_("到期、移出或者决定不列入"), BLANKED, f"{SHORTEST}/town_list", "town_list_entry",
        "CASE WHEN t.status = 'dropped' THEN t.decided_at WHEN t.status IN ('listed', 'removed')"
        " THEN t.ends_on::timestamptz END",
        "t.facts <> ''", "subject = '', facts = '', evidence = '', hearing_note = '', decision_note = ''",
    ),
    DataKind(
        "referrals", N_("转介的答复"), N_("请对方办什么、对方答复的内容"),
        N_("对方最多保存到的日期，已经有了答复或者期满的"), BLANKED, f"{SHORTEST}/referral", "case_referral",
        "CASE WHEN t.status IN ('answered', 'expired') THEN t.expires_on::timestamptz END",
        "t.purpose || t.outcome_note <> ''", "purpose = '', outcome_note = ''",
        ("DELETE FROM case_referral_column WHERE referral = ANY($1)",),
    ),
    DataKind(
        "household_checks", N_("入户核查的记录"), N_("看到、听到的情况，邻里访问，群众评议"),
        N_("个案不给予、撤回或者终止之日"), BLANKED, f"{SHORTEST}/household_check", "household_check",
        "(SELECT coalesce(a.ended_on, CASE WHEN a.status = 'refused' THEN a.decided_on END)::timestamptz"
        " FROM assistance_case a WHERE a.id = t.\"case\")",
        "(t.conclusion_note || t.neighbours_note || t.review_note <> '' OR EXISTS (SELECT FROM household_check_item i"
        " WHERE i.household_check = t.id AND i.finding <> ''))",
        "conclusion_note = '', neighbours_note = '', review_note = ''",
        ("UPDATE household_check_item SET finding = '' WHERE household_check = ANY($1)",),
    ),
    DataKind(
        "empty_tips", N_("没有结果的他人线索"), N_("说别人的线索，没有登记个案的，连同编号"), N_("办结的时间"), DELETED,
        "R-LEAD-01/empty", "lead", "t.settled_at", "t.about = 'other' AND t.status = 'closed'",
    ),
    DataKind(
        "leads", N_("主动发现的线索"), N_("说了什么、怎样联系"), N_("办结或者登记个案的时间"), BLANKED,
        f"{SHORTEST}/lead", "lead", "t.settled_at", "t.told || t.contact <> ''", "told = '', contact = ''",
    ),
    DataKind(
        "job_attendance", N_("来岗位对接会的人"), N_("服务对象代码、录用和回访"), N_("召开的日期"), BLANKED,
        f"{SHORTEST}/job_seeker", "job_attendance",
        "(SELECT e.held_on::timestamptz FROM job_event e WHERE e.id = t.event)", "t.resident IS NOT NULL",
        "resident = NULL",
    ),
    DataKind(
        "job_seekers", N_("求职名单"), N_("服务对象代码、想做什么工作"), N_("移出名单的时间；还在求职的不计"), BLANKED,
        f"{SHORTEST}/job_seeker", "job_seeker", "t.ended_at", "t.resident IS NOT NULL", "resident = NULL, wish = ''",
    ),
    DataKind(
        "closed_accounts", N_("停用账号的邮箱和验证器"), N_("邮箱、验证器密钥、恢复码、保存的搜索"),
        N_("停用以后，最后一次办事的时间"), BLANKED, f"{SHORTEST}/account", "person",
        "(SELECT greatest(max(a.at), t.created_at) FROM audit_entry a WHERE a.actor_id = t.id)",
        "NOT t.is_active AND t.email <> ''", "email = ''",
        (
            "DELETE FROM second_factor WHERE person = ANY($1)",
            "DELETE FROM recovery_code WHERE person = ANY($1)",
            "DELETE FROM saved_search WHERE person = ANY($1)",
        ),
        mine="t.id = $1",
    ),
)  # fmt: skip
