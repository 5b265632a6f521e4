"""Where each rule is applied: found by reading the house's own source, told in plain words with a page to go to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from marketplace.kernel.i18n import N_
from marketplace.kernel.settings import PROJECT_FOLDER

PACKAGES = ("catalogue", "vendors", "contracts", "evaluations", "marketplace")
NAMED = re.compile(r"R-[A-Z]+-\d{2}[a-z]?")
# code, pages, and the rows of data by which a rule is applied without a line of code that names it
SOURCES = (".py", ".html", ".js", ".toml", ".csv", ".json", ".sql")
NOT_OURS = {"node_modules", "built"}

# what a folder or file does, in a reader's words, and where it is seen; one without words speaks as what it lies in
FEATURES: dict[str, tuple[str, str]] = {
    "catalogue": (N_("公告和采购文件"), "/listings"),
    "catalogue/checks": (N_("起草时的公平检查"), "/listings"),
    "catalogue/corrigenda": (N_("更正和延期"), "/listings"),
    "catalogue/interest": (N_("获取采购文件"), "/listings"),
    "catalogue/items": (N_("服务目录"), "/catalogue"),
    "catalogue/listings": (N_("起草和发布采购公告"), "/listings"),
    "catalogue/notices": (N_("公告和文书"), "/listings"),
    "catalogue/plans": (N_("预算和采购计划"), "/listings"),
    # the rows of the methods lie with the plans and are asked while a listing is drafted
    "catalogue/plans/methods.toml": (N_("起草和发布采购公告"), "/listings"),
    "catalogue/questions": (N_("询问和答复"), "/listings"),
    "vendors": (N_("供应商"), "/providers"),
    "vendors/bids": (N_("投标"), "/listings"),
    "vendors/credit": (N_("信用记录"), "/providers"),
    "vendors/providers": (N_("供应商资料"), "/providers"),
    "vendors/qualification": (N_("供应商预检"), "/providers"),
    "vendors/standing": (N_("履约信誉"), "/providers"),
    "vendors/workers": (N_("社会工作者名册"), "/providers"),
    "contracts": (N_("合同"), "/contracts"),
    "contracts/acceptance": (N_("验收"), "/contracts"),
    "contracts/agreements": (N_("合同签订"), "/contracts"),
    "contracts/billing": (N_("付款"), "/contracts"),
    "contracts/subsidies": (N_("社工补贴"), "/contracts"),
    "contracts/visits": (N_("服务记录和时数"), "/contracts"),
    "evaluations": (N_("评审"), "/listings"),
    "evaluations/awards": (N_("定标和结果公告"), "/listings"),
    "evaluations/opening": (N_("开标"), "/listings"),
    "evaluations/panel": (N_("评审小组"), "/listings"),
    "evaluations/effects": (N_("履约信誉"), "/providers"),
    "evaluations/performance": (N_("绩效评价"), "/contracts"),
    "evaluations/conformity": (N_("符合性审查"), "/listings"),
    "evaluations/scoring": (N_("评分和低价审查"), "/listings"),
    "marketplace/accounts": (N_("岗位和权限"), "/help"),
    "marketplace/kernel": (N_("日期和时限的计算"), "/calendar"),
    "marketplace": (N_("平台"), "/help"),
}


@cache
def _applied() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Rule ID -> the features whose code, pages or data name it."""
    found: dict[str, dict[tuple[str, str], None]] = {}
    for path in sources():
        feature = feature_of(path)
        for rule_id in NAMED.findall((PROJECT_FOLDER / path).read_text(encoding="utf-8")) if feature else ():
            found.setdefault(rule_id, {})[feature] = None
    return {rule_id: tuple(features) for rule_id, features in found.items()}


def sources() -> Iterator[Path]:
    """Every file that can apply a rule, by its place in the project."""
    for folder in (PROJECT_FOLDER, PROJECT_FOLDER / "templates"):
        for package in PACKAGES:
            for path in sorted((folder / package).rglob("*")):
                if path.suffix in SOURCES and NOT_OURS.isdisjoint(path.parts):
                    yield path.relative_to(PROJECT_FOLDER)


def feature_of(path: Path) -> tuple[str, str] | None:
    """The feature a file belongs to; None for the demo and the rulebook's own pages, which apply nothing."""
    parts = path.parts[1:] if path.parts[0] == "templates" else path.parts
    if parts[0] == "marketplace" and parts[1] in ("demo", "rules", "locales", "rulebook", "styleguide.html"):
        return None
    return FEATURES.get("/".join(parts)) or FEATURES.get("/".join(parts[:2])) or FEATURES[parts[0]]


def applied_in(rule_id: str) -> tuple[tuple[str, str], ...]:
    """What applies a rule: words and a page each; empty for a rule that people follow by themselves."""
    return _applied().get(rule_id, ())
