"""`marketplace rotate column-keys`: hide every value anew, by the first of COLUMN_KEYS and COLUMN_CIPHER."""

from __future__ import annotations

import asyncio
import sys

import piccolo_conf  # noqa: F401  (names the engine before anything asks for it)
from marketplace.kernel import db
from marketplace.kernel.outbox.services import BODY
from marketplace.kernel.private_columns import column_keys

# table and column of everything that is encrypted
ENCRYPTED = (
    ("second_factor", "secret"),
    ("invoice", "bank_account"),
    ("invoice_account", "bank_account"),
    ("pay_account", "number"),
    ("subsidy_payment", "bank_account"),
    ("provider", "contact"),
    ("legal_representative_facts", "phone"),
    ("provider_account", "number"),
    ("draw", "secret_kept"),
    ("challenge", "phone"),
    ("voice", "email"),
    ("complaint", "phone"),
    ("resident", "name"),
    ("resident", "identity_number"),
    ("resident", "phone"),
    ("resident", "address"),
    ("case_guardian", "name"),
    ("case_guardian", "phone"),
    ("safeguarding_duty", "phone"),
    ("safeguarding_report", "words"),
    ("safeguarding_report", "done"),
    ("casework_entry", "words"),
    ("casework_entry", "health"),
    ("casework_entry", "disability"),
    ("visit_photo", "content"),
    ("household_check", "conclusion_note"),
    ("household_check", "neighbours_note"),
    ("household_check", "review_note"),
    ("household_check_item", "finding"),
    ("lead", "told"),
    ("lead", "contact"),
)


async def rotate() -> int:
    """Encrypt anew what another key or algorithm encrypted; gives how many values changed. Raises UnreadableValue."""
    keys, changed = column_keys(), 0
    for table, column in ENCRYPTED:
        place = f"{table}.{column}"
        async with db.transaction():
            rows = await db.fetch(
                f"SELECT id, {column} AS kept FROM {table} WHERE {column} <> '' AND NOT starts_with({column}, $1)"
                " FOR UPDATE",
                keys.mark,
            )
            fresh = [keys.conceal(keys.reveal(row["kept"], place), place) for row in rows]
            await db.execute(
                f"UPDATE {table} t SET {column} = n.kept FROM unnest($1::uuid[], $2::text[]) AS n (id, kept)"
                " WHERE t.id = n.id",
                [row["id"] for row in rows], fresh,
            )  # fmt: skip
        changed += len(rows)
    return changed + await _rotate_waiting_mails()


async def _rotate_waiting_mails() -> int:
    """Mails whose words open a door and that have not gone out yet; of the others nothing is read any more."""
    keys = column_keys()
    async with db.transaction():
        rows = await db.fetch(
            "SELECT id, payload->>'body' AS kept FROM outbox_message WHERE delivered_at IS NULL"
            " AND payload->>'concealed' = 'yes' AND NOT starts_with(payload->>'body', $1) FOR UPDATE",
            keys.mark,
        )
        fresh = [keys.conceal(keys.reveal(row["kept"], BODY), BODY) for row in rows]
        await db.execute(
            "UPDATE outbox_message o SET payload = jsonb_set(o.payload, '{body}', to_jsonb(n.kept))"
            " FROM unnest($1::uuid[], $2::text[]) AS n (id, kept) WHERE o.id = n.id",
            [row["id"] for row in rows], fresh,
        )  # fmt: skip
    return len(rows)


async def run() -> int:
    """Rotate with a pool of its own."""
    await db.open_pool(min_size=1, max_size=2)
    try:
        return await rotate()
    finally:
        await db.close_pool()


def main(argv: list[str]) -> int:
    """Say how many values changed; only then may an old key leave COLUMN_KEYS."""
    if argv != ["column-keys"]:
        print("usage: marketplace rotate column-keys", file=sys.stderr)
        return 2
    print(f"{asyncio.run(run())} values encrypted anew")
    return 0
