"""What ties a member to a bidder, as the county's own registers tell it (R-ROLE-06, R-ROLE-07).

Nothing is looked at before the opening: until then nobody may learn who bids, least of all by a seat refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from evaluations.opening.consortia import members_of
from marketplace.kernel.db import fetch, together
from marketplace.kernel.deadlines import months_later
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_, Sentence, current_language, say
from marketplace.kernel.names import Name
from marketplace.kernel.rulebook import number
from vendors.relations.queries import code_behind, namesakes_behind, related_between
from vendors.relations.rules import Behind, Relation

_CODE = re.compile("[0-9A-Z]{18}")
CLAUSE, LOOKBACK = "R-ROLE-06", "R-ROLE-06/lookback"


@dataclass(frozen=True)
class Employer:
    """Somebody a member works for or worked for: a provider of the register, or a name or code as it declared it.

    `id` tells it in the graph of relations; a body that never registered has one for the occasion.
    """

    id: UUID
    name: str
    code: str = ""
    name_en: str = ""


@dataclass(frozen=True)
class Rival:
    """A body that bids: alone, at the head of a consortium or as a member of one."""

    provider: UUID | None
    name: str
    code: str
    name_en: str = ""


@dataclass(frozen=True)
class Tie:
    """What ties a member to a bidder. One that is not certain rests on a name and is for people to look into."""

    sentence: Sentence
    is_certain: bool

    @property
    def on_record(self) -> str:
        """The sentence as it is kept: Chinese, names too, whatever language its reader has."""
        token = current_language.set("zh")
        try:
            return self.sentence.text("zh")
        finally:
            current_language.reset(token)


def ties_of(
    employers: Iterable[Employer], rivals: Sequence[Rival], related: Sequence[Relation], years: int
) -> list[Tie]:
    """The ties of employment, to a bidder or to who is tied to it by law; the certain ones first."""
    found = []
    for each in employers:
        for rival in rivals:
            if _is(each, rival):
                words = N_("近 {years} 年内在参加本项目的“{rival}”任职。")
                found.append(Tie(say(words, years=years, rival=_shown(rival)), is_certain=True))
            elif path := _path(each, rival, related):
                words = N_("近 {years} 年内在“{employer}”任职，它和参加本项目的“{rival}”有关联：{path}。")
                values = {"years": years, "employer": _shown(each), "rival": _shown(rival), "path": path.path}
                found.append(Tie(say(words, **values), path.is_certain))
    return sorted(found, key=lambda tie: not tie.is_certain)


def _shown(body: Employer | Rival) -> Name:
    return Name(body.name, body.name_en)


def _is(employer: Employer, rival: Rival) -> bool:
    if employer.code:
        return rival.code == employer.code
    return rival.name == employer.name


def _path(employer: Employer, rival: Rival, related: Sequence[Relation]) -> Relation | None:
    ends = {employer.id, rival.provider}
    return next((each for each in related if each.bars and {each.first.id, each.second.id} == ends), None)


def declared_employers(typed: str) -> list[str]:
    """What a member typed, a name or code a line."""
    return list(dict.fromkeys(line.strip() for line in typed.splitlines() if line.strip()))


_WORKED = """
SELECT p.id, o.name, o.name_en, p.credit_code FROM provider p JOIN organisation o ON o.id = p.organisation
WHERE p.organisation IN (SELECT m.organisation FROM membership m WHERE m.person = $1)
   OR p.id IN (SELECT w.provider FROM worker w WHERE w.person = $1 AND coalesce(w.employed_to, $2) >= $2)
   OR p.credit_code = ANY($3) OR o.name = ANY($3)
ORDER BY o.sort_key, p.id
"""


async def ties_to_bidders(listing: UUID, member: Mapping[str, Any], day: date) -> list[Tie]:
    """All that ties a person to the opened bids of a listing on a day. `member`: person, name, employers."""
    years = int(number(LOOKBACK, day))
    declared = declared_employers(member["employers"])
    rivals, known = await together(
        _rivals(listing), fetch(_WORKED, member["person"], months_later(day, -12 * years), declared)
    )
    if not rivals:
        return []
    employers = [Employer(row["id"], row["name"], row["credit_code"], row["name_en"]) for row in known]
    registered = {each for row in known for each in (row["name"], row["credit_code"])}
    strangers = await together(*(_stranger(each) for each in declared if each not in registered))
    bidding = [each.provider for each in rivals if each.provider]
    related, namesakes = await together(
        related_between(
            [row["id"] for row in known], bidding,
            [Behind(each.id, "", each.name, each.code, "") for each in strangers if each.code],
        ),
        _namesakes(member["name"], rivals, bidding),
    )  # fmt: skip
    employers += strangers
    return [*ties_of(employers, rivals, related, years), *namesakes]


async def _stranger(typed: str) -> Employer:
    """A body that is no provider here; those behind bidders may be known by a code all the same."""
    code = typed.upper() if _CODE.fullmatch(typed.upper()) else await code_behind(typed)
    return Employer(uuid4(), typed, code)


async def _namesakes(name: str, rivals: Sequence[Rival], bidding: Collection[UUID]) -> list[Tie]:
    found = await namesakes_behind(bidding, name)
    words = N_("和“{rival}”的负责人或者股东同名，是不是同一个人待核实。")
    return [Tie(say(words, rival=_shown(rival)), is_certain=False) for rival in rivals if rival.provider in found]


async def _rivals(listing: UUID) -> list[Rival]:
    opened = await fetch(
        "SELECT b.id, b.provider, o.name, o.name_en, p.credit_code FROM opened_bid b JOIN listing_lot l ON l.id = b.lot"
        " JOIN provider p ON p.id = b.provider JOIN organisation o ON o.id = p.organisation"
        " WHERE l.listing = $1 ORDER BY o.sort_key, b.id",
        listing,
    )
    of = await members_of(row["id"] for row in opened)
    found = [Rival(row["provider"], row["name"], row["credit_code"], row["name_en"]) for row in opened]
    found += [
        Rival(m["provider"], m["name"], m["credit_code"], m["name_en"] or "") for row in opened for m in of[row["id"]]
    ]
    return list(dict.fromkeys(found))


async def certain_tie(listing: UUID, member: Mapping[str, Any], day: date) -> Tie | None:
    """What shuts a person out of judging, if anything does."""
    return next((tie for tie in await ties_to_bidders(listing, member, day) if tie.is_certain), None)


async def check_untied(listing: UUID, judging: Sequence[Mapping[str, Any]], day: date) -> None:
    """Once more before an award: whose tie became known since has not judged (R-COM-08). Raises Conflict."""
    for member in judging:
        if tie := await certain_tie(listing, member, day):
            words = N_(
                "有一名评审成员应当回避：{tie}其评审意见无效，暂不能确定供应商。请到评审小组页面重新组建评审小组。"
            )
            raise Conflict(words, clause="R-COM-08", tie=tie.sentence)
