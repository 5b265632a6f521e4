"""How long what is kept: procurement files by law, traces of signing in only while they serve."""

from __future__ import annotations

from datetime import date, datetime

from marketplace.kernel.db import execute
from marketplace.kernel.rulebook import number

FILES = "R-TIME-29"

# nothing of these is part of a procurement file; by real time
_TRACES = (
    "DELETE FROM web_session WHERE expires_at < clock_timestamp() - interval '1 day'",
    "DELETE FROM used_code WHERE step < extract(epoch FROM clock_timestamp()) / 30 - 100",
    "DELETE FROM password_reset WHERE expires_at < clock_timestamp() - interval '30 days'",
    "DELETE FROM address_confirmation WHERE ended_at < clock_timestamp() - interval '30 days'",
    "DELETE FROM join_request WHERE status = 'asked' AND expires_at < clock_timestamp() - interval '1 day'",
    "DELETE FROM join_request WHERE answered_at < clock_timestamp() - interval '90 days'",
    "DELETE FROM sign_in_failure WHERE failed_at < clock_timestamp() - interval '1 day'",
    "DELETE FROM invitation WHERE used_at IS NULL AND expires_at < clock_timestamp() - interval '90 days'",
)


def files_kept_until(ended_on: date) -> date:
    """The first day on which the files of a purchase that ended on a day may go (R-TIME-29)."""
    years = int(number(FILES, ended_on))
    try:
        return ended_on.replace(year=ended_on.year + years)
    except ValueError:  # the 29th of February
        return date(ended_on.year + years, 3, 1)


async def forget_traces(_: datetime) -> None:
    """Delete what no law keeps and nothing needs any more."""
    for sql in _TRACES:
        await execute(sql)
