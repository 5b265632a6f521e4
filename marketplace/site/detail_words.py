"""The particulars of an audit entry in words: names, subjects, and values that are codes, moments or identities."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from markupsafe import Markup, escape

from marketplace.kernel.formats import moment
from marketplace.kernel.i18n import N_, current_language, translate

SUBJECT_NAMES: Mapping[str, str] = {
    "job": N_("任务"),
    "message": N_("信"),
    "agency_agreement": N_("委托代理协议"),
    "challenge": N_("质疑（一件）"), "complaint": N_("投诉（一件）"),
    "deposit": N_("保证金"), "treasury_result": N_("国库付款结果"),
    "bid": N_("投标文件"), "budget_line": N_("预算指标"),
    "contract_import": N_("合同表格（一份）"),
    "budget_change": N_("预算调整（一次）"), "budget_import": N_("预算表格（一份）"),
    "intention": N_("采购意向（一项）"), "planned_purchase": N_("采购计划（一项）"),
    "calendar": N_("工作日历（一年）"), "county_rule": N_("县里的规则（一条）"), "contract": N_("合同（一份）"),
    "data_kind": N_("数据（一类）"), "document": N_("文件（一份）"), "draw": N_("抽取（一次）"),
    "edition": N_("目录版本"), "framework": N_("框架协议（一份）"),
    "evaluation": N_("绩效评价（一次）"), "goal": N_("一个年度的绩效目标"), "listing": N_("采购公告（一份）"),
    "organisation": N_("单位（一家）"), "paper": N_("文书"), "paper_template": N_("文书模板"),
    "platform_field_list": N_("省平台字段"),
    "person": N_("人员"), "precheck": N_("预检（一项）"), "provider": N_("供应商（一家）"),
    "question": N_("询问"), "review_chain": N_("审签顺序"), "scheme": N_("补贴办法（一份）"),
    "town_list": N_("镇（街道）失信名单（一项）"),
    "credit_list": N_("信用名单（一份）"),
    "register_import": N_("供应商名册（一份）"),
    "subsidy_run": N_("一次计算的补贴"), "subsidy_line": N_("一个人一个月的补贴"),
    "double_finding": N_("可能重复的付款"),
    "case": N_("个案（一件）"), "safeguarding_report": N_("保护报告（一份）"),
    "casework": N_("个案服务（一份）"), "group_activity": N_("小组活动（一次）"),
    "service_order": N_("服务工单（一张）"), "reserve_fund": N_("备用金"),
    "referral": N_("转介（一件）"), "household_check": N_("入户核查（一次）"),
    "job_event": N_("岗位对接会（一次）"), "job_seeker": N_("求职的服务对象"), "job_list": N_("求职名单（一份）"),
    "lead": N_("线索（一条）"), "sweep": N_("年度摸排（一年）"),
    "subscription": N_("订阅（一项）"), "voice": N_("群众的来信（一件）"),
    "conference_decision": N_("联席会议的决定（一项）"), "model_case": N_("典型案例（一个）"),
    "visit": N_("服务记录（一条）"), "voucher_file": N_("国库凭证文件"), "worker": N_("社会工作者（一名）"),
}  # fmt: skip

DETAIL_NAMES: Mapping[str, str] = {
    "former_number": N_("原合同编号"), "paid": N_("已付金额"),
    "refusal": N_("没有签订合同的编号"), "scene": N_("录的是什么"),
    "challenge": N_("质疑编号"), "complaint": N_("投诉编号"), "decision": N_("处理文书编号"),
    "remedy": N_("处理"), "why": N_("检验、鉴定或者评审"),
    "request": N_("加入申请"), "found": N_("找到几条"),
    "dispute": N_("争议编号"),
    "deposit": N_("保证金编号"), "fee": N_("收费编号"), "due": N_("最迟退还"), "arrived_at": N_("到账时间"),
    "proof": N_("凭据"), "interest": N_("资金占用费"),
    "acts": N_("委托的事"), "agreement": N_("委托代理协议"),
    "decided_on": N_("决定日期"), "differed": N_("不一致的条款"),
    "papers": N_("文件的 SHA-256"),
    "review_on": N_("下一次复核日期"),
    "decide_by": N_("最迟验收"), "mend_by": N_("整改期限"), "deducted": N_("扣减的金额"),
    "tie_note": N_("抽签记录"), "framework": N_("框架协议编号"), "providers": N_("入围家数"),
    "quantity": N_("服务数量"), "way": N_("怎样确定供应商"), "order": N_("订单编号"),
    "source": N_("数据来源"),
    "draw": N_("抽取编号"), "commitment": N_("名单的承诺值"), "seed": N_("种子"),
    "year": N_("年份"),
    "count": N_("件数"), "passages": N_("涂黑的字句（处）"),
    "key": N_("规则代号"),
    "listings": N_("涉及的公告数"),
    "days": N_("天数"),
    "moved": N_("变动的日期数"), "others": N_("涉及的其他期限数"), "dates": N_("重新计算后的日期"),
    "value": N_("数值"),
    "root": N_("原来的根哈希"), "roots": N_("根哈希"),
    "accepted": N_("是否采纳"), "address": N_("联系地址"), "amount": N_("涉及金额"), "assistant": N_("助理级金额"),
    "award": N_("成交编号"), "awards": N_("成交编号"), "basis": N_("确定依据"), "bid": N_("投标文件"),
    "bids": N_("投标份数"), "check": N_("检查项"), "clause": N_("条款"), "closes_at": N_("截止于"),
    "contract": N_("合同编号"), "account_before": N_("原账号的摘要"), "account_after": N_("新账号的摘要"),
    "corrects": N_("被更正的记录"), "credit_code": N_("统一社会信用代码"), "criteria": N_("评审因素"),
    "day": N_("哪一天"), "document": N_("文件编号"), "drawn_from": N_("怎样抽取"), "evaluation": N_("绩效评价编号"),
    "from_on": N_("第一天"), "to_on": N_("最后一天"), "answer": N_("回访结果"), "drawn": N_("抽取条数"),
    "file": N_("文件名"), "fingerprint": N_("密钥指纹"), "grade": N_("评价等级"), "has_interest": N_("有无利害关系"),
    "intermediate": N_("中级金额"), "invoice": N_("发票编号"), "items": N_("项目数"), "kind": N_("类别"),
    "legal_form": N_("组织形式"), "level": N_("证书级别"), "lines_sha256": N_("明细的 SHA-256"),
    "listing": N_("采购编号"), "lot": N_("包的标识"), "member": N_("成员的标识"), "members": N_("成员人数"),
    "milestone": N_("付款节点序号"), "minutes": N_("分钟数"), "month": N_("哪个月"), "name": N_("填写的名称"),
    "note": N_("附注"), "number": N_("序号"), "on": N_("自哪天起"), "part": N_("哪一部分"), "payment": N_("付款编号"),
    "person": N_("人员"), "phone": N_("联系电话"), "provider": N_("供应商编号"), "qualified": N_("是否合格"),
    "returned_on": N_("退款日期"),
    "reason": N_("原因"), "receipt": N_("回执编号"), "reference": N_("编号"), "replaces": N_("被替换的回执"),
    "reserved": N_("预留金额"), "result": N_("结论"), "roles": N_("岗位"), "score": N_("评价得分"),
    "senior": N_("高级金额"), "set_off": N_("抵扣的红字发票"),
    "sha256": N_("内容的 SHA-256"), "sm3": N_("内容的 SM3"), "sign": N_("线索"), "signs": N_("线索条数"),
    "conclusion": N_("核查结论"), "content_sha256": N_("文书内容的 SHA-256"),
    "head": N_("链头"), "side": N_("哪一方"), "size": N_("字节数"),
    "slug": N_("版本代号"), "snapshot_sha256": N_("快照的 SHA-256"), "stage": N_("哪个阶段"),
    "status": N_("变更后状态"),
    "terms_sha256": N_("合同文本的 SHA-256"), "title": N_("所填标题"), "total": N_("总额"),
    "ended_before": N_("早于"),
    "unreadable": N_("不能读取的份数"), "until": N_("到期日"), "username": N_("用户名"), "valid": N_("有效份数"),
    "paper": N_("文书"), "attempt": N_("第几次"), "from": N_("自何处"), "ground": N_("依据的情形"),
    "former_name": N_("曾用名"), "about": N_("哪方面的信息"),
    "kept": N_("保留的"), "other": N_("另一个登记"),
    "affects_bids": N_("是否影响已投标者"), "dropped": N_("去掉的"), "opinion": N_("意见"), "section": N_("哪一节"),
    "step": N_("哪一步"), "steps": N_("步数"), "subject": N_("哪一项"), "text": N_("写下的话"), "version": N_("第几版"),
    "how": N_("怎样完成"),
    "hearing": N_("怎样听取意见"), "public": N_("是否公开"), "row": N_("哪一行"), "same": N_("是否同一家"),
    "entries": N_("登记条数"),
    "rows": N_("行数"), "lines": N_("预算条数"), "plan": N_("采购计划编号"),
    "budget": N_("预算"), "counsel": N_("法律顾问"), "method": N_("方式"), "outcome": N_("审查结论"),
    "sources": N_("调查对象数"),
    "fields": N_("字段个数"),
    "edition": N_("版次"),
    "before": N_("改以前"), "finding": N_("核实结果"), "place": N_("去了哪里"),
    "chosen": N_("投给谁（成员的标识）"), "elected": N_("是否当选"),
    "correction": N_("更正的标识"), "points": N_("更正后的分值"), "changed": N_("是否改变结果"),
    "proof_sha256": N_("签名证明的 SHA-256"),
    "case": N_("个案编号"), "office": N_("单位"),
    "visit": N_("服务记录的标识"), "visits": N_("服务记录的标识"), "words": N_("涉及的词句"),
}  # fmt: skip

VALUE_WORDS: Mapping[str, str] = {
    "yes": N_("是"), "no": N_("否"), "True": N_("是"), "False": N_("否"), "first": N_("第一阶段"),
    "final": N_("最后报价阶段"), "buyer": N_("采购人一方"), "provider": N_("供应商一方"), "drawn_up": N_("待双方签订"),
    "signed_by_one": N_("一方已签"), "in_force": N_("履行中"), "completed": N_("履行完毕"),
    "terminated": N_("已终止"), "confirmed": N_("各方确认"), "silence": N_("没有答复，视为确认"),
    "granted": N_("决定给予救助"), "refused": N_("决定不给予救助"), "withdrawn": N_("申请人撤回"),
    "ended": N_("救助终止"),
    "met": N_("需要解决了"), "partly": N_("解决了一部分"), "not_met": N_("没有解决"), "not_needed": N_("不再需要"),
    "third_party": N_("第三方专业机构"), "third_party_finance": N_("第三方财务机构"), "town": N_("镇（街道）"),
    "village": N_("村（居）委会"), "civil_affairs": N_("民政局"), "recipients": N_("服务对象"),
    "kept": N_("做到了"), "not_kept": N_("没有做到"),
    "passed": N_("通过"), "failed": N_("不通过"), "opening": N_("开标"), "evaluation": N_("评审"),
}  # fmt: skip

IDENTITY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d:\d\d|Z)")
CODE = re.compile(r"[a-z]+(_[a-z]+)*")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def subject_name(kind: str) -> str:
    """What an entry is about; the kind itself where no words are written."""
    return translate(SUBJECT_NAMES.get(kind, kind))


def detail_name(name: str) -> str:
    """What one of an entry's particulars is; its own name where no words are written."""
    return translate(DETAIL_NAMES.get(name, name))


def detail_value(value: str) -> Markup:
    """A particular for people: words for codes, the county's time, identities shortened, texts as they were written."""
    if value in VALUE_WORDS:
        return escape(translate(VALUE_WORDS[value]))
    if MOMENT.fullmatch(value):
        return escape(moment(datetime.fromisoformat(value)))
    if IDENTITY.match(value):
        return Markup(" ").join(Markup("<code>{}</code>").format(found[:8]) for found in IDENTITY.findall(value))
    if CODE.fullmatch(value):
        return Markup("<code>{}</code>").format(value)
    if current_language.get() == "en" and CHINESE.search(value):
        return Markup('<span lang="zh-CN">{}</span>').format(value)
    return escape(value)
