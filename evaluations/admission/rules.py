"""Who comes into a framework: ordered by price or quality, at least a share and at least one eliminated. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from uuid import UUID

from marketplace.kernel.errors import DomainError
from marketplace.kernel.formats import number as plain
from marketplace.kernel.i18n import N_, Sentence, say

CLOSED_RULE, RESPONSIVE, CHOICE = "R-FRM-02", "R-FRM-02/responsive", "R-FRM-01/suppliers"


@dataclass(frozen=True)
class ResponsiveBid:
    """A valid bid: `key` orders it (the evaluated unit price, or the points with a minus), the smallest first."""

    opened_bid: UUID
    name: str
    key: Decimal


@dataclass(frozen=True)
class Working:
    """How many come in. Elimination in percent; `most` is the printed ceiling on their number."""

    responsive: int
    elimination: Decimal
    most: int | None = None

    @property
    def share(self) -> Decimal:
        """The printed share of the responsive bids, exact."""
        return Decimal(self.responsive) * self.elimination / 100

    @property
    def eliminated(self) -> int:
        """At least the share, a part counting as a whole one, and at least one; more where the number is limited."""
        least = max(1, int(self.share.to_integral_value(rounding=ROUND_CEILING)))
        over = 0 if self.most is None else self.responsive - self.most
        return max(least, over)

    @property
    def admitted(self) -> int:
        """Who is left."""
        return self.responsive - self.eliminated

    def sentence(self) -> Sentence:
        """The working as a reader follows it."""
        words = N_("合格响应 {count} 家 × {percent}% = {share}，不足一家按一家算、至少一家：淘汰 {out} 家，入围 {left} 家。")  # noqa: E501
        if self.most is not None and self.responsive - self.most >= self.eliminated:
            words = N_("合格响应 {count} 家，最多入围 {most} 家：淘汰 {out} 家（{percent}% 是 {share} 家），入围 {left} 家。")  # noqa: E501
        return say(
            words, count=self.responsive, percent=plain(self.elimination), share=plain(self.share),
            out=self.eliminated, left=self.admitted, most=self.most or 0,
        )  # fmt: skip


def may_come_in(working: Working, holding: int) -> bool:
    """Whether one more may come in for somebody that did not sign, counted anew without the ones that left (R-FRM-02).

    The share and the one that is always eliminated hold for those who are left, so that nobody comes in by another's
    refusal alone unless the number was limited.
    """
    return holding < working.admitted


@dataclass(frozen=True)
class Placed:
    """A bid with its place and whether it comes in."""

    bid: ResponsiveBid
    position: int
    is_admitted: bool


def check_enough(responsive: int, least: Decimal) -> None:
    """A closed framework needs so many responsive bidders. Raises DomainError (R-FRM-02)."""
    if responsive < least:
        raise DomainError(
            N_("合格响应只有 {count} 家，少于 {least} 家，不能确定入围。请终止并重新征集。"),
            clause=RESPONSIVE, count=responsive, least=plain(least),
        )  # fmt: skip


def tied_at_line(bids: Sequence[ResponsiveBid], working: Working) -> tuple[tuple[ResponsiveBid, ...], int] | None:
    """The equal bids on both sides of the line, and how many of them come in; None without such a tie."""
    ordered, line = sorted(bids, key=lambda bid: bid.key), working.admitted
    if not 0 < line < len(ordered) or ordered[line - 1].key != ordered[line].key:
        return None
    tied = tuple(bid for bid in ordered if bid.key == ordered[line].key)
    return tied, line - sum(bid.key < ordered[line].key for bid in ordered)


def admit(bids: Sequence[ResponsiveBid], working: Working, tie_note: str = "") -> list[Placed]:
    """Every bid by its place; the last ones are eliminated. Raises DomainError for a tie at the line without a draw.

    Equal bids on both sides of the line are told apart by the record of the draw, which names in full those who
    come in (R-TIE-01).
    """
    named = {bid.opened_bid for bid in bids if bid.name in tie_note}
    ordered = sorted(bids, key=lambda bid: (bid.key, bid.opened_bid not in named, bid.name))
    line = working.admitted
    if tie := tied_at_line(bids, working):
        tied, places = tie
        if sum(bid.opened_bid in named for bid in tied) != places:
            raise DomainError(
                N_("有 {count} 家并列，只剩 {places} 个入围名额。请抽签，并写明抽签记录和抽中供应商的全称（只写抽中的）。"),  # noqa: E501
                clause="R-TIE-01", count=len(tied), places=places,
            )  # fmt: skip
    return [Placed(bid, number, number <= line) for number, bid in enumerate(ordered, start=1)]
