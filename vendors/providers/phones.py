"""Telephone numbers read out of what people write, and their marks beside the hidden values they stand in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from uuid import UUID

from marketplace.kernel.db import execute
from marketplace.kernel.private_columns import search_hash

PHONE_PLACE = "provider.phone"
_PHONE = re.compile(r"\+?[0-9](?:[0-9]|[ ()-]{1,2}(?=[0-9(]))*")


def phones_in(text: str) -> frozenset[str]:
    """The telephone numbers of a text in digits alone, without the country's code; 7 to 15 digits each."""
    found = (re.sub(r"[^0-9]", "", each) for each in _PHONE.findall(unicodedata.normalize("NFKC", text)))
    return frozenset(re.sub(r"^(0086|86)(?=[0-9]{10,11}$)", "", each) for each in found if 7 <= len(each) <= 15)


async def mark_phones(texts: Sequence[tuple[UUID, str]], source: str) -> None:
    """Replace the marks of providers by those of what they now say, in the caller's transaction."""
    await execute(
        "DELETE FROM phone_mark WHERE source = $1 AND provider = ANY($2::uuid[])", source, [each for each, _ in texts]
    )
    marks = [(provider, search_hash(phone, PHONE_PLACE)) for provider, text in texts for phone in phones_in(text)]
    await execute(
        "INSERT INTO phone_mark (id, provider, source, mark) SELECT gen_random_uuid(), provider, $1, mark"
        " FROM unnest($2::uuid[], $3::bytea[]) AS new (provider, mark)",
        source, [provider for provider, _ in marks], [mark for _, mark in marks],
    )  # fmt: skip
