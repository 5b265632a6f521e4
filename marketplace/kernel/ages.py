"""Who is of age on a day."""

from __future__ import annotations

from datetime import date

from marketplace.kernel.rulebook import number

AGE = "R-CHILD-01/of_age"


def is_of_age(born_on: date, on: date) -> bool:
    """Whether somebody is of age on a day (R-CHILD-01)."""
    birthday = (born_on.month, born_on.day)
    return on.year - born_on.year - ((on.month, on.day) < birthday) >= number(AGE, on)
