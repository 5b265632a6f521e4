"""Put work into the queue, in the same transaction as the change that causes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

from marketplace.kernel.late import late

queue = late("marketplace.kernel.jobs.queue")

RUN = "run_job"
# the advisory lock that the leading worker holds while it lives
TICK_LOCK = 7_240_002


async def enqueue(entrypoint: str, payload: str, after: timedelta | None = None, key: str | None = None) -> None:
    """Queue a call of one of the worker's entry points; with `key`, not while another one with it is waiting."""
    await queue.put(entrypoint, payload, after, key)


async def enqueue_job(
    name: str, arguments: Mapping[str, str], after: timedelta | None = None, key: str | None = None
) -> None:
    """Queue a job that `marketplace.worker.JOBS` names. It may run more than once and must do no harm then."""
    await enqueue(RUN, json.dumps({"job": name, "arguments": dict(arguments)}), after, key)
