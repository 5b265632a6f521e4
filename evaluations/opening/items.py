"""What a bidder's qualification is reviewed by, item by item: the law's six conditions and the listing's own. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marketplace.kernel.errors import FormRefused
from marketplace.kernel.i18n import N_, Sentence, say
from vendors.bids.rules import DECLARATIONS

BY_LAW, NO_RELATED, BY_LISTING = "R-ROLE-09", "R-ROLE-07", "R-BID-06"


@dataclass(frozen=True)
class Item:
    """One thing to look at. `clause` is the rule a failing bidder is told, `asked` what the document prints of it."""

    words: str
    clause: str
    asked: str = ""
    told: Sentence | None = None

    @property
    def shown(self) -> Sentence | str:
        """What the document prints, for the reader's language where the words are ours."""
        return self.told or self.asked


@dataclass(frozen=True)
class Finding:
    """What the reviewer found of one item, and where in the opened bid it stands."""

    passes: bool
    reason: str = ""
    evidence: UUID | None = None
    place: str = ""


def items_of(listing: Mapping[str, Any]) -> list[Item]:
    """The six conditions of the law, then each line of what the listing itself asks for (R-ROLE-09, R-BID-06)."""
    by_law = [Item(words, BY_LAW) for words in DECLARATIONS[:-1]]
    own = [line.strip(" ·-\t") for line in listing["qualification"].splitlines()]
    return [*by_law, Item(DECLARATIONS[-1], NO_RELATED), *(Item(line[:400], BY_LISTING) for line in own if line)]


def check_findings(items: Sequence[Item], findings: Sequence[Finding]) -> None:
    """Every item is looked at, and each that is not met has its reason. Raises FormRefused naming all mistakes."""
    wrong: dict[str, Sentence] = {}
    for number, item in enumerate(items):
        if number >= len(findings):
            wrong[f"item-{number}"] = say(N_("请写明“{item}”是否符合。"), item=say(item.words))
        elif not findings[number].passes and not findings[number].reason.strip():
            wrong[f"reason-{number}"] = say(N_("不符合时请写明理由，供应商会看到它。"))
    if len(findings) > len(items):
        wrong["_findings"] = say(N_("审查的内容已经更新。请刷新页面，逐项再看一遍。"))
    if wrong:
        raise FormRefused(wrong)


def verdict_of(items: Sequence[Item], findings: Sequence[Finding]) -> tuple[bool, str, str]:
    """Qualified only if every item is met; else all reasons in one text and the clause of the first that is not."""
    failing = [(item, found) for item, found in zip(items, findings, strict=True) if not found.passes]
    if not failing:
        return True, "", ""
    return False, "；".join(f"{item.words}：{found.reason.strip()}" for item, found in failing), failing[0][0].clause
