"""The identities of the accounts: what is owed and kept, against the rows it comes from."""

from __future__ import annotations

from marketplace.verify_identity import Identity

# what may cause an entry, and where it stands
_CAUSES = {
    "acceptance": "acceptance", "payment_dispute": "payment_dispute", "contract_amendment": "contract_amendment",
    "late_interest": "late_interest", "payment": "payment", "advance_claim": "advance_claim",
    "contract_opening": "contract_opening", "deposit_movement": "deposit_movement", "late_credit": "late_credit",
    "handover_wait": "handover_wait", "fee_movement": "fee_movement",
}  # fmt: skip
_FOUND = " OR ".join(
    f"(p.source_kind = '{kind}' AND EXISTS (SELECT 1 FROM {table} x WHERE x.id::text = p.source_id))"
    for kind, table in _CAUSES.items()
)
_LEAVES = """
    SELECT about, account, sum(debit) AS debit, sum(credit) AS credit FROM (
      SELECT about, debit AS account, amount AS debit, 0 AS credit FROM account_posting
      UNION ALL SELECT about, credit, 0, amount FROM account_posting) l GROUP BY about, account
"""


def _standing(*accounts: str) -> str:
    """What stands on these accounts of each contract or deposit, credit less debit, as (about, amount)."""
    listed = ", ".join(f"'{account}'" for account in accounts)
    return (
        f"SELECT about, sum(credit - debit) AS amount FROM account_balance WHERE account IN ({listed}) GROUP BY about"
    )


# what is accepted, dropped after a dispute, paid of each contract, in yuan
_OWED = """
    SELECT c.id, c.reference,
      (SELECT coalesce(sum(a.amount), 0) FROM acceptance a WHERE a.contract = c.id) AS accepted,
      (SELECT coalesce(sum(m.advance_offset), 0) FROM acceptance a JOIN contract_milestone m ON m.id = a.milestone
       WHERE a.contract = c.id) AS set_off,
      (SELECT coalesce(sum(d.amount - d.to_pay), 0) FROM payment_dispute d JOIN invoice i ON i.id = d.invoice
       WHERE i.contract = c.id AND d.status = 'settled') AS dropped,
      (SELECT coalesce(sum(w.amount), 0) FROM handover_wait w JOIN invoice i ON i.id = w.invoice
       WHERE i.contract = c.id AND w.released_on IS NULL) AS waiting,
      (SELECT coalesce(sum(l.amount), 0) FROM late_interest l JOIN invoice i ON i.id = l.invoice
       WHERE i.contract = c.id) AS interest,
      (SELECT coalesce(sum(o.paid_before), 0) FROM contract_opening o WHERE o.contract = c.id) AS before,
      (SELECT coalesce(sum(p.amount), 0) FROM account_posting p WHERE p.about = c.id
       AND p.source_kind = 'late_credit') AS refunded,
      (SELECT coalesce(sum(CASE v.kind WHEN 'receive' THEN v.amount ELSE -v.amount END), 0) FROM fee_movement v
       JOIN fee f ON f.id = v.fee WHERE f.contract = c.id) AS fees,
      coalesce(x.worked_off, 0) AS worked_off, coalesce(x.offset_owed, 0) AS offset_owed,
      coalesce(x.came_back, 0) AS came_back,
      coalesce(y.of_work, 0) AS paid, coalesce(y.of_advance, 0) AS advance, coalesce(y.of_interest, 0) AS interest_paid
    FROM contract c
    LEFT JOIN (SELECT x.contract, sum(x.advance_left - x.claim) AS worked_off, sum(x.offset_owed) AS offset_owed,
        sum(k.amount) FILTER (WHERE k.received_on IS NOT NULL) AS came_back
      FROM contract_amendment x LEFT JOIN advance_claim k ON k.amendment = x.id
      WHERE x.kind = 'termination' AND x.status = 'in_force' GROUP BY x.contract) x ON x.contract = c.id
    LEFT JOIN (SELECT i.contract,
        sum(y.amount) FILTER (WHERE y.part = 'principal' AND i.advance IS NULL) AS of_work,
        sum(y.amount) FILTER (WHERE y.part = 'principal' AND i.advance IS NOT NULL) AS of_advance,
        sum(y.amount) FILTER (WHERE y.part = 'interest') AS of_interest
      FROM payment y JOIN invoice i ON i.id = y.invoice WHERE y.status = 'paid' GROUP BY i.contract) y
      ON y.contract = c.id
"""


def _of_contracts(name: str, zh: str, en: str, expected: str, *accounts: str) -> Identity:
    """What stands on accounts of every contract, against `expected` of `_OWED`."""
    return Identity(
        name, zh, en,
        f"SELECT o.reference AS subject, {expected} AS expected, coalesce(s.amount, 0) AS found FROM ({_OWED}) o"
        f" LEFT JOIN ({_standing(*accounts)}) s ON s.about = o.id WHERE {expected} <> coalesce(s.amount, 0)",
    )  # fmt: skip


def _of_deposits(name: str, zh: str, en: str, expected: str, *accounts: str) -> Identity:
    """What stands on accounts of every deposit `d`, against `expected`."""
    return Identity(
        name, zh, en,
        f"SELECT d.reference AS subject, {expected} AS expected, coalesce(s.amount, 0) AS found FROM deposit d"
        f" LEFT JOIN ({_standing(*accounts)}) s ON s.about = d.id WHERE {expected} <> coalesce(s.amount, 0)",
    )  # fmt: skip


_IS_PAPER = "d.way = 'guarantee'"
_MOVED = "(SELECT coalesce(sum(m.amount), 0) FROM deposit_movement m WHERE m.deposit = d.id AND m.kind = '{}')"
_CLAIMED, _REMITTED = _MOVED.format("claim_paid"), _MOVED.format("remit")

ACCOUNT_IDENTITIES = (
    Identity(
        "accounts", "科目余额 = 各笔分录之和", "What stands on an account = the sum of its entries",
        f"SELECT coalesce(b.account, l.account) AS subject, l.debit - l.credit AS expected, b.debit - b.credit AS found"
        f" FROM account_balance b FULL JOIN ({_LEAVES}) l ON l.about = b.about AND l.account = b.account"
        " WHERE b.debit IS DISTINCT FROM l.debit OR b.credit IS DISTINCT FROM l.credit",
    ),
    Identity(
        "trial", "全部科目借方合计 = 贷方合计（备查科目另计）", "All debits = all credits, memoranda apart",
        "SELECT CASE WHEN account LIKE 'B%' THEN 'B' ELSE '1–5' END AS subject, sum(debit) AS expected,"
        " sum(credit) AS found FROM account_balance GROUP BY 1 HAVING sum(debit) <> sum(credit)",
    ),
    Identity(
        "account_cause", "每笔分录都有原因", "Every entry of the accounts has its cause",
        "SELECT p.source_kind || ' ' || p.source_id AS subject, NULL::numeric AS expected, p.amount AS found"
        f" FROM account_posting p WHERE NOT ({_FOUND})",
    ),
    Identity(
        "accrual", "验收的应付 = 验收金额", "What an acceptance accrued = its amount",
        """
        SELECT a.reference AS subject, a.amount AS expected, coalesce(p.accrued, 0) AS found FROM acceptance a
        LEFT JOIN (SELECT source_id, sum(CASE WHEN credit = '230201' THEN amount WHEN debit = '230201' THEN -amount
          ELSE 0 END) AS accrued FROM account_posting WHERE source_kind = 'acceptance' GROUP BY 1) p
          ON p.source_id = a.id::text
        WHERE a.amount <> coalesce(p.accrued, 0)
        """,
    ),
    _of_contracts(
        "accrued", "应付价款 = 验收（扣除扣减）− 争议后不付的 − 等待移交的 − 已付",
        "Payable = accepted less deductions − dropped − waiting for a handover − paid",
        "o.accepted - o.dropped - o.waiting - o.paid", "230201",
    ),
    _of_contracts(
        "waiting", "等待移交的应付 = 没有放行的部分", "Payable after a handover = shares that wait for it",
        "o.waiting", "230203",
    ),
    _of_contracts(
        "accrued_interest", "应付逾期利息 = 审核的 − 已付的", "Late interest payable = approved − paid",
        "o.interest - o.interest_paid", "230202",
    ),
    _of_contracts(
        "prepaid", "预付账款 = 已付的预付款 − 已抵扣的 − 退回的", "Advances = paid − worked off − returned",
        "o.set_off + o.worked_off + o.came_back - o.advance - o.offset_owed", "1214",
    ),
    _of_contracts(
        "costs", "费用 = 验收 + 抵扣预付款 − 争议后不付的 + 逾期利息 + 带入时已付",
        "Costs = accepted + advance worked off − dropped + late interest + paid before it was brought in",
        "-(o.accepted + o.set_off + o.worked_off - o.offset_owed - o.dropped + o.interest + o.before - o.refunded)",
        "5001", "5901",
    ),
    Identity(
        "appropriation", "合同的财政拨款 = 预算额度的已付", "What the treasury paid for contracts = paid of the lines",
        f"""
        SELECT l.id::text AS subject, l.paid AS expected, coalesce(s.amount, 0) AS found FROM ledger_line l
        LEFT JOIN (SELECT b.ledger_line, sum(s.amount) AS amount FROM ({_standing("4001")}) s
          JOIN contract c ON c.id = s.about JOIN listing t ON t.id = c.listing
          JOIN budget_line b ON b.id = coalesce(c.budget_line, t.budget_line) GROUP BY 1) s ON s.ledger_line = l.id
        WHERE l.paid <> coalesce(s.amount, 0)
        """,
    ),
    _of_contracts(
        "fees", "应缴财政款（收费） = 收到的费用 − 退还的 − 已经上缴的",
        "Fees due to the treasury = received − given back − handed over", "o.fees", "2103",
    ),
    _of_contracts(
        "fee_money", "收费的银行存款和网上款 = 应缴财政款（收费）", "Money of fees = fees due to the treasury",
        "-o.fees", "100201", "102101", "100202",
    ),
    _of_deposits(
        "kept", "其他应付款 = 现存的保证金", "Deposits payable = deposits held in money",
        f"CASE WHEN {_IS_PAPER} THEN 0 ELSE d.held END", "230701", "230702",
    ),
    _of_deposits(
        "kept_money", "保证金的银行存款和网上款 = 现存的 + 不予退还、还没有上缴的",
        "Money of deposits = held + forfeited and not handed to the treasury",
        f"-CASE WHEN {_IS_PAPER} THEN {_CLAIMED} - {_REMITTED}"
        " WHEN d.refund_failed AND d.status = 'returned' THEN 0"
        f" ELSE d.held + d.forfeited - {_REMITTED} END",
        "100201", "102101", "100202", "230703", "5901",
    ),
    _of_deposits(
        "memorandum", "备查的保函 = 现存的保函", "Guarantees in the memorandum = guarantees held",
        f"CASE WHEN {_IS_PAPER} THEN d.held ELSE 0 END", "B02",
    ),
    _of_deposits(
        "forfeits", "应缴财政款 = 不予退还的保证金 − 已经上缴的", "Due to the treasury = forfeited − handed to it",
        f"d.forfeited - {_REMITTED}", "2103",
    ),
    _of_deposits(
        "claims", "保函索赔 = 不予退还的保函 − 开立机构已经支付的",
        "Claims under guarantees = guarantees forfeited − paid by their issuers",
        f"-CASE WHEN {_IS_PAPER} THEN d.forfeited - {_CLAIMED} ELSE 0 END", "1218",
    ),
    Identity(
        "remitted", "上缴的保证金 = 两人办理的上缴", "What went to the treasury = what two people handed over",
        "SELECT d.reference AS subject, coalesce(r.amount, 0) AS expected, coalesce(m.amount, 0) AS found"
        " FROM deposit d LEFT JOIN (SELECT deposit, sum(amount) AS amount FROM deposit_remittance WHERE is_confirmed"
        " GROUP BY 1) r ON r.deposit = d.id LEFT JOIN (SELECT deposit, sum(amount) AS amount FROM deposit_movement"
        " WHERE kind = 'remit' GROUP BY 1) m ON m.deposit = d.id"
        " WHERE coalesce(r.amount, 0) <> coalesce(m.amount, 0)",
    ),
    _of_deposits(
        "deposit_interest", "应付资金占用费 = 产生的 − 付出的", "Interest of deposits payable = owed − paid",
        f"{_MOVED.format('interest')} - {_MOVED.format('interest_paid')}", "230703",
    ),
)  # fmt: skip
