"""Proves from the database alone that no yuan is lost: every identity of the money, and the first that is broken."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from catalogue.listings.methods import codes_of_frameworks, quoted
from contracts.agreements.queries import PAID
from marketplace.kernel.db import fetchrow, fetchval
from marketplace.verify_accounts import ACCOUNT_IDENTITIES
from marketplace.verify_identity import Identity


@dataclass(frozen=True)
class Difference:
    """The first place where an identity does not hold; amounts in yuan."""

    identity: Identity
    subject: str
    expected: Decimal | None
    found: Decimal | None


_MOVED = """
    SELECT line, sum(CASE kind WHEN 'appropriate' THEN amount WHEN 'withdraw' THEN -amount ELSE 0 END) AS appropriated,
      sum(CASE WHEN kind IN ('appropriate', 'release', 'uncommit') THEN amount
               WHEN kind IN ('withdraw', 'reserve') THEN -amount ELSE 0 END) AS free,
      sum(CASE WHEN kind = 'reserve' THEN amount WHEN kind IN ('release', 'commit') THEN -amount ELSE 0 END)
        AS reserved,
      sum(CASE WHEN kind IN ('commit', 'unpay') THEN amount WHEN kind IN ('uncommit', 'pay') THEN -amount ELSE 0 END)
        AS committed,
      sum(CASE kind WHEN 'pay' THEN amount WHEN 'unpay' THEN -amount ELSE 0 END) AS paid
    FROM ledger_posting GROUP BY line
"""
_PARTS = {"appropriated": "下达", "free": "可用", "reserved": "占用", "committed": "合同占用", "paid": "已付"}
_BY_SOURCE = """
    SELECT source_kind, source_id,
      sum(CASE kind WHEN 'reserve' THEN amount WHEN 'release' THEN -amount WHEN 'commit' THEN -amount ELSE 0 END)
        AS reserved,
      sum(CASE kind WHEN 'commit' THEN amount WHEN 'uncommit' THEN -amount ELSE 0 END) AS committed,
      sum(CASE kind WHEN 'pay' THEN amount WHEN 'unpay' THEN -amount ELSE 0 END) AS paid
    FROM ledger_posting GROUP BY source_kind, source_id
"""
_KINDS = {
    "budget_line": "budget_line", "budget_change": "budget_change", "listing": "listing", "contract": "contract",
    "contract_amendment": "contract_amendment", "acceptance": "acceptance", "payment": "payment",
    "late_interest": "late_interest", "payment_dispute": "payment_dispute", "contract_opening": "contract_opening",
    "advance_claim": "advance_claim", "late_credit": "late_credit",
}  # fmt: skip
_FOUND = " OR ".join(
    f"(p.source_kind = '{kind}' AND EXISTS (SELECT 1 FROM {table} x WHERE x.id::text = p.source_id))"
    for kind, table in _KINDS.items()
)
# a contract's milestones that are still to be paid or were, less what was deducted at acceptance or after a dispute
_LIVE = """
    SELECT m.contract, sum(m.amount) AS whole, sum(coalesce(a.amount, m.amount) - coalesce(d.dropped, 0))
      FILTER (WHERE m.status <> 'cancelled') AS payable
    FROM contract_milestone m LEFT JOIN acceptance a ON a.milestone = m.id
    LEFT JOIN (SELECT i.acceptance, sum(d.amount - d.to_pay) AS dropped FROM payment_dispute d
               JOIN invoice i ON i.id = d.invoice WHERE d.status = 'settled' GROUP BY 1) d ON d.acceptance = a.id
    GROUP BY m.contract
"""
# invoices that stand: less credit notes, and what of them is disputed or waits for a handover
_BILLED = """
    SELECT i.*, i.amount - coalesce(n.amount, 0) AS net, coalesce(d.amount, 0) + coalesce(w.amount, 0) AS apart
    FROM invoice i LEFT JOIN handover_wait w ON w.invoice = i.id
    LEFT JOIN (SELECT invoice, sum(amount) AS amount FROM credit_note GROUP BY 1) n ON n.invoice = i.id
    LEFT JOIN (SELECT invoice, sum(amount) AS amount FROM payment_dispute GROUP BY 1) d ON d.invoice = i.id
"""

IDENTITIES = (
    Identity(
        "line", "预算额度 = 可用 + 占用 + 合同占用 + 已付", "Appropriated = free + reserved + committed + paid",
        "SELECT l.id::text AS subject, l.appropriated AS expected, l.free + l.reserved + l.committed + l.paid AS found"
        " FROM ledger_line l WHERE l.appropriated <> l.free + l.reserved + l.committed + l.paid",
    ),
    *(Identity(
        f"postings.{part}", f"{word} = 各笔记账之和", f"{part.capitalize()} of a line = the sum of its postings",
        f"SELECT l.id::text AS subject, coalesce(m.{part}, 0) AS expected, l.{part} AS found FROM ledger_line l"
        f" LEFT JOIN ({_MOVED}) m ON m.line = l.id WHERE l.{part} <> coalesce(m.{part}, 0)",
    ) for part, word in _PARTS.items()),
    Identity(
        "cause", "每笔记账都有原因", "Every posting has its cause",
        "SELECT p.source_kind || ' ' || p.source_id AS subject, NULL::numeric AS expected, p.amount AS found"
        f" FROM ledger_posting p WHERE NOT ({_FOUND})",
    ),
    Identity(
        "change", "预算调整 = 它的记账", "A change of budget = its postings",
        "SELECT x.id::text AS subject, x.amount AS expected, p.amount AS found FROM budget_change x"
        " LEFT JOIN ledger_posting p ON p.source_kind = 'budget_change' AND p.source_id = x.id::text"
        " WHERE x.status = 'approved' AND p.amount IS DISTINCT FROM x.amount"
        " OR x.status <> 'approved' AND p.amount IS NOT NULL",
    ),
    Identity(
        "reserve", "公告占用 = 还没有合同的各包预算",
        "A listing's reserve = the budgets of its lots without a contract",
        f"""
        WITH held AS (SELECT coalesce(c.listing::text, s.source_id) AS listing, sum(s.reserved) AS held
          FROM ({_BY_SOURCE}) s LEFT JOIN contract c ON s.source_kind = 'contract' AND c.id::text = s.source_id
          WHERE s.source_kind = 'listing' OR c.id IS NOT NULL AND NOT c.is_call_off
          GROUP BY 1 HAVING sum(s.reserved) <> 0),
        wanted AS (SELECT l.id, l.reference, sum(t.budget) AS expected FROM listing l
          JOIN listing_lot t ON t.listing = l.id
          WHERE l.method NOT IN ({quoted(codes_of_frameworks())})
          AND l.status IN ('published', 'suspended', 'closed', 'opened', 'evaluated', 'determined')
          AND NOT EXISTS (SELECT 1 FROM contract c WHERE c.lot = t.id AND NOT c.is_call_off AND c.renews IS NULL
                          AND c.status <> 'rescinded') GROUP BY l.id)
        SELECT * FROM (
          SELECT coalesce(w.reference, (SELECT l.reference FROM listing l
            WHERE l.id = CASE WHEN h.listing ~ '^[0-9a-f-]{{36}}$' THEN h.listing::uuid END)) AS subject,
            coalesce(w.expected, 0) AS expected, coalesce(h.held, 0) AS found
          FROM wanted w FULL JOIN held h ON h.listing = w.id::text
          WHERE coalesce(w.expected, 0) <> coalesce(h.held, 0)) x
        WHERE subject IS NOT NULL
        """,
    ),
    Identity(
        "commitment", "合同占用的记账 = 合同金额", "What a contract committed = its amount",
        f"SELECT c.reference AS subject, CASE WHEN c.status = 'rescinded' THEN 0 ELSE c.amount END AS expected,"
        f" coalesce(s.committed, 0) AS found FROM contract c LEFT JOIN ({_BY_SOURCE}) s ON s.source_kind = 'contract'"
        " AND s.source_id = c.id::text"
        " WHERE coalesce(s.committed, 0) <> CASE WHEN c.status = 'rescinded' THEN 0 ELSE c.amount END",
    ),
    Identity(
        "milestones", "各付款节点之和 = 合同金额（含补充和终止结算）",
        "Milestones sum to the contract with its amendments",
        f"""
        SELECT c.reference AS subject, c.amount + coalesce(x.amount, 0) AS expected, coalesce(m.whole, 0) AS found
        FROM contract c LEFT JOIN ({_LIVE}) m ON m.contract = c.id
        LEFT JOIN (SELECT contract, sum(amount) AS amount FROM contract_amendment WHERE status = 'in_force'
                   GROUP BY contract) x ON x.contract = c.id
        WHERE c.amount + coalesce(x.amount, 0) <> coalesce(m.whole, 0)
        """,
    ),
    Identity(
        "payable", "合同占用净额 = 还要付和已经付的节点", "What is committed for a contract = its payable milestones",
        f"""
        SELECT c.reference AS subject, coalesce(m.payable, 0) AS expected, coalesce(h.held, 0) AS found FROM contract c
        LEFT JOIN ({_LIVE}) m ON m.contract = c.id
        LEFT JOIN (SELECT coalesce(x.contract::text, a.contract::text, i.contract::text, s.source_id) AS contract,
            sum(s.committed) AS held
          FROM ({_BY_SOURCE}) s
          LEFT JOIN contract_amendment x ON s.source_kind = 'contract_amendment' AND x.id::text = s.source_id
          LEFT JOIN acceptance a ON s.source_kind = 'acceptance' AND a.id::text = s.source_id
          LEFT JOIN payment_dispute d ON s.source_kind = 'payment_dispute' AND d.id::text = s.source_id
          LEFT JOIN invoice i ON i.id = d.invoice
          WHERE s.source_kind IN ('contract', 'contract_amendment', 'acceptance', 'payment_dispute') GROUP BY 1) h
          ON h.contract = c.id::text
        WHERE c.status <> 'rescinded' AND coalesce(m.payable, 0) <> coalesce(h.held, 0)
        """,
    ),
    Identity(
        "acceptance", "节点金额 − 验收金额 = 退回预算的扣减",
        "A milestone less its acceptance = the deduction given back",
        f"SELECT a.reference AS subject, m.amount - a.amount AS expected, -coalesce(s.committed, 0) AS found"
        f" FROM acceptance a JOIN contract_milestone m ON m.id = a.milestone LEFT JOIN ({_BY_SOURCE}) s"
        " ON s.source_kind = 'acceptance' AND s.source_id = a.id::text"
        " WHERE m.amount - a.amount <> -coalesce(s.committed, 0)",
    ),
    Identity(
        "invoice", "发票要付的 = 发票金额 − 红字发票 − 有争议的 − 等移交完成的",
        "What is paid of an invoice = its amount less credit notes, disputed parts and what waits for a handover",
        f"SELECT i.reference AS subject, i.net - i.apart AS expected, i.payable AS found FROM ({_BILLED}) i"
        " WHERE i.payable <> i.net - i.apart",
    ),
    Identity(
        "invoiced", "各张发票之和不超过验收金额或者预付款", "Invoices are within their acceptance or advance",
        "SELECT m.contract::text AS subject, coalesce(a.amount, m.amount) AS expected, sum(i.net) AS found"
        f" FROM ({_BILLED}) i LEFT JOIN acceptance a ON a.id = i.acceptance"
        " JOIN contract_milestone m ON m.id = coalesce(a.milestone, i.advance)"
        " WHERE i.status <> 'returned' AND NOT i.is_settlement"
        " GROUP BY m.id, m.contract, a.amount, m.amount HAVING sum(i.net) > coalesce(a.amount, m.amount)",
    ),
    Identity(
        "dispute", "有争议的 = 应付的发票 + 退回预算的", "A settled dispute = its invoice + what went back to the line",
        f"""
        SELECT d.reference AS subject, d.amount AS expected,
          coalesce(n.amount, 0) - coalesce(s.committed, 0) AS found
        FROM payment_dispute d LEFT JOIN invoice n ON n.id = d.settled_invoice AND n.status <> 'returned'
        LEFT JOIN ({_BY_SOURCE}) s ON s.source_kind = 'payment_dispute' AND s.source_id = d.id::text
        WHERE d.status = 'settled' AND d.amount <> coalesce(n.amount, 0) - coalesce(s.committed, 0)
          OR d.status = 'open' AND coalesce(s.committed, 0) <> 0
        """,
    ),
    Identity(
        "handover_wait", "等移交完成的款项不超过公告的比例，放行以后 = 它的发票",
        "What waits for a handover is within the printed share and, released, = its invoice",
        "SELECT i.reference AS subject, w.amount AS expected,"
        " least(coalesce(n.amount, w.amount), round(w.share * i.amount / 100, 2)) AS found"
        " FROM handover_wait w JOIN invoice i ON i.id = w.invoice LEFT JOIN invoice n ON n.id = w.released_invoice"
        " WHERE n.amount <> w.amount OR w.amount > round(w.share * i.amount / 100, 2)",
    ),
    Identity(
        "payment", "付款金额 = 发票要付的", "A payment = what is to be paid of its invoice",
        "SELECT y.reference AS subject, i.payable AS expected, y.amount AS found FROM payment y"
        " JOIN invoice i ON i.id = y.invoice WHERE y.part = 'principal' AND y.amount <> i.payable",
    ),
    Identity(
        "interest", "逾期利息 = 它的付款 = 它占用的预算", "Late interest = its payment = what it committed",
        f"""
        SELECT y.reference AS subject, y.amount AS expected,
          CASE WHEN l.amount = y.amount THEN coalesce(s.committed, 0) - coalesce(s.reserved, 0)
               ELSE coalesce(l.amount, 0) END AS found
        FROM payment y LEFT JOIN late_interest l ON l.payment = y.id
        LEFT JOIN ({_BY_SOURCE}) s ON s.source_kind = 'late_interest' AND s.source_id = l.id::text
        WHERE y.part = 'interest' AND (l.id IS NULL OR y.amount <> l.amount OR coalesce(s.committed, 0) <> l.amount
          OR s.reserved <> 0)
        """,
    ),
    Identity(
        "paid", "已付的记账 = 已付款的付款，各一次", "The postings of a payment = its amount once it is paid",
        f"SELECT y.reference AS subject, CASE WHEN y.status = 'paid' THEN y.amount ELSE 0 END AS expected,"
        f" coalesce(s.paid, 0) AS found FROM payment y LEFT JOIN ({_BY_SOURCE}) s ON s.source_kind = 'payment'"
        " AND s.source_id = y.id::text"
        " WHERE coalesce(s.paid, 0) <> CASE WHEN y.status = 'paid' THEN y.amount ELSE 0 END",
    ),
    Identity(
        "settled", "发票已付款 = 它的价款已付款", "An invoice is paid exactly when its price is paid",
        """
        SELECT i.reference AS subject, CASE WHEN i.status = 'paid' THEN i.payable ELSE 0 END AS expected,
          CASE WHEN y.status = 'paid' THEN y.amount ELSE 0 END AS found
        FROM invoice i LEFT JOIN payment y ON y.invoice = i.id AND y.part = 'principal'
        WHERE (i.status = 'paid') <> (y.status IS NOT DISTINCT FROM 'paid')
        """,
    ),
    Identity(
        "milestone", "已付的节点没有还要付的发票", "A paid milestone has no invoice left to pay",
        """
        SELECT i.reference AS subject, 0::numeric AS expected, i.payable AS found FROM contract_milestone m
        LEFT JOIN acceptance a ON a.milestone = m.id JOIN invoice i ON coalesce(i.acceptance = a.id, i.advance = m.id)
        WHERE m.status = 'paid' AND i.status NOT IN ('paid', 'returned')
        """,
    ),
    Identity(
        "claim", "退回的预付款 = 它冲回的付款 = 它退回预算的", "An advance that came back = what it unpaid and freed",
        f"""
        SELECT a.reference AS subject, CASE WHEN k.received_on IS NULL THEN 0 ELSE k.amount END AS expected,
          least(-coalesce(s.paid, 0), -coalesce(s.committed, 0)) AS found
        FROM advance_claim k JOIN contract_amendment a ON a.id = k.amendment
        LEFT JOIN ({_BY_SOURCE}) s ON s.source_kind = 'advance_claim' AND s.source_id = k.id::text
        WHERE coalesce(s.paid, 0) <> coalesce(s.committed, 0)
          OR -coalesce(s.paid, 0) <> CASE WHEN k.received_on IS NULL THEN 0 ELSE k.amount END
        """,
    ),
    Identity(
        "credited", "付款以后的红字发票不超过已付的", "Credit notes after a payment are within it",
        "SELECT i.reference AS subject, coalesce(y.amount, 0) AS expected, sum(k.amount) AS found FROM late_credit k"
        " JOIN invoice i ON i.id = k.invoice LEFT JOIN payment y ON y.invoice = i.id AND y.part = 'principal'"
        " AND y.status = 'paid' GROUP BY i.reference, y.amount HAVING sum(k.amount) > coalesce(y.amount, 0)",
    ),
    Identity(
        "refund", "退回或者抵扣的红字发票 = 它冲回的付款 = 它退回预算的",
        "A credit note that came back or was set off = what it unpaid and freed",
        f"""
        SELECT i.reference AS subject,
          CASE WHEN k.returned_on IS NULL AND y.status IS DISTINCT FROM 'paid' THEN 0 ELSE k.amount END AS expected,
          least(-coalesce(s.paid, 0), -coalesce(s.committed, 0)) AS found
        FROM late_credit k JOIN invoice i ON i.id = k.invoice LEFT JOIN payment y ON y.id = k.set_off_payment
        LEFT JOIN ({_BY_SOURCE}) s ON s.source_kind = 'late_credit' AND s.source_id = k.id::text
        WHERE coalesce(s.paid, 0) <> coalesce(s.committed, 0) OR -coalesce(s.paid, 0) <>
          CASE WHEN k.returned_on IS NULL AND y.status IS DISTINCT FROM 'paid' THEN 0 ELSE k.amount END
        """,
    ),
    Identity(
        "voucher_line", "凭证里的一笔 = 付款 − 抵扣的红字发票",
        "A line of a voucher = its payment less what is set off",
        "SELECT f.number || ' ' || l.number AS subject, y.amount - coalesce(k.amount, 0) AS expected,"
        " l.amount AS found FROM voucher_line l JOIN voucher_file f ON f.id = l.voucher_file"
        " JOIN payment y ON y.id = l.payment LEFT JOIN (SELECT set_off_payment, sum(amount) AS amount FROM late_credit"
        " GROUP BY 1) k ON k.set_off_payment = y.id WHERE l.amount <> y.amount - coalesce(k.amount, 0)",
    ),
    Identity(
        "opening", "带入时已付 = 它的付款记账 = 没有发票而已付的节点",
        "What was paid before a contract was brought in = its posting = its milestones paid without an invoice",
        f"""
        SELECT c.reference AS subject, o.paid_before AS expected,
          CASE WHEN coalesce(s.paid, 0) <> o.paid_before THEN coalesce(s.paid, 0) ELSE coalesce(m.amount, 0) END
          AS found
        FROM contract_opening o JOIN contract c ON c.id = o.contract
        LEFT JOIN ({_BY_SOURCE}) s ON s.source_kind = 'contract_opening' AND s.source_id = o.id::text
        LEFT JOIN (SELECT n.contract, sum(n.amount) AS amount FROM contract_milestone n
          LEFT JOIN acceptance a ON a.milestone = n.id WHERE n.status = 'paid' AND NOT EXISTS
            (SELECT 1 FROM invoice i WHERE i.advance = n.id OR i.acceptance = a.id) GROUP BY n.contract) m
          ON m.contract = o.contract
        WHERE coalesce(s.paid, 0) <> o.paid_before OR coalesce(m.amount, 0) <> o.paid_before
        """,
    ),
    Identity(
        "voucher", "国库凭证合计 = 其中各笔付款", "A voucher file = its payments",
        # a file of subsidies pays the lines of its run but what is held for want of an account
        "SELECT f.number AS subject, f.total AS expected, coalesce(sum(y.amount), 0) AS found FROM voucher_file f"
        " LEFT JOIN (SELECT voucher_file, amount FROM voucher_line UNION ALL SELECT r.voucher_file, s.amount"
        " FROM subsidy_run r JOIN subsidy_line s ON s.run = r.id UNION ALL SELECT r.voucher_file, -h.amount"
        " FROM subsidy_run r JOIN subsidy_payment h ON h.run = r.id AND h.status = 'held') y ON y.voucher_file = f.id"
        " GROUP BY f.id, f.number, f.total HAVING f.total <> coalesce(sum(y.amount), 0)",
    ),
    Identity(
        "subsidy.run", "一次补贴合计 = 其中各条明细", "A run of subsidies = its lines",
        "SELECT r.reference AS subject, coalesce(s.amount, 0) AS expected, r.total AS found FROM subsidy_run r"
        " LEFT JOIN (SELECT run, sum(amount) AS amount FROM subsidy_line GROUP BY 1) s ON s.run = r.id"
        " WHERE r.total <> coalesce(s.amount, 0)",
    ),
    Identity(
        "subsidy.payment", "每人的补贴付款 = 这个人的各条明细", "A person's subsidy payment = the person's lines",
        "SELECT r.reference || ' ' || y.number AS subject, coalesce(s.amount, 0) AS expected, y.amount AS found"
        " FROM subsidy_payment y JOIN subsidy_run r ON r.id = y.run LEFT JOIN (SELECT run, worker_key, sum(amount)"
        " AS amount FROM subsidy_line GROUP BY 1, 2) s ON s.run = y.run AND s.worker_key = y.worker_key"
        " WHERE y.amount <> coalesce(s.amount, 0)",
    ),
    *(Identity(
        f"deposit.{part}", f"保证金{word} = 各笔收退之和",
        f"{part.capitalize()} of a deposit = the sum of its movements",
        f"SELECT d.reference AS subject, coalesce(m.amount, 0) AS expected, d.{part} AS found FROM deposit d"
        f" LEFT JOIN (SELECT deposit, sum({moved}) AS amount FROM deposit_movement GROUP BY deposit) m"
        f" ON m.deposit = d.id WHERE d.{part} <> coalesce(m.amount, 0)",
    ) for part, word, moved in (
        ("received", "收到", "CASE kind WHEN 'receive' THEN amount ELSE 0 END"),
        ("held", "现存", "CASE WHEN kind = 'receive' THEN amount WHEN kind IN ('return', 'forfeit') THEN -amount ELSE 0"
                         " END"),
        ("returned", "已退还", "CASE kind WHEN 'return' THEN amount ELSE 0 END"),
        ("forfeited", "不予退还", "CASE kind WHEN 'forfeit' THEN amount ELSE 0 END"),
        ("interest", "资金占用费", "CASE kind WHEN 'interest' THEN amount ELSE 0 END"),
    )),
    Identity(
        "deposits", "收到的保证金 = 现存 + 已退还 + 不予退还", "Deposits in = held + returned + forfeited",
        "SELECT d.reference AS subject, d.received AS expected, d.held + d.returned + d.forfeited AS found"
        " FROM deposit d WHERE d.received <> d.held + d.returned + d.forfeited",
    ),
    *ACCOUNT_IDENTITIES,
    # what the pages say, last: a broken cause is named before what it makes them say
    Identity(
        "price_paid", "合同显示的已付 = 预算额度为它记的已付",
        "What a contract is said to have been paid = its paid postings",
        f"""
        SELECT w.reference AS subject, w.paid AS expected, w.posted AS found FROM (
          SELECT c.reference, {PAID} AS paid, coalesce(p.paid, 0) AS posted FROM contract c
          LEFT JOIN (SELECT coalesce(i.contract, n.contract, x.contract, o.contract) AS contract, sum(s.paid) AS paid
            FROM ({_BY_SOURCE}) s
            LEFT JOIN payment y ON s.source_kind = 'payment' AND y.id::text = s.source_id AND y.part = 'principal'
            LEFT JOIN invoice i ON i.id = y.invoice
            LEFT JOIN late_credit k ON s.source_kind = 'late_credit' AND k.id::text = s.source_id
            LEFT JOIN invoice n ON n.id = k.invoice
            LEFT JOIN advance_claim q ON s.source_kind = 'advance_claim' AND q.id::text = s.source_id
            LEFT JOIN contract_amendment x ON x.id = q.amendment
            LEFT JOIN contract_opening o ON s.source_kind = 'contract_opening' AND o.id::text = s.source_id
            WHERE s.source_kind IN ('payment', 'late_credit', 'advance_claim', 'contract_opening') GROUP BY 1) p
            ON p.contract = c.id) w
        WHERE w.paid <> w.posted
        """,
    ),
)  # fmt: skip


_ALL = " UNION ALL ".join(
    f"SELECT {place} AS place, subject, expected, found FROM ({identity.sql}) i{place}"
    for place, identity in enumerate(IDENTITIES)
)


async def first_difference() -> Difference | None:
    """The first row that breaks an identity, in the order of the identities; None when all hold."""
    row = await fetchrow(f"SELECT * FROM ({_ALL}) broken ORDER BY place, subject LIMIT 1")
    return Difference(IDENTITIES[row["place"]], row["subject"], row["expected"], row["found"]) if row else None


async def postings_counted() -> int:
    """How many postings the proof went over."""
    return int(await fetchval("SELECT count(*) FROM ledger_posting"))
