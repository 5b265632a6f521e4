"""The chart of accounts: where accrued money and kept deposits stand, beside the budget that pays for them.

The budget's lines (`services.py`) say what may be spent; these accounts say what is owed and kept. Each posting names
the account it debits and the one it credits, so that the book balances row by row. Codes and names follow the
government accounting system (财会〔2017〕25号); the last two digits are the county's own detail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from marketplace.kernel.i18n import N_


class Account(StrEnum):
    """The accounts in use, by their code."""

    DEPOSIT_BANK = "100201"
    OWN_BANK = "100202"
    ONLINE = "102101"
    PREPAID = "1214"
    CLAIMED = "1218"
    DUE_TO_TREASURY = "2103"
    PAYABLE = "230201"
    INTEREST_PAYABLE = "230202"
    WAITING = "230203"
    BID_DEPOSITS = "230701"
    BONDS = "230702"
    DEPOSIT_INTEREST = "230703"
    APPROPRIATION = "4001"
    SERVICES = "5001"
    OTHER_COSTS = "5901"
    GUARANTEES = "B01"
    GUARANTORS = "B02"


class Side(StrEnum):
    """On which side an account grows."""

    DEBIT = "debit"
    CREDIT = "credit"


@dataclass(frozen=True)
class ChartLine:
    """One account: its name, the side it grows on, what it holds. `is_memo`: a memorandum, no money."""

    name: str
    side: Side
    holds: str
    is_memo: bool = False


_DEBIT, _CREDIT = Side.DEBIT, Side.CREDIT
CHART: dict[Account, ChartLine] = {
    Account.DEPOSIT_BANK: ChartLine(
        N_("银行存款——保证金"), _DEBIT, N_("转账交来的保证金和费用、保函开立机构付来的款项，还没有退还或者上缴的"),
    ),
    Account.OWN_BANK: ChartLine(
        N_("银行存款——其他"), _DEBIT, N_("逾期退还的资金占用费，以及改由银行退还的网上保证金，从这里付出"),
    ),
    Account.ONLINE: ChartLine(N_("其他货币资金——网上支付"), _DEBIT, N_("支付服务代收的保证金和费用")),
    Account.PREPAID: ChartLine(
        N_("预付账款"), _DEBIT, N_("付了的预付款，随验收抵扣；余额在贷方的，是已经抵扣而预付款还没有付"),
    ),
    Account.CLAIMED: ChartLine(
        N_("其他应收款——保函索赔"), _DEBIT, N_("不予退还的保函，应由开立机构支付、还没有到账的金额"),
    ),
    Account.DUE_TO_TREASURY: ChartLine(
        N_("应缴财政款"), _CREDIT, N_("不予退还的保证金和收到的费用，应上缴国库、还没有上缴的"),
    ),
    Account.PAYABLE: ChartLine(N_("应付账款——服务价款"), _CREDIT, N_("已经验收、还没有付款的价款")),
    Account.INTEREST_PAYABLE: ChartLine(N_("应付账款——逾期利息"), _CREDIT, N_("已经审核、还没有付款的逾期利息")),
    Account.WAITING: ChartLine(
        N_("应付账款——等待移交"), _CREDIT, N_("已经验收、按公告等服务对象移交完成再付的部分"),
    ),
    Account.BID_DEPOSITS: ChartLine(N_("其他应付款——投标保证金"), _CREDIT, N_("以钱交来、现存的投标保证金")),
    Account.BONDS: ChartLine(N_("其他应付款——履约保证金"), _CREDIT, N_("以钱交来、现存的履约保证金")),
    Account.DEPOSIT_INTEREST: ChartLine(
        N_("其他应付款——资金占用费"), _CREDIT, N_("逾期退还保证金应付、还没有付出的资金占用费"),
    ),
    Account.APPROPRIATION: ChartLine(N_("财政拨款收入"), _CREDIT, N_("国库支付的价款和逾期利息，等于预算额度的已付")),
    Account.SERVICES: ChartLine(N_("业务活动费用"), _DEBIT, N_("验收了的服务，按合同价扣除扣减")),
    Account.OTHER_COSTS: ChartLine(N_("其他费用"), _DEBIT, N_("逾期付款和逾期退还的利息")),
    Account.GUARANTEES: ChartLine(N_("收存的保函"), _DEBIT, N_("现存的保函，只作备查，不是钱"), is_memo=True),
    Account.GUARANTORS: ChartLine(N_("保函开立机构的担保"), _CREDIT, N_("和收存的保函对应，只作备查"), is_memo=True),
}  # fmt: skip

# what causes a posting of the accounts
CAUSE_WORDS: dict[str, str] = {
    "acceptance": N_("验收"), "payment": N_("付款"), "payment_dispute": N_("争议解决"), "late_interest": N_("逾期利息"),
    "contract_amendment": N_("合同终止"), "advance_claim": N_("预付款退回"), "contract_opening": N_("带入的合同"),
    "deposit_movement": N_("保证金收退"), "late_credit": N_("付款后的红字发票"),
    "handover_wait": N_("等移交完成的款项"), "fee_movement": N_("收费的收退和上缴"),
}  # fmt: skip


def balance(account: Account, moved: Mapping[str, Decimal]) -> Decimal:
    """What stands on an account in yuan, counted on its own side; `moved` has `debit` and `credit`."""
    more, less = ("debit", "credit") if CHART[account].side is Side.DEBIT else ("credit", "debit")
    return moved[more] - moved[less]
