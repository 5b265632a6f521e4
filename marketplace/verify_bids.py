"""Holds each sealed bid against what the audit said when it was sealed: whoever writes past the service is seen.

Rows are named by their receipt, which is random: it tells nobody how many there are.
"""

from __future__ import annotations

from marketplace.kernel.db import fetch
from marketplace.kernel.i18n import N_, Sentence, say

_DIFFER = """
SELECT coalesce(b.receipt_number, e.subject_id) AS receipt, b.id IS NULL AS is_gone, e.id IS NULL AS is_put_in
FROM bid b FULL JOIN (SELECT id, subject_id, stream, at, detail FROM audit_entry WHERE act = 'bid.sealed') e
  ON e.subject_id = b.receipt_number
WHERE b.id IS NULL OR e.id IS NULL OR b.sealed_sha256 <> e.detail->>'sha256' OR b.sealed_at <> e.at
  OR (e.stream <> 'listing:' || b.listing AND e.stream NOT LIKE 'listing:' || b.listing || ':%')
UNION ALL
SELECT b.receipt_number, false, false FROM bid b WHERE b.status = 'withdrawn' AND NOT EXISTS
  (SELECT 1 FROM audit_entry w WHERE w.act = 'bid.withdrawn' AND w.subject_id = b.receipt_number)
ORDER BY receipt
"""


async def changed_bids() -> list[Sentence]:
    """A sentence for each sealed bid that somebody removed, put in or changed past the service."""
    told = {
        (True, False): N_("回执 {receipt} 的投标文件不见了：审计里有它的封存记录，数据库里却没有这一行。"),
        (False, True): N_("回执 {receipt} 的投标文件没有封存记录：这一行不是通过本系统写入的。"),
        (False, False): N_("回执 {receipt} 的投标文件与封存记录不一致：这一行后来被改过。"),
    }
    return [say(told[row["is_gone"], row["is_put_in"]], receipt=row["receipt"]) for row in await fetch(_DIFFER)]
