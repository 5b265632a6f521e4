"""Which help there is and whom to ask, in plain words: the county's 救助顾问. Limits come from the rulebook. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.cases.rules import URGENT_CLOCK, HelpKind, clock_key
from marketplace.kernel.i18n import N_

TOWN_LIMIT = "R-SEED-04"


@dataclass(frozen=True)
class Help:
    """One kind of help: for whom, what it gives, where one asks for it, and who decides."""

    kind: HelpKind
    whom: str
    gives: str
    where: str
    decides: str
    papers: str = ""

    @property
    def clock(self) -> str:
        """The rulebook row that limits how long the office may take; empty where the rulebook has none."""
        return clock_key(self.kind, is_urgent=False)


@dataclass(frozen=True)
class Situation:
    """What somebody says who looks for help, and which help and which services of the county answer it."""

    key: str
    says: str
    first: str
    helps: tuple[HelpKind, ...]
    items: tuple[str, ...] = ()
    is_urgent: bool = False


AT_HOME = N_("户籍所在地的镇（街道）社会救助窗口；持有居住证的，也可以去居住地的窗口。")
AT_PLACE = N_("事情发生地的镇（街道）社会救助窗口。不分户籍。")
BOOK_AND_CARD = N_("一般只要身份证和户口本。残疾证、学籍、车辆、房产、税务、社保这些能查到的，不用自己开证明。")
BY_OFFICE = N_("镇（街道）受理和审核，县里的救助部门按规定确认。")

HELPS: tuple[Help, ...] = (
    Help(
        HelpKind.SUBSISTENCE,
        N_("家里人均收入低于当地最低生活保障标准，家庭财产也符合规定的。"),
        N_("每个月的基本生活费。"),
        AT_HOME, BY_OFFICE, BOOK_AND_CARD,
    ),
    Help(
        HelpKind.EXTREME_POVERTY,
        N_("没有劳动能力、没有生活来源，也没有人能赡养、抚养、扶养的老人、残疾人和未成年人。"),
        N_("基本生活、日常照料、看病和后事。可以在家，也可以住进机构。"),
        AT_HOME, BY_OFFICE, BOOK_AND_CARD,
    ),
    Help(
        HelpKind.MEDICAL,
        N_("低保、特困等救助对象，以及因看病花费太大、基本生活有困难的家庭。"),
        N_("帮助交医保的钱，分担住院和大病的费用。在“一站式”定点医院，系统认得您的身份，不用另开证明。"),
        AT_HOME, N_("县医保部门。"), BOOK_AND_CARD,
    ),
    Help(
        HelpKind.EDUCATION,
        N_("在上学的低保、特困家庭成员，以及不能入学的残疾儿童等。"),
        N_("减免学费、发助学金、安排勤工助学、送教上门。"),
        N_("孩子就读的学校。"), N_("学校和县教育部门。"),
        N_("不要家庭困难证明：救助对象由部门互相查询，其他家庭由您自己承诺、学校了解。"),
    ),
    Help(
        HelpKind.HOUSING,
        N_("住房困难的低保、分散供养的特困人员等家庭。"),
        N_("公共租赁住房或者租赁补贴。"),
        AT_HOME, N_("县住建部门。期限从镇（街道）公示没有异议那天起算。"), BOOK_AND_CARD,
    ),
    Help(
        HelpKind.EMPLOYMENT,
        N_("家里有劳动能力的人都失业、或者就业困难的低保家庭。"),
        N_("岗位信息、技能培训、创业培训。县里每个季度办一次岗位对接会。"),
        AT_HOME, N_("县人社部门；残疾人也可以找县残联。"),
    ),
    Help(
        HelpKind.TEMPORARY,
        N_("突然遇到事故、意外伤害、重病，或者别的原因，基本生活一时过不下去的家庭和个人。"),
        N_("一次性的钱、物或者服务。等不及的，镇（街道）先用备用金救助，手续后补。"),
        AT_PLACE, N_("不超过下面这个数的由镇（街道）决定，超过的由县民政局决定。"),
    ),
    Help(
        HelpKind.DISASTER,
        N_("因自然灾害基本生活受到严重影响的人。"),
        N_("转移安置、吃的、穿的、住的、应急的医疗，灾后帮助修房过渡。"),
        AT_PLACE, N_("县应急部门和镇（街道）。"),
    ),
    Help(
        HelpKind.ILLNESS,
        N_("需要急救、但身份不明或者付不起钱的病人。"),
        N_("医院先救人，符合规定的费用由疾病应急救助基金付。"),
        N_("直接去医院急诊。"), N_("医院和县卫生健康部门。"),
    ),
    Help(
        HelpKind.VAGRANTS,
        N_("在外流浪、没有着落的人。"),
        N_("临时的吃住、急病救治、帮助联系家人和回家。"),
        N_("县救助管理站，或者最近的镇（街道）、公安派出所。"), N_("县民政局。"),
    ),
    Help(
        HelpKind.SERVICE,
        N_("需要照料、陪护、康复、心理疏导、能力提升的救助对象和家庭。"),
        N_("县里请社会组织、公益服务机构或企业上门服务，不收您的钱。"),
        AT_HOME, N_("镇（街道）评估后派单，服务机构不能决定给不给救助。"),
    ),
)  # fmt: skip
BY_KIND: dict[HelpKind, Help] = {each.kind: each for each in HELPS}

SITUATIONS: tuple[Situation, ...] = (
    Situation(
        "income", N_("收入太少，日子过不下去"),
        N_("先去窗口说清家里几口人、有什么收入。窗口后台登记，分给该办的部门，您不用一家一家跑。"),
        (HelpKind.SUBSISTENCE, HelpKind.TEMPORARY), ("A02", "S01"),
    ),
    Situation(
        "sudden", N_("突然出了事：事故、受伤、重病、火灾"),
        N_("马上告诉镇（街道）或村（社区），也可以请别人代说。镇（街道）先用备用金救助，夜里和节假日也办，手续后补。"),
        (HelpKind.TEMPORARY, HelpKind.DISASTER, HelpKind.ILLNESS), (), is_urgent=True,
    ),
    Situation(
        "illness", N_("看病花的钱太多"),
        N_("住院时先问医院能不能“一站式”结算；出院后还是困难的，再去窗口。"),
        (HelpKind.MEDICAL, HelpKind.TEMPORARY),
    ),
    Situation(
        "care", N_("老人、残疾人没有人照顾"),
        N_("请窗口安排上门评估，再定由谁来照料、一周几次。"),
        (HelpKind.EXTREME_POVERTY, HelpKind.SERVICE), ("S01", "S02"),
    ),
    Situation(
        "mind", N_("心里难受，想找人说说"),
        N_("窗口可以安排心理疏导。有生命危险的，请马上打 120 或 110。"),
        (HelpKind.SERVICE,), ("S04", "A07"),
    ),
    Situation(
        "school", N_("孩子上学有困难"),
        N_("直接跟班主任或学校说。"),
        (HelpKind.EDUCATION,),
    ),
    Situation(
        "housing", N_("没有房子住，或者付不起房租"),
        N_("去窗口申请，镇（街道）审核后公示。"),
        (HelpKind.HOUSING, HelpKind.TEMPORARY),
    ),
    Situation(
        "work", N_("想工作，找不到活"),
        N_("告诉窗口您会做什么，县里按季度介绍岗位，也可以先学一门手艺。"),
        (HelpKind.EMPLOYMENT, HelpKind.SERVICE), ("S03",),
    ),
    Situation(
        "street", N_("在外地没有着落"),
        N_("到最近的派出所、镇（街道）或者救助管理站，都会有人接。"),
        (HelpKind.VAGRANTS, HelpKind.ILLNESS),
    ),
    Situation(
        "neighbour", N_("看到别人有困难"),
        N_("告诉村（社区）或者镇（街道）窗口就行，他们会上门看。您不用查清楚，也不用出证明。"),
        (HelpKind.TEMPORARY, HelpKind.SERVICE), ("A01", "A08"),
    ),
)  # fmt: skip
BY_KEY: dict[str, Situation] = {each.key: each for each in SITUATIONS}
URGENT = URGENT_CLOCK

# what everybody who asks may count on, with the rule it rests on
PROMISES: tuple[tuple[str, str], ...] = (
    (N_("一个窗口受理，后台分给各部门，不让您来回跑。"), "R-LAW-01"),
    (N_("办理期限管的是政府，不是您，也不是服务机构。"), "R-CLOCK-01"),
    (N_("能查到的材料，不让您再开证明。"), "R-LAW-01"),
    (N_("上门的机构只协助，不决定给不给救助。"), "R-CIV-02"),
    (N_("您是谁、收入多少、得了什么病，不公开。"), "R-CIV-06"),
    (N_("记录写错了，可以要求更正。"), "R-CIV-06/correction"),
)
