"""kill -9 of the process that pays, between two of its statements or before it answers: finished exactly once.

Each act of a payment runs in a process of its own that kills itself before a statement drawn by the seed, or right
after its commit; a new process does the act again.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys

import pytest

from tests.conftest import ROOT, WORKER
from tests.paying_acts import ACTS, a_month_done, check_paid_once, everything

pytestmark = pytest.mark.faults

SEED = int(os.environ.get("FAULTS_SEED", "20260504"))
# one act, killed before its statement with this number; a number beyond the last kills it before it answers
PROCESS = """
import asyncio, os, signal, sys
import piccolo_conf
from marketplace.kernel import db
from marketplace.kernel.errors import DomainError
from tests.paying_acts import ACTS, Cut

def die():
    os.kill(os.getpid(), signal.SIGKILL)

async def main(name, statements):
    await db.open_pool()
    db.connection = Cut(statements, die)
    try:
        await ACTS[name]()
    except DomainError as refused:
        print(refused)
        return
    if statements < 10_000:
        die()

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""
FAR, WHOLE = 9_999, 10_000


def run(name: str, statements: int) -> int:
    """One act in a process; gives how it ended."""
    environment = {**os.environ, "MARKETPLACE_DATABASE": f"races_{WORKER}", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-c", PROCESS, name, str(statements)]
    return subprocess.run(command, cwd=ROOT, env=environment, timeout=120).returncode


async def test_kills_between_any_two_steps_leave_a_payment_that_is_finished_exactly_once(committed: None) -> None:
    chance = random.Random(SEED)
    await a_month_done()
    for name in ACTS:
        before, killed = await everything(), 0
        for statements in sorted(chance.sample(range(1, 12), 3)):
            assert await asyncio.to_thread(run, name, statements) == -signal.SIGKILL
            if await everything() != before:
                break  # fewer statements than drawn: it was killed after its commit
            killed += 1
        if await everything() == before:
            assert await asyncio.to_thread(run, name, FAR) == -signal.SIGKILL
        after = await everything()
        assert after != before, name
        assert await asyncio.to_thread(run, name, WHOLE) == 0
        assert await everything() == after, f"{name} was done twice"
        print(f"{name}: killed {killed} times before and once after its commit, done once", flush=True)
    await check_paid_once()
