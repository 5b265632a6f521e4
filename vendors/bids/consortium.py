"""A consortium in a bid: who takes part with which share of the work (R-ROLE-12). All pure.

Before the opening nobody but the bidder knows that a bid is one of a consortium, nor who its members are: they stand in
the sealed qualification part and in the draft that only the bidder's browser opens. What the service asks about them
before (is the code registered, does credit speak against them) it asks for the bidder's eyes and keeps no trace of.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from marketplace.kernel.i18n import N_, Sentence, say

MOST_MEMBERS = 4  # besides the bidder, who leads
WHOLE = Decimal(100)
_CODE = re.compile(r"[0-9A-Z]{18}")
_IN_NO_NAME = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_SHARE = re.compile(r"[0-9]{1,2}(\.[0-9]{1,2})?")


@dataclass(frozen=True)
class Member:
    """Another member of the consortium; `share` of the work in percent."""

    credit_code: str
    name: str
    share: Decimal


def subcontract_mistakes(
    typed: tuple[str | None, Decimal | None], own_code: str, most: Decimal, registered: Collection[str]
) -> dict[str, Sentence]:
    """What is wrong with the enterprise that would be subcontracted to, by field: code and share, or neither.

    `most`: the share that the listing lets be subcontracted, in percent (R-SME-04, R-ROLE-13).
    """
    code, share = typed
    if not code and share is None:
        return {}
    found: dict[str, Sentence] = {}
    if not code:
        found["sub_code"] = say(N_("请填承接分包的企业的统一社会信用代码，或者把份额也清空。"))
    elif code == own_code:
        found["sub_code"] = say(N_("这是本机构自己的代码。分包是交给另一家承担。"))
    elif code not in registered:
        found["sub_code"] = say(N_("这个代码还没有登记为供应商，看不到它声明的企业规模。请它先登记，再填到这里。"))
    if share is None:
        found["sub_share"] = say(N_("请填分包给它的份额。"))
    elif share > most:
        found["sub_share"] = say(N_("采购文件允许分包的比例最多 {most}%。请调低份额。"), most=most.normalize())
    return found


def own_share(members: Sequence[Member]) -> Decimal:
    """What is left for the bidder who leads."""
    return WHOLE - sum((member.share for member in members), Decimal(0))


def member_mistakes(rows: Mapping[int, tuple[str | None, Decimal | None]], own_code: str,
                    registered: Collection[str]) -> dict[str, Sentence]:  # fmt: skip
    """What is wrong with the typed rows, by field; the leader keeps a share of its own."""
    found: dict[str, Sentence] = {}
    seen: set[str] = set()
    for number, (code, share) in rows.items():
        if code is None and share is not None:
            found[f"code_{number}"] = say(N_("请填这个成员的统一社会信用代码，或者清空份额。"))
        if code is None:
            continue
        if share is None:
            found[f"share_{number}"] = say(N_("请填这个成员承担的份额。"))
        if code == own_code:
            found[f"code_{number}"] = say(N_("这是本机构自己的代码。牵头方不用填，其余份额就是牵头方的。"))
        elif code in seen:
            found[f"code_{number}"] = say(N_("这个成员填了两次。请合并份额，或者删掉一行。"))
        elif code not in registered:
            found[f"code_{number}"] = say(
                N_("这个代码还没有登记为供应商，查不到信用。请成员先登记，几分钟就好，再填到这里。")
            )
        seen.add(code)
    if sum((share or Decimal(0) for _, share in rows.values()), Decimal(0)) >= WHOLE:
        last = max(rows)
        found.setdefault(f"share_{last}", say(N_("成员的份额加起来要小于 100%，牵头方也要承担一部分。")))
    return found


def as_json(members: Sequence[Member], agreement: str) -> dict[str, Any]:
    """How a consortium stands in the sealed part."""
    return {"agreement": agreement, "members": [one_as_json(each) for each in members]}


def from_json(content: Any) -> tuple[tuple[Member, ...], str]:
    """Members and the agreement's name from an opened part. Raises ValueError for what `as_json` would not write."""
    if not isinstance(content, dict) or set(content) != {"agreement", "members"}:
        raise ValueError("consortium")
    rows, agreement = content["members"], content["agreement"]
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_MEMBERS or not _is_name(agreement):
        raise ValueError("consortium")
    members = tuple(_member(row) for row in rows)
    if own_share(members) <= 0 or len({member.credit_code for member in members}) < len(members):
        raise ValueError("shares")
    return members, agreement


def one_as_json(member: Member) -> dict[str, str]:
    """How one other party stands in a sealed part."""
    return {"credit_code": member.credit_code, "name": member.name, "share": str(member.share)}


def one_from_json(row: Any) -> Member:
    """One other party out of an opened part. Raises ValueError for what `one_as_json` would not write."""
    return _member(row)


def _member(row: Any) -> Member:
    if not isinstance(row, dict) or set(row) != {"credit_code", "name", "share"}:
        raise ValueError("member")
    code, share = row["credit_code"], row["share"]
    if not (isinstance(code, str) and _CODE.fullmatch(code) and _is_name(row["name"]) and row["name"]):
        raise ValueError("member")
    if not (isinstance(share, str) and _SHARE.fullmatch(share) and Decimal(share) > 0):
        raise ValueError("share")
    return Member(code, row["name"], Decimal(share))


def _is_name(value: Any) -> bool:
    # spaces of every kind stand in names of files: a bid is not lost for one
    return isinstance(value, str) and len(value) <= 200 and not _IN_NO_NAME.search(value)
