"""Who may list a need again, when, and under which name. All pure."""

from __future__ import annotations

import re

from catalogue.listings.rules import Status
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_

NUMERALS = "一二三四五六七八九十"
SUFFIX = re.compile(r"（第[一二三四五六七八九十\d]+次）$")
SUFFIX_EN = re.compile(r" \(attempt \d+\)$")
TITLE_MOST, TITLE_EN_MOST = 200, 300


def may_relist(status: str, ground: str | None) -> bool:
    """After a failure, or a cancellation whose documents had to change; a cancelled task is not bought again."""
    again = ("must_change", "redo_ordered", "winner_refused")
    return status == Status.FAILED or (status == Status.CANCELLED and ground in again)


def check_may_relist(status: str, ground: str | None) -> None:
    """Raises Conflict with the reason."""
    if may_relist(status, ground):
        return
    if status == Status.CANCELLED:
        raise Conflict(N_("这次采购是因为采购任务取消而终止的，不能直接重新采购。需要时请从预算重新起草。"))
    raise Conflict(N_("只有失败的采购，或者因为文件要修改而取消的采购，可以重新发起。"))


def check_lot_ended(has_ended: object) -> None:
    """Raises Conflict for a lot that stands: only one without a winner is bought again by itself."""
    if not has_ended:
        raise Conflict(N_("这一包没有终止，不能单独重新采购。"))


def title_again(title: str, attempt: int) -> str:
    """“购买社会救助服务（第二次）”: the earlier count is replaced, not added to."""
    count = NUMERALS[attempt - 1] if attempt <= len(NUMERALS) else str(attempt)
    suffix = f"（第{count}次）"
    return SUFFIX.sub("", title)[: TITLE_MOST - len(suffix)] + suffix


def title_en_again(title: str, attempt: int) -> str:
    """The English title with the count, if there is one."""
    if not title:
        return ""
    suffix = f" (attempt {attempt})"
    return SUFFIX_EN.sub("", title)[: TITLE_EN_MOST - len(suffix)] + suffix


def title_of_top_up(title: str) -> str:
    """“…（补充征集）”, once."""
    suffix = "（补充征集）"
    return title if title.endswith(suffix) else SUFFIX.sub("", title)[: TITLE_MOST - len(suffix)] + suffix


def title_en_of_top_up(title: str) -> str:
    """The English title of the same, if there is one."""
    suffix = " (top-up)"
    return title if not title or title.endswith(suffix) else title[: TITLE_EN_MOST - len(suffix)] + suffix
