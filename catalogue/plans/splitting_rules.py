"""When several purchases without open tender are one purchase in parts (R-METH-05). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal


def is_split(amounts: Sequence[Decimal], threshold: Decimal) -> bool:
    """Several purchases of one group that together exceed the threshold; exactly at it is not over."""
    return len(amounts) > 1 and sum(amounts, Decimal(0)) > threshold


# the same of a group that the database added up: `counted` purchases come to `total`
SPLIT_IN_SQL = "(counted > 1 AND total > {threshold})"
