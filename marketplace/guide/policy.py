"""What the county's plan says, in plain words, with the rules that follow from it and where to see it done."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from marketplace.kernel.i18n import N_

PLAN = Path(__file__).with_name("plan.zh.txt")
PLAN_NAME = N_("金堂县社会救助综合改革试点方案")


@dataclass(frozen=True)
class Policy:
    """One point of the plan: what it means, the rules, and the pages where everybody sees it."""

    key: str
    title: str
    means: str
    rules: tuple[str, ...]
    pages: tuple[tuple[str, str], ...] = ()


POLICIES: tuple[Policy, ...] = (
    Policy(
        "finding", N_("主动发现"),
        N_("每年摸排一次困难群众，部门之间互通消息，群众可以随时报告。不等人上门，先把需要找出来。"),
        ("R-SEED-06",), (("/guide", N_("救助顾问")), ("/coverage", N_("各镇（街道）的服务"))),
    ),
    Policy(
        "fast", N_("快速救助"),
        N_("一个窗口受理，后台分给各部门；低保、特困、看病、租房各有办理期限，管的是政府，不是申请人。"),
        ("R-SEED-01", "R-SEED-02", "R-SEED-03", "R-CLOCK-01"), (("/guide", N_("救助顾问")),),
    ),
    Policy(
        "nearer", N_("审批下放"),
        N_("一次性临时救助，小额的由镇（街道）决定，报县民政局备案；遇到急事，先用备用金救助，再补手续。"),
        ("R-SEED-04", "R-SEED-05", "R-RELIEF-01"),
    ),
    Policy(
        "together", N_("多元帮扶"),
        N_("民政、人社、残联、医保、住建、教育一起帮：介绍工作、培训、照料、心理疏导。"),
        ("R-SEED-06",),
    ),
    Policy(
        "buying", N_("购买服务"),
        N_("县政府出钱，向社会组织、公益服务机构和企业买目录里的服务，按政府采购的规定公开进行；不买人头，不买审批。"),
        ("R-SEED-07", "R-SEED-09", "R-CIV-01", "R-CIV-02"),
        (("/catalogue", N_("服务目录")), ("/listings", N_("采购公告")), ("/yuan", N_("跟着钱走"))),
    ),
    Policy(
        "workers", N_("社会工作"),
        N_("考取社工证并在救助一线工作的，按县里的办法发补贴；没有文号的补贴一分不发。"),
        ("R-SOCW-01", "R-SOCW-02"),
    ),
    Policy(
        "judged", N_("第三方评价"),
        N_("由没有参与的第三方评价，供应商可以答复，结果冻结后公开，并影响以后的采购。"),
        ("R-SEED-10", "R-PERF-01"), (("/evaluations", N_("绩效评价")),),
    ),
    Policy(
        "honest", N_("失信惩戒"),
        N_("对隐瞒收入、提供假材料的，镇（街道）听取意见后列入名单；它和供应商的信用名单是两回事。"),
        ("R-SEED-10",),
    ),
    Policy(
        "who", N_("谁管什么"),
        N_("县民政局统筹、组织评价；县财政局安排钱、监督；镇（街道）具体办；教育、住建、人社、医保、残联各管一段。"),
        ("R-SEED-08", "R-ROLE-02"),
    ),
)  # fmt: skip


@cache
def plan_sections() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The plan as it was issued, cut at its main headings: heading and paragraphs."""
    found: list[tuple[str, list[str]]] = [("", [])]
    for line in PLAN.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if not text:
            continue
        if text[:2] in ("一、", "二、", "三、", "四、") or text.startswith("附件"):
            found.append((text, []))
        else:
            found[-1][1].append(text)
    return tuple((heading, tuple(texts)) for heading, texts in found)
