"""Stateful models: hypothesis presses what it likes on the real services, and a model written from the rules agrees.

A machine runs in a thread of its own; what it presses runs in the test's loop on the test's connection. Every history
begins at the same ground, which is prepared once, and is taken back when it ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, ClassVar, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from marketplace.kernel.db import fetchval, transaction
from marketplace.kernel.errors import DomainError

T = TypeVar("T")


class Machine(RuleBasedStateMachine):
    """What every model needs: wait for services, and compare whether they let it pass with what the model says."""

    loop: ClassVar[asyncio.AbstractEventLoop]
    database: ClassVar[Any]
    ground: ClassVar[Any]

    def __init__(self) -> None:
        super().__init__()
        self.histories = self.database.pool.connection.transaction()
        self.wait(self.histories.start())
        self.entries: dict[str, int] = {}  # how many audit entries of each act the model expects

    def teardown(self) -> None:
        """Take the whole history back."""
        self.wait(self.histories.rollback())

    def wait(self, act: Coroutine[Any, Any, T]) -> T:
        """The answer of something that runs in the test's loop."""
        return asyncio.run_coroutine_threadsafe(act, self.loop).result(60)

    def press(self, act: Awaitable[Any], passes: bool, *entries: str) -> Any:
        """Do it; it passes exactly when the model says so, and leaves exactly these audit entries."""
        did, answer = self.wait(_tried(act))
        assert did == passes, f"{'passed' if did else f'refused ({answer})'}, and the model says otherwise"
        if did:
            for entry in entries:
                self.entries[entry] = self.entries.get(entry, 0) + 1
        return answer

    def check_entries(self, kind: str, subject: str, *acts: str) -> None:
        """The audit tells of each of these acts as often as it happened."""
        for act in acts:
            told = self.wait(_entries(kind, subject, act))
            assert told == self.entries.get(act, 0), f"{act}: {told} entries"


async def _tried(act: Awaitable[Any]) -> tuple[bool, Any]:
    try:
        async with transaction():
            return True, await act
    except DomainError as refused:
        return False, refused.sentence.text("zh")


async def _entries(kind: str, subject: str, act: str) -> int:
    found: int = await fetchval(
        "SELECT count(*) FROM audit_entry WHERE subject_kind = $1 AND subject_id = $2 AND act = $3", kind, subject, act
    )
    return found


FEW, MANY = 10, 60  # histories: in the ordinary suite always the same ones, among the faults others each time


async def play(machine: type[Machine], database: Any, ground: Any, histories: int = FEW, steps: int = 14) -> None:
    """Let a machine press in so many histories of so many steps."""
    loop = asyncio.get_running_loop()
    made = type(machine.__name__, (machine,), {"loop": loop, "database": database, "ground": ground})
    how = settings(
        max_examples=histories, stateful_step_count=steps, deadline=None, database=None, derandomize=histories <= FEW,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    await asyncio.to_thread(run_state_machine_as_test, made, settings=how)
