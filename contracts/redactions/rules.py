"""From the whole text of a contract to the text that is published. Pure.

What identifies a person is always taken out; further passages are marked by the buyer. Parties, price, quantity and
term are never hidden.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from marketplace.kernel.errors import DomainError
from marketplace.kernel.i18n import N_

RULE = "R-TIME-18"
SHORTEST = 2


class Ground(StrEnum):
    """Why a passage is not published."""

    TRADE_SECRET = "trade_secret"
    STATE_SECRET = "state_secret"
    PERSONAL = "personal"


GROUND_LABELS: dict[Ground, str] = {
    Ground.TRADE_SECRET: N_("商业秘密"),
    Ground.STATE_SECRET: N_("国家秘密"),
    Ground.PERSONAL: N_("个人信息"),
}

# the contract is Chinese in every language
_IDENTITY, _PHONE, _ACCOUNT, _MAIL = "身份证号", "电话", "账号", "邮箱"
_BIRTH = r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_ALONE, _END = r"(?<![0-9A-Za-z.,])", r"(?![0-9A-Za-z])"
AUTOMATIC: tuple[tuple[str, re.Pattern[str]], ...] = (
    (_MAIL, re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")),
    (_IDENTITY, re.compile(rf"{_ALONE}[1-9]\d{{5}}{_BIRTH}\d{{3}}[\dXx]{_END}")),
    (_PHONE, re.compile(rf"{_ALONE}(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{{4}}[- ]?\d{{4}}{_END}")),
    (_PHONE, re.compile(rf"{_ALONE}(?:0\d{{2,3}}[- ]?\d{{7,8}}|400[- ]?\d{{3}}[- ]?\d{{4}}){_END}")),
    (_ACCOUNT, re.compile(rf"{_ALONE}(?:\d{{12,19}}|\d{{4}}(?: \d{{4}}){{2,3}}(?: \d{{1,3}})?){_END}")),
)


@dataclass(frozen=True)
class Published:
    """The text as it is published, and how many places of it are hidden."""

    text: str
    hidden: int


def published_text(whole: str, passages: Sequence[tuple[str, str]] = (), keep: Collection[str] = ()) -> Published:
    """Take out marked passages (each with its ground in words), then what identifies a person.

    `keep`: numbers that are public, such as credit codes.
    """
    text, hidden = whole, 0
    for passage, ground in sorted(passages, key=lambda each: -len(each[0])):
        hidden += text.count(passage)
        text = text.replace(passage, f"［{ground}，不公开］")

    def mask(word: str, match: re.Match[str]) -> str:
        nonlocal hidden
        if match[0] in keep:
            return match[0]
        hidden += 1
        return f"［{word}，不公开］"

    for word, pattern in AUTOMATIC:
        text = pattern.sub(lambda match, word=word: mask(word, match), text)
    return Published(text, hidden)


def check_passage(whole: str, passage: str, must_stay: Collection[str]) -> None:
    """A passage stands in the text as it was typed and hides nothing that must be public. Raises DomainError."""
    if len(passage) < SHORTEST or passage not in whole:
        raise DomainError(N_("合同全文里没有这段文字。请从全文里原样复制，包括标点。"), clause=RULE)
    if any(words and (words in passage or passage in words) for words in must_stay):
        raise DomainError(
            N_("合同双方、金额、数量和服务期必须公开，不能隐去。请只标出需要保密的那几个字。"), clause=RULE
        )
