"""Which list may be drawn from, and who reads the documents of an invited tender. All pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from catalogue.listings.methods import HERE, row_of
from catalogue.listings.rules import Status
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.deadlines import compute, day_words
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.rulebook import number

LEAST, POOL, WITNESSES = "R-METH-10/invited", "R-METH-10/pool", "R-METH-10/witnesses"
APPLICATION = "R-TIME-06/application"
CLAUSE = "R-METH-10"
BEFORE = frozenset({Status.DRAFT, Status.REVIEW})
OVER = frozenset({Status.AWARDED, Status.FAILED, Status.CANCELLED})
# those of the county who have a hand in judging, opening or supervising read the documents as well
OFFICIALS = (Permission.READ_EVERYTHING, Permission.SCORE_BIDS, Permission.OPEN_BIDS, Permission.PLAN_EVALUATION)


class Way(StrEnum):
    """The three ways of 87 Art 14 to a list of qualified providers."""

    PREQUALIFICATION = "prequalification"
    LIBRARY = "library"
    RECOMMENDATION = "recommendation"


WAY_LABELS: dict[str, str] = {
    Way.PREQUALIFICATION: N_("发布资格预审公告征集，预审合格的都列入"),
    Way.LIBRARY: N_("从省级以上财政部门建立的供应商库中选取"),
    Way.RECOMMENDATION: N_("采购人书面推荐"),
}

NOT_INVITED = N_("本项目邀请招标，采购文件只提供给受邀请的供应商。受邀请的，请用本单位的账号登录。")


@dataclass(frozen=True)
class Listed:
    """One provider on the list as it was typed."""

    name: str
    reason: str = ""


@dataclass(frozen=True)
class NewList:
    """The list as it was typed."""

    way: Way
    source: str
    take: int
    providers: tuple[Listed, ...]
    noticed_on: date | None = None
    applied_until: date | None = None


def list_mistakes(new: NewList, today: date) -> dict[str, Sentence]:
    """Everything that keeps a list from being drawn from, by the field it stands in (R-METH-10, R-TIME-06)."""
    found: dict[str, Sentence] = {}
    least, times = int(number(LEAST, today)), int(number(POOL, today))
    if new.take < least:
        found["take"] = say(N_("至少抽取 {least} 家。"), least=least)
    count, needed = len(new.providers), new.take
    if new.way is not Way.PREQUALIFICATION:
        needed = new.take * times
        if count < needed:
            words = N_("备选的供应商不得少于拟抽取数的 {times} 倍，即 {needed} 家，现在有 {count} 家。")
            found["providers"] = say(words, times=times, needed=needed, count=count)
    elif count < needed:
        found["providers"] = say(N_("预审合格的只有 {count} 家，不够抽取 {needed} 家。"), count=count, needed=needed)
    names = [each.name for each in new.providers]
    if doubled := next((name for name in names if names.count(name) > 1), None):
        found["providers"] = say(N_("名单里 {name} 写了两次。请只留一次。"), name=doubled)
    if new.way is Way.RECOMMENDATION and any(not each.reason.strip() for each in new.providers):
        found["providers"] = say(N_("书面推荐的，每家都要写推荐理由；名单和理由随中标结果一并公告。"))
    return {**found, **_notice_mistakes(new, today)}


def _notice_mistakes(new: NewList, today: date) -> dict[str, Sentence]:
    if new.way is not Way.PREQUALIFICATION:
        return {}
    if new.noticed_on is None or new.applied_until is None:
        return {"noticed_on": say(N_("请写明资格预审公告的日期和提交申请的截止日期。"))}
    if new.applied_until > today:
        return {"applied_until": say(N_("提交申请还没有截止，不能定名单。请在截止以后再来。"))}
    least = compute(APPLICATION, new.noticed_on).date
    if new.applied_until < least:
        return {"applied_until": say(N_("提交申请的时间太短，最早到 {day}截止。"), day=day_words(least))}
    return {}


def check_list(new: NewList, today: date) -> None:
    """Raises FormRefused with every mistake of a list."""
    if found := list_mistakes(new, today):
        raise FormRefused(found)


def list_text(providers: Sequence[Listed]) -> str:
    """The list as it is typed: a provider a line, its reason after a bar."""
    return "\n".join(each.name if not each.reason else f"{each.name}｜{each.reason}" for each in providers)


def read_list(typed: str) -> tuple[Listed, ...]:
    """What was typed, a provider a line; a full-width or a plain bar divides name and reason."""
    found = []
    for line in typed.splitlines():
        name, _, reason = line.replace("|", "｜").partition("｜")
        if name.strip():
            found.append(Listed(name.strip()[:120], reason.strip()[:500]))
    return tuple(found)


def invites_only(listing: Mapping[str, Any]) -> bool:
    """Whether only invited providers take part in a listing run here."""
    return listing["venue"] == HERE and row_of(listing).invites


def keeps_documents(listing: Mapping[str, Any]) -> bool:
    """Whether the documents are for the invited alone; when it is over they are everybody's (87 Art 69)."""
    return invites_only(listing) and listing["status"] not in OVER


def may_read_as_official(actor: Actor | None, listing: Mapping[str, Any]) -> bool:
    """The buyer, its agency, and those who judge, open or supervise."""
    if actor is None:
        return False
    own = actor.organisation_id == listing["procuring_unit"] or actor.mandate(listing["agency_agreement"]) is not None
    return own or any(actor.may(permission) for permission in OFFICIALS)
