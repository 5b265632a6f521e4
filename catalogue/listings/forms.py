"""Each subject of a draft as it is typed, and the part it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from catalogue.listings.drafts import (
    Basics,
    CriterionDraft,
    DeductionDraft,
    Indicator,
    Lot,
    Lots,
    MilestoneDraft,
    Milestones,
    Openers,
    Part,
    Procedure,
    Qualification,
    Quantity,
    Requirement,
    Scoring,
    SourceShare,
    Terms,
    Timetable,
)  # fmt: skip
from catalogue.listings.indicators import GROUP_WORDS, SOURCE_WORDS, WAY_WORDS
from catalogue.listings.method_forms import procedure_form, raw_procedure
from catalogue.listings.needs import NEED_LABELS
from catalogue.listings.rules import (
    CRITERION_LABELS,
    GRADES,
    PAST_PERFORMANCE_LABELS,
    RENEWAL_GRADES,
    RESERVATION_GROUNDS,
    RESERVED_LABELS,
    Method,
)
from catalogue.scoring.bands import Band
from marketplace.kernel.clock import COUNTY_ZONE
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import (
    Bound,
    Field,
    choice,
    code_text,
    day,
    decimal,
    flag,
    identifier,
    moment,
    money,
    parse,
    parse_rows,
    text,
    whole_number,
)
from marketplace.kernel.i18n import N_

HUNDRED = Decimal(100)
POINTS = decimal(Decimal(0), HUNDRED)
SHARE = decimal(Decimal("0.01"), HUNDRED)

BASICS = [
    Field("title", N_("项目名称"), text(200)),
    Field("title_en", N_("项目名称（英文）"), text(300), is_required=False),
    Field("budget_line", N_("预算"), identifier()),
    Field("method", N_("采购方式"), choice([m.value for m in Method])),
    Field("budget", N_("项目预算"), money()),
    Field("ceiling", N_("最高限价"), money(), is_required=False),
    Field("service_from", N_("服务开始日"), day()),
    Field("service_to", N_("服务结束日"), day()),
    Field("towns", N_("使用单位"), identifier(), is_required=False, is_list=True),
    Field("long_term_reason", N_("服务期超过一年的理由"), text(1000), is_required=False),
    Field("reservation_ground", N_("面向中小企业"), choice([*RESERVED_LABELS, *RESERVATION_GROUNDS]), False),
]

LOT_ROW = [
    Field("item_code", N_("目录项目"), code_text(8)),
    Field("title", N_("采购包名称"), text(200)),
    Field("quantity", N_("数量"), decimal(Decimal("0.01"), Decimal("9999999"))),
    Field("unit", N_("计量单位"), text(40)),
    Field("budget", N_("本包预算"), money()),
    Field("is_reserved", N_("专门面向中小企业"), flag(), is_required=False),
]

REQUIREMENT = [
    Field("requirement", N_("服务内容"), text(20000)),
    *(
        Field(name, NEED_LABELS[name], text(6000), is_required=False)
        for name in ("problem", "users", "standard", "evidence", "acceptance")
    ),
]
QUANTITY_ROW = [
    Field("what", N_("做什么"), text(200)),
    Field("quantity", N_("数量"), decimal(Decimal("0.01"), Decimal("9999999"))),
    Field("unit", N_("计量单位"), text(40)),
    Field("times", N_("多久一次"), text(40), is_required=False),
    Field("unit_price", N_("最高单价"), money(), is_required=False),
]
INDICATOR_ROW = [
    Field("title", N_("指标"), text(120)),
    Field("target", N_("目标值"), text(300)),
    Field("points", N_("分值"), decimal(Decimal("0.01"), HUNDRED)),
    Field("source", N_("依据"), text(300), is_required=False),
    Field("group", N_("归入"), choice(list(GROUP_WORDS)), is_required=False),
    Field("way", N_("怎样打分"), choice(list(WAY_WORDS)), is_required=False),
]
SHARES = [Field(f"share-{source}", label, SHARE, is_required=False) for source, label in SOURCE_WORDS.items()]
TERMS = [
    Field("admits_consortium", N_("接受联合体"), flag(), is_required=False),
    Field("subcontract_share", N_("可以分包的比例"), POINTS),
    Field("subcontract_parts", N_("可以分包的部分"), text(2000), is_required=False),
    Field("bid_deposit", N_("投标保证金"), money(minimum=Decimal(0))),
    Field("performance_bond", N_("履约保证金"), POINTS),
    Field("advance_payment", N_("预付款"), POINTS),
    Field("payment_days", N_("付款期限"), whole_number(1, 365), is_required=False),
    Field("late_rate", N_("逾期利率"), POINTS, is_required=False),
    Field("bid_validity", N_("投标有效期"), whole_number(1, 730), is_required=False),
    Field("panel_members", N_("评审小组人数"), whole_number(1, 99), is_required=False),
    Field("low_mean", N_("低于平均报价的比例"), POINTS, is_required=False),
    Field("low_next_lowest", N_("低于次低报价的比例"), POINTS, is_required=False),
    Field("low_ceiling", N_("低于最高限价的比例"), POINTS, is_required=False),
    Field("handover", N_("服务衔接和移交"), text(4000), is_required=False),
    Field("handover_share", N_("可以等移交完成的比例"), POINTS, is_required=False),
    Field("programme", N_("所属项目群"), text(200), is_required=False),
    Field("renewal_years", N_("可以续签的年数"), whole_number(1, 9), is_required=False),
    Field("renewal_grade", N_("续签要达到的评价等级"), choice(RENEWAL_GRADES), is_required=False),
    Field("hides_names", N_("隐去供应商名称评分"), flag(), is_required=False),
]
QUALIFICATION = [Field("qualification", N_("特定资格要求"), text(10000))]

SCORING = [
    Field("is_price_fixed", N_("价格固定"), flag(), is_required=False),
    Field("price_weight", N_("价格分"), POINTS),
    Field("small_micro_deduction", N_("小微企业价格扣除"), POINTS),
    Field("consortium_deduction", N_("联合体价格扣除"), POINTS, is_required=False),
    Field("rounding", N_("价格分保留小数"), whole_number(0, 4)),
    Field("past_performance_form", N_("履约评价"), choice(list(PAST_PERFORMANCE_LABELS))),
    Field("past_performance_ground", N_("评履约的理由"), text(500), is_required=False),
    *(Field(f"band-{grade}", N_("档次分值"), POINTS, is_required=False) for grade in GRADES),
]

CRITERION_ROW = [
    Field("kind", N_("类别"), choice(list(CRITERION_LABELS))),
    Field("title", N_("评审因素"), text(120)),
    Field("points", N_("分值"), decimal(Decimal("0.01"), HUNDRED)),
    Field("bands", N_("分档"), text(3000), is_required=False),
    Field("is_objective", N_("客观分"), flag(), is_required=False),
]

BAND_ROW = [
    Field("points", N_("分值"), POINTS),
    Field("hours_from", N_("从多少小时起"), whole_number(0, 9_999_999), is_required=False),
    Field("condition", N_("什么情形得这一档"), text(500), is_required=False),
]

MILESTONE_ROW = [
    Field("title", N_("节点名称"), text(120)),
    Field("share", N_("比例"), SHARE),
    Field("due_on", N_("日期"), day()),
    Field("evidence", N_("付款依据"), text(300), is_required=False),
]

DEDUCTION_ROW = [
    Field("condition", N_("没有做到什么"), text(300)),
    Field("percent", N_("每次扣减"), SHARE),
]

TIMETABLE = [
    Field("closes_at", N_("投标截止时间"), moment()),
    Field("documents_from", N_("采购文件开始提供"), moment(), is_required=False),
    Field("documents_until", N_("采购文件获取截止"), moment(), is_required=False),
    Field("questions_until", N_("澄清截止"), moment(), is_required=False),
]

OPENERS = [Field("people", N_("开标人"), identifier(), is_required=False, is_list=True)]
RETURN = [Field("reason", N_("退回理由"), text(1000))]
CANCEL = [Field("reason", N_("取消理由"), text(1000))]


def _start(typed: str) -> str:
    kind, _, listing = typed.partition(":")
    if kind == "copy":
        return f"copy:{identifier()(listing)}"
    return choice(["blank", "template"])(typed)  # type: ignore[no-any-return]


START = [Field("start", N_("从哪里开始"), _start, is_required=False)]
Built = tuple[Bound, Part | None]


def basics_form(typed: Mapping[str, Any]) -> Built:
    """Title, method, budget, term, towns."""
    form = parse(BASICS, typed)
    if form.errors:
        return form, None
    v = form.values
    return form, Basics(
        title=v["title"], method=v["method"], budget_line=v["budget_line"], budget=v["budget"],
        service_from=v["service_from"], service_to=v["service_to"], ceiling=v["ceiling"], title_en=v["title_en"] or "",
        towns=tuple(v["towns"]), long_term_reason=v["long_term_reason"] or "",
        reservation_ground=v["reservation_ground"] or "",
    )  # fmt: skip


def lots_form(typed: Mapping[str, Any]) -> Built:
    """One row a package."""
    form = parse([], typed)
    rows = parse_rows(form, "lots", LOT_ROW, _without_lone(typed, "lots", ("item_code", "unit", "is_reserved")))
    if form.errors:
        return form, None
    return form, Lots(
        tuple(
            Lot(r["item_code"], r["title"], r["quantity"], r["unit"], r["budget"], bool(r["is_reserved"])) for r in rows
        )
    )


def requirement_form(typed: Mapping[str, Any]) -> Built:
    """What is to be done."""
    form = parse([*REQUIREMENT, *SHARES], typed)
    quantities = parse_rows(form, "quantities", QUANTITY_ROW, typed)
    indicators = parse_rows(form, "indicators", INDICATOR_ROW, typed)
    if form.errors:
        return form, None
    texts = {each.name: form[each.name] or "" for each in REQUIREMENT}
    return form, Requirement(
        **texts,
        quantities=tuple(
            Quantity(r["what"], r["quantity"], r["unit"], r["times"] or "", r["unit_price"]) for r in quantities
        ),
        indicators=tuple(
            Indicator(r["title"], r["target"], r["points"], r["source"] or "", r["group"] or "", r["way"] or "")
            for r in indicators
        ),
        sources=tuple(
            SourceShare(source, form[f"share-{source}"]) for source in SOURCE_WORDS if form[f"share-{source}"]
        ),
    )


def terms_form(typed: Mapping[str, Any]) -> Built:
    """Joining, deposits, panel, low prices."""
    form = parse(TERMS, typed)
    if form.errors:
        return form, None
    texts = {name: form[name] or "" for name in ("subcontract_parts", "handover", "programme", "renewal_grade")}
    flags = {name: bool(form[name]) for name in ("admits_consortium", "hides_names")}
    # nothing waits where 0 is typed, as where it is left open
    return form, Terms(**{**form.values, **texts, **flags, "handover_share": form["handover_share"] or None})


def qualification_form(typed: Mapping[str, Any]) -> Built:
    """Conditions of this listing."""
    form = parse(QUALIFICATION, typed)
    return form, None if form.errors else Qualification(form["qualification"])


def criteria_form(typed: Mapping[str, Any]) -> Built:
    """Price, factors, past-performance table."""
    form = parse(SCORING, typed)
    rows = parse_rows(form, "criteria", CRITERION_ROW, _without_lone(typed, "criteria", ("kind", "is_objective")))
    bands_of = {row["number"]: _band_rows(form, row["number"], typed) for row in rows}
    for row in rows:
        if bands_of[row["number"]] and row["bands"]:
            words = N_("分档只用一种写法：写成文字，或者逐行填写。请清空其中一种。")
            form.refuse(f"criteria-{row['number']}-bands", words)
    if form.errors:
        return form, None
    v = form.values
    has_table = v["past_performance_form"] != "none"
    bands = {g: v[f"band-{g}"] for g in GRADES if has_table and v[f"band-{g}"] is not None}
    return form, Scoring(
        criteria=tuple(
            CriterionDraft(
                r["kind"], r["title"], r["points"], r["bands"] or "", bool(r["is_objective"]), bands_of[r["number"]]
            )
            for r in rows
        ),
        price_weight=v["price_weight"], is_price_fixed=bool(v["is_price_fixed"]),
        small_micro_deduction=v["small_micro_deduction"], rounding=v["rounding"],
        consortium_deduction=v["consortium_deduction"] or Decimal(0),
        past_performance_form=v["past_performance_form"],
        past_performance_ground=v["past_performance_ground"] or "", bands=bands,
    )  # fmt: skip


def _band_rows(form: Bound, number: int, typed: Mapping[str, Any]) -> tuple[Band, ...]:
    rows = parse_rows(form, f"criteria-{number}-band", BAND_ROW, typed)
    return tuple(Band(r["points"] or Decimal(0), r["condition"] or "", r["hours_from"]) for r in rows)


def milestones_form(typed: Mapping[str, Any]) -> Built:
    """One row a payment, one row a deduction."""
    form = parse([], typed)
    rows = parse_rows(form, "milestones", MILESTONE_ROW, typed)
    deducted = parse_rows(form, "deductions", DEDUCTION_ROW, typed)
    if form.errors:
        return form, None
    return form, Milestones(
        tuple(MilestoneDraft(r["title"], r["share"], r["due_on"], r["evidence"] or "") for r in rows),
        tuple(DeductionDraft(r["condition"], r["percent"]) for r in deducted),
    )


def timetable_form(typed: Mapping[str, Any]) -> Built:
    """Closing and the two moments before it."""
    form = parse(TIMETABLE, typed)
    if form.errors:
        return form, None
    return form, Timetable(**form.values)


def openers_form(typed: Mapping[str, Any]) -> Built:
    """Who holds the key."""
    form = parse(OPENERS, typed)
    return form, None if form.errors else Openers(tuple(dict.fromkeys(form["people"])))


def _without_lone(typed: Mapping[str, Any], prefix: str, preset: tuple[str, ...]) -> dict[str, Any]:
    """Leave out what a blank row posts by itself: a preselected kind or unit is not yet an answer."""
    told = {
        key.split("-")[1]
        for key, value in typed.items()
        if key.startswith(f"{prefix}-")
        and key.count("-") == 2
        and key.split("-")[2] not in preset
        and str(value).strip()
    }
    return {
        key: value
        for key, value in typed.items()
        if not key.startswith(f"{prefix}-") or key.count("-") != 2 or key.split("-")[1] in told
    }


FORMS: dict[str, Callable[[Mapping[str, Any]], Built]] = {
    "basics": basics_form,
    "method": procedure_form,
    "lots": lots_form,
    "requirement": requirement_form,
    "qualification": qualification_form,
    "criteria": criteria_form,
    "milestones": milestones_form,
    "timetable": timetable_form,
    "openers": openers_form,
    "terms": terms_form,
}

ROW_PREFIX = {"lots": "lots", "criteria": "criteria", "milestones": "milestones"}
MORE_ROWS = {*ROW_PREFIX, "requirement"}


def add_mistakes(form: Bound, refused: FormRefused) -> None:
    """Show what the rules found beside the fields as they were posted: blank rows between are skipped in counting."""
    for name, sentence in refused.errors.items():
        pieces = name.split("-")
        rows = form.values.get(pieces[0]) if len(pieces) in (3, 5) else None
        if isinstance(rows, list) and int(pieces[1]) < len(rows):
            pieces[1] = str(rows[int(pieces[1])]["number"])
            inner = form.values.get("-".join(pieces[:3])) if len(pieces) == 5 else None
            if isinstance(inner, list) and int(pieces[3]) < len(inner):
                pieces[3] = str(inner[int(pieces[3])]["number"])
            name = "-".join(pieces)
        form.errors.setdefault(name, sentence)


def raw_of(part: Part) -> dict[str, Any]:
    """A stored part as the texts its form would show."""
    match part:
        case Basics():
            return _raw_basics(part)
        case Procedure():
            return raw_procedure(part)
        case Lots():
            return _raw_rows("lots", part.lots, ("item_code", "title", "quantity", "unit", "budget", "is_reserved"))
        case Requirement():
            return _raw_requirement(part)
        case Qualification():
            return {"qualification": part.qualification}
        case Scoring():
            return _raw_scoring(part)
        case Milestones():
            raw = _raw_rows("milestones", part.milestones, ("title", "share", "due_on", "evidence"))
            return raw | _raw_rows("deductions", part.deductions, tuple(each.name for each in DEDUCTION_ROW))
        case Timetable():
            moments = ("closes_at", "documents_from", "documents_until", "questions_until")
            return {name: _local(getattr(part, name)) for name in moments}
        case Openers():
            return {"people": [str(person) for person in part.people]}
        case Terms():
            return {name: _typed(value) for name, value in vars(part).items()}


def _raw_basics(part: Basics) -> dict[str, Any]:
    raw = {each.name: _typed(getattr(part, each.name)) for each in BASICS if each.name != "towns"}
    return {**raw, "towns": [str(town) for town in part.towns]}


def _raw_requirement(part: Requirement) -> dict[str, Any]:
    raw: dict[str, Any] = {each.name: getattr(part, each.name) for each in REQUIREMENT}
    raw |= {f"share-{each.source}": _typed(each.weight) for each in part.sources}
    raw |= _raw_rows("quantities", part.quantities, tuple(each.name for each in QUANTITY_ROW))
    return raw | _raw_rows("indicators", part.indicators, tuple(each.name for each in INDICATOR_ROW))


def _raw_scoring(part: Scoring) -> dict[str, Any]:
    raw = _raw_rows("criteria", part.criteria, ("kind", "title", "points", "bands", "is_objective"))
    for i, criterion in enumerate(part.criteria):
        raw |= _raw_rows(f"criteria-{i}-band", criterion.rows, ("points", "condition", "hours_from"))
    raw |= {f"band-{grade}": _typed(points) for grade, points in part.bands.items()}
    names = ("is_price_fixed", "price_weight", "small_micro_deduction", "consortium_deduction", "rounding",
             "past_performance_form",
             "past_performance_ground")  # fmt: skip
    return raw | {name: _typed(getattr(part, name)) for name in names}


def _raw_rows(prefix: str, rows: tuple[Any, ...], names: tuple[str, ...]) -> dict[str, Any]:
    return {f"{prefix}-{i}-{name}": _typed(getattr(row, name)) for i, row in enumerate(rows) for name in names}


def _typed(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return str(value)


def _local(value: datetime | None) -> str:
    return f"{value.astimezone(COUNTY_ZONE):%Y-%m-%dT%H:%M}" if value else ""
