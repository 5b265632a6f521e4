"""How often strangers may write: enough for people, too little for machines. Pure."""

from __future__ import annotations

from datetime import timedelta

from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# an office or a household behind one address is several people
MOST_IN_AN_HOUR, MOST_IN_A_DAY = 5, 20


class TooManyPosts(DomainError):
    """The next one comes too soon."""

    status_code = 429


def check_may_post(in_the_hour: int, in_the_day: int) -> None:
    """Raises TooManyPosts with when to come again."""
    if in_the_day >= MOST_IN_A_DAY:
        words = N_("从您这里一天已经发了 {most} 次。请明天再来，或者打电话问县民政局、县财政局。")
        raise TooManyPosts(words, most=MOST_IN_A_DAY)
    if in_the_hour >= MOST_IN_AN_HOUR:
        raise TooManyPosts(N_("从您这里一小时已经发了 {most} 次。请过一个小时再试。"), most=MOST_IN_AN_HOUR)
