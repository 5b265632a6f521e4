"""Yuan and fen: exact decimals, one rounding, shares that add up."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")


def to_fen(amount: Decimal, places: int = 2) -> Decimal:
    """The amount rounded half up to fen (or to the given places)."""
    return amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def share_out(total: Decimal, percents: Sequence[Decimal]) -> list[Decimal]:
    """Split an amount by percentages that total 100; the shares always add up to the amount.

    Amounts in yuan. The fen left over by rounding down go one each to the largest remainders.
    """
    exact = [total * p / 100 for p in percents]
    shares = [e.quantize(FEN, rounding=ROUND_DOWN) for e in exact]
    left = int((total - sum(shares, Decimal(0))) / FEN)
    by_remainder = sorted(range(len(shares)), key=lambda i: (shares[i] - exact[i], i))
    for i in by_remainder[:left]:
        shares[i] += FEN
    return shares
