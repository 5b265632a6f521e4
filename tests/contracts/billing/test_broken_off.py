"""A payment broken off between any two of its statements is finished exactly once; so is one whose answer was lost."""

from __future__ import annotations

from contextlib import suppress

import pytest

from marketplace.kernel import db
from marketplace.kernel.errors import Conflict
from tests.paying_acts import ACTS, Cut, PowerCut, a_month_done, check_paid_once, everything


def gone() -> None:
    """What happens instead of the next statement."""
    raise PowerCut


async def test_broken_off_anywhere_a_payment_is_finished_exactly_once(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_month_done()
    for name, act in ACTS.items():
        before, statements, is_done = await everything(), 0, False
        while not is_done:
            cut = Cut(statements, gone)
            with monkeypatch.context() as patch:
                patch.setattr(db, "connection", cut)
                try:
                    await act()
                    is_done = True
                except PowerCut:
                    statements += 1
            if not is_done:
                assert await everything() == before, f"{name} left something behind at statement {statements}"
        assert statements > 3, name
        after = await everything()
        assert after != before, name
        with suppress(Conflict):  # its answer was lost: asked again, it is told that it stands or refused in words
            await act()
        assert await everything() == after, f"{name} was done twice"
    await check_paid_once()
