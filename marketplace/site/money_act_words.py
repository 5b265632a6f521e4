"""Acts on deposits, fees and what waits of a payment, in words; a part of `act_words.py`."""

from __future__ import annotations

from marketplace.kernel.i18n import N_

MONEY_ACTS: dict[str, str] = {
    "deposit.claim_paid": N_("保函的开立机构已经付款"),
    "deposit.remittance_entered": N_("登记不予退还的保证金上缴国库"),
    "deposit.remittance_refused": N_("上缴国库的登记没有通过复核"),
    "deposit.remitted": N_("不予退还的保证金已上缴国库"),
    "fee.asked": N_("向供应商收费"),
    "fee.declared": N_("说明费用已经转账"),
    "fee.not_arrived": N_("费用没有到账"),
    "fee.paid": N_("费用到账"),
    "fee.refund_begun": N_("退还费用"),
    "fee.refunded": N_("费用已退还"),
    "fee.remittance_entered": N_("登记费用上缴国库"),
    "fee.remittance_refused": N_("费用上缴的登记没有通过复核"),
    "fee.remitted": N_("费用已上缴国库"),
    "fee.withdrawn": N_("不再收一笔费用"),
    "invoice.refund_asked": N_("申请把抵扣改为退款"),
    "invoice.stays_set_off": N_("没有同意改为退款，仍然抵扣"),
    "invoice.turned_into_refund": N_("同意把抵扣改为退款"),
    "payment.wait_released": N_("放行等移交完成的款项"),
    "payment.waits_for_handover": N_("最后一次付款的一部分等移交完成"),
}
