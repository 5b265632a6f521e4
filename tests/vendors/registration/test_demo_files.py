"""The demo county shows one whole file and one that somebody left half-done."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from marketplace.demo.county.earlier import FIRST_PROVIDER, SECOND, files_and_workers
from marketplace.demo.county.people import enter_people, enter_providers
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchval
from marketplace.kernel.settings import Settings
from vendors.registration.queries import file_facts
from vendors.registration.rules import Part, missing_parts


async def test_one_file_is_whole_and_one_half_done(clock: Any, db: Any, tmp_path: Any) -> None:
    now = await clock.now()
    settings = replace(Settings.from_environment(), documents_folder=tmp_path)
    await enter_people(now, settings)
    await enter_providers(now, settings)
    await files_and_workers(now, settings)
    missing = {}
    for username in (FIRST_PROVIDER, SECOND):
        provider = await fetchval(
            "SELECT p.id FROM provider p JOIN membership m ON m.organisation = p.organisation"
            " JOIN person x ON x.id = m.person WHERE x.username = $1",
            username,
        )
        missing[username] = missing_parts(await file_facts(provider, county_day(now)))
    assert missing[FIRST_PROVIDER] == []
    assert missing[SECOND] == [Part.REPRESENTATIVE, Part.RELATIONS, Part.STAFF, Part.ACCOUNT]
