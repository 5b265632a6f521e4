"""The steps of the guided tour, and by which facts of the county each is done. Nothing is ticked by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.kernel.i18n import N_

DRAFTER, DECIDER, BIDDER, EXPERT = "wang.min", "li.qiang", "nuanyang", "yang.hua"
OTHER_BIDDERS = ("tongxin", "huimin")
FIRST_OPENER, SECOND_OPENER = "zhou.lan", "wu.gang"
EVALUATED = ("evaluated", "determined", "awarded")
OVER = ("failed", "cancelled")


@dataclass(frozen=True)
class Facts:
    """What the county knows of a round's listing. People stand by their user names."""

    listing: UUID
    reference: str
    title: str
    status: str
    closes_at: datetime
    submitted: bool
    published: bool
    sealed_by: frozenset[str]
    first_released_by: frozenset[str]
    opened: int
    reviewed: int
    members: int
    declared_by: frozenset[str]
    voted_by: frozenset[str]
    conformity_decided: int
    final_closes_at: datetime | None
    invited: frozenset[str]
    final_sealed_by: frozenset[str]
    final_released_by: frozenset[str]
    unanswered_signs: int
    locked_by: frozenset[str]
    report_signatures: int
    contract: str
    winner: str
    signed_sides: frozenset[str]

    @property
    def is_over(self) -> bool:
        """Whether the round ended without a contract."""
        return self.status in OVER


@dataclass(frozen=True)
class Step:
    """One step: what to do now, as whom, on which page. `who` is empty where the machine does what others would."""

    key: str
    part: str
    title: str
    what: str
    who: str
    where: str
    is_done: Callable[[Facts, datetime], bool]


def may_seal_final(facts: Facts, username: str) -> bool:
    """Only who was invited seals a final price."""
    return username in facts.invited


def final_prices_are_in(facts: Facts, names: Sequence[str]) -> bool:
    """Everybody of these who was invited has sealed a final price."""
    asked = [name for name in names if may_seal_final(facts, name)]
    return facts.final_closes_at is not None and all(name in facts.final_sealed_by for name in asked)


ASK, BID, OPEN = N_("采购人提出需求"), N_("供应商投标"), N_("开标和资格审查")
JUDGE, AWARD = N_("评审"), N_("成交和合同")
LISTING = "/listings/{listing}"
STEPS: tuple[Step, ...] = (
    Step(
        "hand_over", ASK, N_("读一遍草稿，交给同事复核"),
        N_("草稿已经按常见的需求写好，预算也已下达。看看各部分，想改就改；再看“检查”，然后点“提交复核”。"),
        DRAFTER, "/listings/drafts/{id}", lambda f, now: f.submitted,
    ),
    Step(
        "publish", ASK, N_("复核并发布公告"),
        N_("起草人不能发布自己的草稿，所以换一个人。读检查结果，确认后点“发布”。"),
        DECIDER, "/listings/drafts/{id}", lambda f, now: f.published,
    ),
    Step(
        "seal", BID, N_("编写响应文件并封存"),
        N_("逐部分填写，最后在“检查”里封存。封存以后连系统管理员也看不到内容；把回执号记下来。"),
        BIDDER, LISTING + "/lots/1/bid", lambda f, now: BIDDER in f.sealed_by,
    ),
    Step(
        "others_seal", BID, N_("另外两家供应商封存"),
        N_("竞争性磋商要有足够的供应商。让系统替另外两家完成同样的步骤。"),
        "", LISTING, lambda f, now: set(OTHER_BIDDERS) <= f.sealed_by,
    ),
    Step(
        "wait_closing", BID, N_("等到截止时间"),
        N_("截止前谁也打不开响应文件。这里可以把县里的时钟拨到截止以后。"),
        "", LISTING, lambda f, now: f.published and now >= f.closes_at,
    ),
    Step(
        "release_one", OPEN, N_("第一位开标人交出密钥"),
        N_("先下载这位开标人的密钥文件，在开标页面选中它，输入口令。一个人打不开。"),
        FIRST_OPENER, LISTING + "/opening", lambda f, now: FIRST_OPENER in f.first_released_by,
    ),
    Step(
        "release_two", OPEN, N_("第二位开标人交出密钥，开标"),
        N_("同样下载、选中、输入口令。第二把密钥一到，响应文件就打开了。"),
        SECOND_OPENER, LISTING + "/opening", lambda f, now: f.opened > 0,
    ),
    Step(
        "review", OPEN, N_("资格审查"),
        N_("逐家逐项审查。不合格要写明条款和理由；练习时可以都判合格。"),
        DECIDER, LISTING + "/qualification", lambda f, now: f.opened > 0 and f.reviewed >= f.opened,
    ),
    Step(
        "appoint", JUDGE, N_("登记评审小组"),
        N_("登记三位专家：杨华、许琳、高峰。练习里，抽取已经在省专家库完成。"),
        DECIDER, LISTING + "/panel", lambda f, now: f.members >= 3,
    ),
    Step(
        "examine", JUDGE, N_("专家声明没有利害关系，做符合性审查"),
        N_("先在评审小组页面声明，再到“符合性审查”逐家逐项判断。"),
        EXPERT, LISTING + "/panel", lambda f, now: EXPERT in f.declared_by and EXPERT in f.voted_by,
    ),
    Step(
        "others_examine", JUDGE, N_("另外两位专家完成同样的步骤"),
        N_("让系统替他们声明和审查。过半数的意见就是评审小组的决定。"),
        "", LISTING + "/conformity", lambda f, now: f.opened > 0 and f.conformity_decided >= f.opened,
    ),
    Step(
        "ask_final", JUDGE, N_("请供应商提交最后报价"),
        N_("在资格审查页面下方定一个最后报价的截止时间，例如明天这个时候。"),
        DECIDER, LISTING + "/qualification", lambda f, now: f.final_closes_at is not None,
    ),
    Step(
        "final_price", JUDGE, N_("封存最后报价"),
        N_("写一个不超过最高限价的数，看清楚再封存。"),
        BIDDER, LISTING + "/lots/1/final-price", lambda f, now: final_prices_are_in(f, [BIDDER]),
    ),
    Step(
        "others_final", JUDGE, N_("另外两家的最后报价"),
        N_("让系统替他们封存。"),
        "", LISTING, lambda f, now: final_prices_are_in(f, OTHER_BIDDERS),
    ),
    Step(
        "open_final", JUDGE, N_("拨到最后报价截止以后，由开标人打开报价"),
        N_("和前面一样要两位开标人。您已经练过，这一次让系统拨时钟、替他们交出密钥。"),
        "", LISTING + "/opening", lambda f, now: len(f.final_released_by) >= 2,
    ),
    Step(
        "signs", JUDGE, N_("看有没有串通的迹象"),
        N_("系统比对各家文件，列出可疑之处。每一条由采购人写下核实结果；不回答就不能继续。"),
        DECIDER, LISTING + "/signs", lambda f, now: len(f.final_released_by) >= 2 and not f.unanswered_signs,
    ),
    Step(
        "mark", JUDGE, N_("独立打分并锁定"),
        N_("给每家每项打分，写评语，然后锁定。锁定前看不到别人的分数。"),
        EXPERT, LISTING + "/scoring", lambda f, now: EXPERT in f.locked_by,
    ),
    Step(
        "others_mark", JUDGE, N_("另外两位专家打分，算出结果，签署评审报告"),
        N_("让系统替他们完成。客观分和您的一样，主观分各有高低。然后去读报告和每个数字的来历。"),
        "", LISTING + "/report",
        lambda f, now: f.status in EVALUATED and f.members > 0 and f.report_signatures >= f.members,
    ),
    Step(
        "determine", AWARD, N_("确定成交供应商"),
        N_("采购人按评审报告的顺序确定第一名。"),
        DECIDER, LISTING + "/award", lambda f, now: f.status in ("determined", "awarded"),
    ),
    Step(
        "announce", AWARD, N_("发布成交公告"),
        N_("公告一出，各家就能看到自己的得分和名次，任何人都能重算结果；合同同时拟好。"),
        DECIDER, LISTING + "/award/publish", lambda f, now: f.status == "awarded",
    ),
    Step(
        "sign_buyer", AWARD, N_("采购人签合同"),
        N_("打开合同，读条款，写下姓名签署。"),
        DRAFTER, "/contracts/{contract}", lambda f, now: "buyer" in f.signed_sides,
    ),
    Step(
        "sign_provider", AWARD, N_("成交供应商签合同"),
        N_("两边都签了，合同就生效并公开。一次完整的采购到此完成。"),
        "winner", "/contracts/{contract}", lambda f, now: "provider" in f.signed_sides,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A step as the tour shows it."""

    step: Step
    is_done: bool
    is_next: bool
    who: str
    where: str


def walk(facts: Facts, now: datetime, steps: Sequence[Step] = STEPS) -> list[Shown]:
    """Each step with whether it was really done; the first that was not is the one to do now."""
    shown: list[Shown] = []
    found = facts.is_over
    for step in steps:
        done = step.is_done(facts, now)
        is_next = not done and not found
        found = found or is_next
        who = facts.winner if step.who == "winner" else step.who
        needed = facts.contract if "{contract}" in step.where else facts.reference
        where = step.where.format(listing=facts.reference, id=facts.listing, contract=facts.contract) if needed else ""
        shown.append(Shown(step, done, is_next, who, where))
    return shown


def step_of(key: str) -> Step | None:
    """The step with this key."""
    return next((step for step in STEPS if step.key == key), None)
