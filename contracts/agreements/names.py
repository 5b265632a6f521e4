"""What a contract is called in each language: its own Chinese title, the English title of its listing."""

from __future__ import annotations

# for a query in which the contract is `c`; empty where the listing has no English title
TITLE_EN = (
    "(SELECT CASE WHEN named.title_en = '' OR NOT EXISTS (SELECT 1 FROM listing_lot other"
    " WHERE other.listing = named.id AND other.id <> lot_named.id)"
    " THEN named.title_en ELSE named.title_en || ', lot ' || lot_named.number END"
    " FROM listing named JOIN listing_lot lot_named ON lot_named.id = c.lot WHERE named.id = c.listing)"
)
