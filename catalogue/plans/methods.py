"""The methods of procurement by name, as plans, intentions and listings use them."""

from __future__ import annotations

from enum import StrEnum

from marketplace.kernel.i18n import N_


class Method(StrEnum):
    """The methods a service may be bought by; inquiry is for goods only and not among them (R-METH-09).

    What each asks for is a row of `methods.toml`.
    """

    OPEN_TENDER = "open_tender"
    CONSULTATION = "consultation"
    SINGLE_SOURCE = "single_source"
    UNDER_LIMIT = "under_limit"
    THREE_QUOTES = "three_quotes"
    SEALED_QUOTES = "sealed_quotes"
    COLLECTIVE_DECISION = "collective_decision"
    INVITED_TENDER = "invited_tender"
    NEGOTIATION = "negotiation"
    CLOSED_FRAMEWORK = "closed_framework"
    OPEN_FRAMEWORK = "open_framework"


METHOD_LABELS: dict[Method, str] = {
    Method.CONSULTATION: N_("竞争性磋商"),
    Method.OPEN_TENDER: N_("公开招标"),
    Method.UNDER_LIMIT: N_("限额以下比选"),
    Method.THREE_QUOTES: N_("限额以下询比三家"),
    Method.SEALED_QUOTES: N_("限额以下密封报价"),
    Method.COLLECTIVE_DECISION: N_("限额以下集体决策"),
    Method.SINGLE_SOURCE: N_("单一来源"),
    Method.INVITED_TENDER: N_("邀请招标"),
    Method.NEGOTIATION: N_("竞争性谈判"),
    Method.CLOSED_FRAMEWORK: N_("封闭式框架协议"),
    Method.OPEN_FRAMEWORK: N_("开放式框架协议"),
}
