"""What stands in a place of the coverage table, and which small numbers the public does not read. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number

RULE_SMALL = "R-CIV-06/small_group"


class Cover(StrEnum):
    """How far a service has come in a town: the furthest step counts."""

    NONE = "none"
    NEEDED = "needed"
    BOUGHT = "bought"
    DELIVERED = "delivered"


COVER_LABELS: dict[Cover, str] = {
    Cover.DELIVERED: N_("已经有服务"),
    Cover.BOUGHT: N_("已购买，还没有服务记录"),
    Cover.NEEDED: N_("有人需要，还没有购买"),
    Cover.NONE: N_("没有登记的需要"),
}


@dataclass(frozen=True)
class Cell:
    """One service in one town and year. None: few residents stand behind it, so that the public reads no number.

    `needed` residents were asked for, `contracts` run there, `minutes` in closed months for `served` residents,
    `accepted` parts of contracts were accepted.
    """

    town: UUID
    item: str
    needed: int | None = 0
    contracts: int = 0
    minutes: int | None = 0
    served: int | None = 0
    accepted: int = 0

    @property
    def cover(self) -> Cover:
        """The furthest step; a hidden number is one above zero."""
        if self.minutes != 0 or self.accepted:
            return Cover.DELIVERED
        if self.contracts:
            return Cover.BOUGHT
        return Cover.NEEDED if self.needed != 0 else Cover.NONE

    @property
    def is_gap(self) -> bool:
        """Residents need it and nobody was bought to do it."""
        return self.cover is Cover.NEEDED


def least_shown(on: date) -> int:
    """How many residents must stand behind a public number (R-CIV-06)."""
    return int(number(RULE_SMALL, on))


def hidden_towns(counts: Mapping[UUID, int], least: int) -> set[UUID]:
    """The towns whose count of residents is not shown.

    Those with few; and where that is a single one, the next larger one too, for the sum of a contract is public and
    would give the missing number away.
    """
    hidden = {town for town, count in counts.items() if 0 < count < least}
    others = sorted((count, str(town), town) for town, count in counts.items() if count and town not in hidden)
    if len(hidden) == 1 and others:
        hidden.add(others[0][2])
    return hidden


def without_small(cells: Iterable[Cell], least: int) -> list[Cell]:
    """The same cells as the public reads them; each number is looked at by the residents behind it."""
    by_item: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        by_item[cell.item].append(cell)
    shown = []
    for of_item in by_item.values():
        few = hidden_towns({cell.town: cell.served or 0 for cell in of_item}, least)
        unsaid = hidden_towns({cell.town: cell.needed or 0 for cell in of_item}, least)
        for cell in of_item:
            said = replace(cell, minutes=None, served=None) if cell.town in few else cell
            shown.append(replace(said, needed=None) if cell.town in unsaid else said)
    return shown


def shown_residents(count: int, least: int) -> int | None:
    """How many residents, where they are enough to be told; none of them is no secret."""
    return count if count == 0 or count >= least else None


def added(cells: Sequence[Cell], value: Callable[[Cell], int | None]) -> int | None:
    """The sum of what is shown; what is hidden is left out, so that no difference tells it.

    Where nothing is shown but something is hidden there is no sum: nought would be untrue.
    """
    values = [value(cell) for cell in cells]
    total = sum(each or 0 for each in values)
    return None if not total and None in values else total

