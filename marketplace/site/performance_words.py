"""What entries about evaluations, goals and ratings of buyers say was done."""

from marketplace.kernel.i18n import N_

PERFORMANCE_WORDS: dict[str, str] = {
    "evaluation.drafted": N_("完成评价初稿"),
    "evaluation.frozen": N_("冻结评价结果"),
    "evaluation.planned": N_("安排评价"),
    "evaluation.replied": N_("答复评价"),
    "evaluation.disputed": N_("不同意评价初稿"),
    "evaluation.reviewed": N_("复核评价初稿"),
    "evaluation.survey_drawn": N_("抽取满意度调查的服务对象"),
    "evaluation.survey_answered": N_("收到满意度调查的一份意见"),
    "evaluation.survey_closed": N_("结束满意度调查"),
    "evaluation.sheet_kept": N_("记下一次现场核查"),
    "goal.declared": N_("申报一年的绩效目标"),
    "goal.read": N_("记下绩效运行监控"),
    "goal.reported": N_("交绩效自评"),
    "goal.evaluated": N_("评价绩效目标"),
    "goal.answered": N_("回应绩效评价"),
    "goal.frozen": N_("冻结绩效目标的评价"),
    "buyer.rated": N_("评价采购人"),
    "improvement.submitted": N_("交整改计划"),
    "improvement.agreed": N_("同意整改计划"),
    "improvement.returned": N_("退回整改计划"),
    "improvement.step_reported": N_("报告整改做完一步"),
    "improvement.step_returned": N_("退回整改一步的报告"),
    "improvement.step_found": N_("核实整改的一步"),
    "improvement.ended": N_("整改结束"),
    "evaluation.seat_scored": N_("交了一份评价表"),
    "evaluation.seat_left_out": N_("不计一方评价"),
}
