"""Papers of a draft: locked piece by piece, bound to their place, and given back as they were."""

from __future__ import annotations

import hashlib
import io
import os
from dataclasses import replace
from uuid import uuid4

import pytest

from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.errors import DomainError
from tests.builders_catalogue import a_published_listing
from tests.builders_vendors import a_provider
from tests.conftest import TestClock
from vendors.bids.draft_box import DraftPaper, DraftPlace, lock_bytes
from vendors.bids.draft_papers import PIECE, PaperLocked, kept_paper
from vendors.bids.drafts import add_paper, attachments_of, check_room
from vendors.bids.papers import LARGEST_ATTACHMENT

KEY = os.urandom(32)


async def test_a_paper_of_several_pieces_comes_back_and_lies_locked(clock: TestClock) -> None:
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    lot, content = listing.lots[0]["id"], b"%PDF-1.7\n" + os.urandom(2 * PIECE) + b"\n%%EOF\n"
    draft = await add_paper(lot, "方案.pdf", io.BytesIO(content), KEY, provider.actor, now)
    pieces = await fetch("SELECT ciphertext FROM bid_draft_piece ORDER BY number")
    assert len(pieces) == 3 and all(content[100:200] not in each["ciphertext"] for each in pieces)
    (paper,) = await attachments_of(lot, draft, KEY, provider.actor)
    assert (paper.name, paper.size, paper.sha256) == ("方案.pdf", len(content), hashlib.sha256(content).hexdigest())
    with await paper.open() as file:
        assert file.read() == content
    (other,) = await attachments_of(lot, draft, os.urandom(32), provider.actor)
    with await other.open() as file, pytest.raises(PaperLocked):
        file.read()
    # a piece in another's place does not open
    await execute("UPDATE bid_draft_piece SET ciphertext = (SELECT ciphertext FROM bid_draft_piece WHERE number = 0)")
    with await paper.open() as file, pytest.raises(PaperLocked):
        file.read()
    await execute("DELETE FROM bid_draft")
    assert await fetchval("SELECT count(*) FROM bid_draft_piece") == 0


async def test_a_paper_kept_whole_before_there_were_pieces_still_opens(clock: TestClock) -> None:
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    lot, place = listing.lots[0]["id"], DraftPlace(listing.lots[0]["id"], provider.id)
    content = "方案".encode()
    draft = await add_paper(lot, "方案.txt", content, KEY, provider.actor, now)
    await execute("DELETE FROM bid_draft_piece")
    await execute("UPDATE bid_draft_paper SET ciphertext = $1", lock_bytes(content, KEY, place.words("paper")))
    for key, opens in ((KEY, True), (os.urandom(32), False)):
        paper = kept_paper(draft.papers[0], key, place)
        if opens:
            assert (await paper.open()).read() == content
        else:
            with pytest.raises(PaperLocked):
                await paper.open()
    with pytest.raises(PaperLocked):
        await kept_paper(replace(draft.papers[0], id=uuid4()), KEY, place).open()


def test_a_draft_takes_five_papers_of_100_mb_and_twenty_in_all() -> None:
    paper = DraftPaper(uuid4(), "a.pdf", "0" * 64, LARGEST_ATTACHMENT)
    check_room([paper] * 4, LARGEST_ATTACHMENT)
    with pytest.raises(DomainError, match="附件合计最多 500 MB"):
        check_room([paper] * 5, 1)
    with pytest.raises(DomainError, match="附件最多 20 份"):
        check_room([replace(paper, size=1)] * 20, 1)
