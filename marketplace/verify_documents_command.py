"""`marketplace verify documents`: is every document what its row says? Exits 0, or 1 naming those that differ.

Reads whole each file that a row names (documents, published papers and templates, voucher files, papers of deposits,
sealed bids) and computes its SHA-256, and its SM3 where the county hashes by it. The rows of documents, papers,
templates and voucher files are held against what the audit said when they were kept: another file with another hash in
the row is seen too. That the audit itself was not changed, and the rows of sealed bids, is what `verify chain` proves.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import piccolo_conf  # noqa: F401  (names the engine before anything asks for it)
from marketplace.gateways.files import DocumentStore, open_store
from marketplace.kernel.db import close_pool, fetch, open_pool
from marketplace.kernel.hashing import SHA256, SM3, hasher
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.settings import Settings

AT_A_TIME = 500
# every column that names what lies in the store: table, how people call the file, hash, SM3, where it lies
KEPT = (
    ("document", "name", "sha256", "sm3", "storage_key"),
    ("published_paper", "title", "content_sha256", "''", "content_key"),
    ("published_paper", "title", "sha256", "''", "storage_key"),
    ("paper_template", "name", "sha256", "''", "storage_key"),
    ("voucher_file", "name", "sha256", "''", "storage_key"),
    ("deposit", "paper_name", "paper_sha256", "''", "paper_key"),
    ("bid", "receipt_number", "sealed_sha256", "''", "storage_key"),
)

# rows that are not what the audit said when they were kept: name, id, gone (only the audit knows it), put in past it
_DOCUMENTS_DIFFER = """
SELECT coalesce(d.name, e.detail->>'name') AS name, coalesce(d.id::text, e.subject_id) AS id, d.id IS NULL AS is_gone,
       e.id IS NULL AS is_put_in
FROM document d FULL JOIN (SELECT id, subject_id, detail FROM audit_entry WHERE act = 'document.uploaded') e
  ON e.subject_id = d.id::text
WHERE d.id IS NULL OR e.id IS NULL OR d.sha256 <> e.detail->>'sha256' OR d.name <> e.detail->>'name'
  OR d.sm3 <> coalesce(e.detail->>'sm3', '')
ORDER BY id
"""
_OTHERS_DIFFER = """
SELECT v.name, v.id::text FROM voucher_file v WHERE NOT EXISTS (SELECT 1 FROM audit_entry e
  WHERE e.act IN ('payment.voucher_made', 'subsidy.pay_file_made') AND e.detail->>'file' = v.number
    AND e.detail->>'sha256' = v.sha256)
UNION ALL
SELECT p.title, p.id::text FROM published_paper p WHERE NOT EXISTS (SELECT 1 FROM audit_entry e
  WHERE e.act = 'paper.published' AND e.subject_kind = 'paper' AND e.subject_id = p.subject
    AND e.detail->>'slug' = p.slug AND e.detail->>'sha256' = p.sha256)
UNION ALL
SELECT t.name, t.id::text FROM paper_template t WHERE NOT EXISTS (SELECT 1 FROM audit_entry e
  WHERE e.act = 'paper_template.replaced' AND e.subject_kind = 'paper_template' AND e.subject_id = t.paper
    AND e.detail->>'sha256' = t.sha256)
ORDER BY 2
"""


@dataclass
class Verdict:
    """What was found."""

    documents: int = 0
    by_sm3: int = 0
    faults: list[Sentence] = field(default_factory=list)


async def verify_documents(store: DocumentStore) -> Verdict:
    """Read every document that a row tells of."""
    verdict = Verdict()
    async for row in _rows():
        verdict.documents += 1
        verdict.by_sm3 += bool(row["sm3"])
        try:
            is_same = await _is_as_said(store, row["storage_key"], {SHA256: row["sha256"], SM3: row["sm3"]})
        except FileNotFoundError:
            words = N_("文件 {name}（{id}，SHA-256 {sha256}）不见了。请从备份恢复。")
            verdict.faults.append(say(words, name=row["name"], id=row["id"], sha256=row["sha256"]))
            continue
        if not is_same:
            words = N_("文件 {name}（{id}）的内容和登记的哈希值不同：它被改过。请从备份恢复，并报告审计。")
            verdict.faults.append(say(words, name=row["name"], id=row["id"]))
    verdict.faults += await changed_rows()
    return verdict


async def changed_rows() -> list[Sentence]:
    """A sentence for each row that somebody removed, put in or changed past the services."""
    told = {
        (True, False): N_("文件 {name}（{id}）的登记不见了：审计里有它的上传记录，数据库里却没有这一行。"),
        (False, True): N_("文件 {name}（{id}）没有上传记录：这一行不是通过本系统写入的。"),
        (False, False): N_("文件 {name}（{id}）的登记和审计里的不一样：这一行后来被改过。请报告审计。"),
    }
    documents = [
        say(told[row["is_gone"], row["is_put_in"]], name=row["name"], id=row["id"])
        for row in await fetch(_DOCUMENTS_DIFFER)
    ]
    others = [say(told[False, False], name=row["name"], id=row["id"]) for row in await fetch(_OTHERS_DIFFER)]
    return documents + others


async def _is_as_said(store: DocumentStore, key: str, said: dict[str, str]) -> bool:
    hashers = {algorithm: hasher(algorithm) for algorithm, value in said.items() if value}
    async for piece in store.stream(key):
        for each in hashers.values():
            each.update(piece)
    return all(each.hexdigest() == said[algorithm] for algorithm, each in hashers.items())


async def _rows() -> AsyncIterator[dict[str, str]]:
    for table, name, sha256, sm3, storage_key in KEPT:
        after = ""
        while True:
            rows = await fetch(
                f"SELECT id::text, {name} AS name, {sha256} AS sha256, {sm3} AS sm3,"
                f" {storage_key} AS storage_key FROM {table} WHERE id::text > $1 AND {storage_key} <> ''"
                f" ORDER BY id::text LIMIT {AT_A_TIME}",
                after,
            )
            for row in rows:
                yield dict(row)
            if len(rows) < AT_A_TIME:
                break
            after = rows[-1]["id"]


async def _verify() -> int:
    await open_pool(min_size=1, max_size=2)
    try:
        verdict = await verify_documents(open_store(Settings.from_environment()))
    finally:
        await close_pool()
    for fault in verdict.faults:
        print(f"{fault.text('zh')}\n{fault.text('en')}", file=sys.stderr)
    if verdict.faults:
        return 1
    found = say(
        N_("{count} 份文件都和登记的哈希值相同，其中 {sm3} 份也用 SM3 核对。"),
        count=verdict.documents, sm3=verdict.by_sm3,
    )  # fmt: skip
    print(f"{found.text('zh')}\n{found.text('en')}")
    return 0


def main(argv: Sequence[str] = ()) -> int:
    """Exit 0 when all are as they were, 1 naming those that are not."""
    return asyncio.run(_verify())
