"""What a purchase keeps for small and medium enterprises, and who may bid for it then (R-PLAN-01, R-SME-02, R-SME-03).

Form, checks, notice, procurement document, listing page and search ask here, so that they agree. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from catalogue.items.rules import LEGAL_FORM_LABELS, LegalForm
from catalogue.listings.checks import HUNDRED, Mistake
from catalogue.listings.drafts import Basics, Lots, Terms
from catalogue.listings.limits import Limits
from catalogue.listings.methods import standing_row
from catalogue.listings.rules import RESERVATION_GROUNDS, RESERVED, RESERVED_LOTS, RESERVED_SHARE
from marketplace.kernel.formats import money, number
from marketplace.kernel.i18n import N_, Sentence, say

# individual businesses are registered as enterprises here; institutions and social organisations are none (R-SME-02)
MAY_BE_SMALL = frozenset({LegalForm.ENTERPRISE})


def keeps_a_reservation(ground: str) -> bool:
    """Whether the whole, a share or some lots are kept for small and medium enterprises."""
    return ground in (RESERVED, RESERVED_SHARE, RESERVED_LOTS)


def has_no_deduction(ground: str) -> bool:
    """Whether no bid of the listing gets the price deduction; beside reserved lots the open ones have it (R-SME-04)."""
    return ground in (RESERVED, RESERVED_SHARE)


def ground_of_lot(ground: str, lot: Mapping[str, Any]) -> str:
    """What holds for one lot: a reserved lot is reserved as a whole."""
    return RESERVED if ground == RESERVED_LOTS and lot["is_reserved"] else ground


def admitted_forms(lots: Iterable[Mapping[str, Any]], ground: str) -> list[LegalForm]:
    """The legal forms that may provide every lot; where everything is reserved, enterprises alone."""
    rows = list(lots)
    forms = [form for form in LEGAL_FORM_LABELS if rows and all(form.value in row["legal_forms"] for row in rows)]
    is_shut = all(ground_of_lot(ground, row) == RESERVED for row in rows)
    return [form for form in forms if form in MAY_BE_SMALL] if is_shut else forms


def is_shut_out(legal_form: str, ground: str) -> bool:
    """Whether a reservation excludes a provider of this legal form."""
    return ground == RESERVED and legal_form not in MAY_BE_SMALL


def check_reservation(basics: Basics, limits: Limits) -> list[Mistake]:
    """In the range of the rule the whole is kept or the ground is said; elsewhere nothing of the kind is claimed."""
    row, ground = standing_row(basics.method, limits.on), basics.reservation_ground
    in_range = limits.purchase_limit <= basics.budget <= limits.reserved_up_to
    if not row.reserves:
        words = N_("限额以下的采购不适用预留。请清空这一项。")
        return [_mistake(say(words))] if keeps_a_reservation(ground) else []
    if in_range and not ground:
        words = N_("限额以上、{limit} 以下的项目原则上专门面向中小企业。请选择专门面向中小企业，或者不预留的理由。")
        return [_mistake(say(words, limit=money(limits.reserved_up_to)))]
    if in_range and ground in (RESERVED_SHARE, RESERVED_LOTS):
        words = N_("{limit} 以下的项目要预留就全部预留。请选择专门面向中小企业，或者不预留的理由。")
        return [_mistake(say(words, limit=money(limits.reserved_up_to)), "R-SME-03")]
    return []


def _mistake(sentence: Sentence, clause: str = "R-PLAN-01") -> Mistake:
    return Mistake("basics", "reservation_ground", sentence, clause)


def check_reserved_share(basics: Basics, terms: Terms, share: Decimal) -> list[Mistake]:
    """A reserved share goes to small enterprises by subcontracts whose percentage is printed (R-SME-03)."""
    if basics.reservation_ground != RESERVED_SHARE or terms.subcontract_share >= share:
        return []
    words = N_("预留份额给中小企业的，分包比例不低于 {share}%。请在条件里写明比例和分包的内容。")
    return [Mistake("terms", "subcontract_share", say(words, share=number(share)), "R-SME-03")]


def check_reserved_lots(basics: Basics, lots: Lots, share: Decimal) -> list[Mistake]:
    """Marked lots go with the reservation of lots, are some and not all, and make up the rule's share (R-SME-03)."""
    marked = [i for i, lot in enumerate(lots.lots) if lot.is_reserved]

    def at(place: int, words: str, **values: object) -> list[Mistake]:
        return [Mistake("lots", f"lots-{place}-is_reserved", say(words, **values), "R-SME-03")]

    if basics.reservation_ground != RESERVED_LOTS:
        words = N_("勾选了预留的采购包。请在基本情况里选“预留部分采购包”，或者取消勾选。")
        return at(marked[0], words) if marked else []
    if not marked:
        return at(0, N_("选了预留部分采购包，请勾选至少一个专门面向中小企业的采购包。"))
    if len(marked) == len(lots.lots):
        return at(0, N_("每个采购包都预留的，请在基本情况里选“专门面向中小企业采购”。"))
    kept = sum((lots.lots[i].budget for i in marked), Decimal(0))
    if kept * HUNDRED < basics.budget * share:
        words = N_("预留的采购包合计 {kept}，应当不低于项目预算的 {share}%。请再勾选采购包。")
        return at(marked[0], words, kept=money(kept), share=number(share))
    return []


def reservation_words(ground: str, is_local: bool) -> Sentence:
    """What notice and procurement document say of it (R-PLAN-01)."""
    if is_local:
        return say(N_("本项目在采购限额标准以下，不适用预留。"))
    if ground == RESERVED:
        words = N_(
            "本项目专门面向中小企业采购，供应商应当提交《中小企业声明函》；社会组织和事业单位不属于中小企业，不能参加。"
        )
        return say(words)
    if ground == RESERVED_SHARE:
        words = N_(
            "本项目预留份额给中小企业：供应商应当把合同的一部分分包给中小企业，比例和内容见分包条件，"
            "并提交分包企业的《中小企业声明函》；供应商本身可以是社会组织。"
        )
        return say(words)
    if ground == RESERVED_LOTS:
        words = N_(
            "本项目预留部分采购包专门面向中小企业采购，见采购包表：参加这些包的供应商应当提交《中小企业声明函》，"
            "社会组织和事业单位不能参加这些包，包内不实行价格扣除；其他采购包不预留。"
        )
        return say(words)
    if ground:
        return say(N_("本项目不专门面向中小企业。理由：{ground}。"), ground=say(RESERVATION_GROUNDS[ground]))
    return say(N_("本项目没有预留给中小企业的要求。"))
