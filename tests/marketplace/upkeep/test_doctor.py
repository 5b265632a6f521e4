"""The doctor says what is wrong and what to do, changes nothing, and counts nothing that waits."""

from __future__ import annotations

import dataclasses
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from marketplace.gateways.signing import AUDIT_KEY, make_or_load_key
from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.i18n import say
from marketplace.kernel.private_columns import read_keys
from marketplace.kernel.settings import Settings
from marketplace.migrate_command import migrations_hash
from marketplace.upkeep import doctor
from marketplace.upkeep.doctor import Finding, State, examine
from marketplace.upkeep.doctor_command import as_json, lines
from tests.cast import enter_cast


def states(found: list[Finding]) -> dict[str, State]:
    """The worst state of each part."""
    worst: dict[str, State] = {}
    for each in found:
        if worst.get(each.part, State.GOOD) is not State.BAD:
            worst[each.part] = each.state
    return worst


def at(folder: Path, settings: Settings, **changed: Any) -> Settings:
    """The tests' settings with folders of their own."""
    return dataclasses.replace(
        settings, var_folder=folder, documents_folder=folder / "documents", keys_folder=folder / "keys",
        mail_folder=folder / "mail", s3_bucket="", smtp_host="", clamd="", **changed,
    )  # fmt: skip


async def test_a_sound_database_is_found_sound(db: Any, clock: Any, settings: Settings) -> None:
    await enter_cast(await clock.now())
    await execute("UPDATE installation SET migrations_hash = $1", migrations_hash())
    found = states(await examine(settings, [("database", doctor.check_database), ("people", doctor.check_people)]))
    assert found == {"database": State.GOOD, "migrations": State.GOOD, "people": State.GOOD}


async def test_what_is_missing_is_named_with_the_way_out(db: Any, clock: Any, settings: Settings) -> None:
    await execute("UPDATE installation SET migrations_hash = 'of an older version'")
    found = await examine(settings, doctor.INSIDE)
    told = states(found)
    assert told["migrations"] is State.BAD
    assert told["worker"] is State.BAD  # no worker runs beside the tests
    assert told["people"] is State.BAD
    assert all(each.way_out for each in found if each.state is not State.GOOD)
    assert any("marketplace migrate" in line for line in lines(found, "en"))
    assert {each["part"] for each in json.loads(as_json(found))} == set(told)


async def test_a_year_without_announced_holidays_is_told(db: Any, clock: Any, settings: Settings) -> None:
    await clock.set(datetime(2031, 3, 3, 1, tzinfo=UTC))
    (found,) = await examine(settings, [("calendar", doctor.check_calendar)])
    assert found.state is State.WATCH
    assert "2031" in found.found.text("en")


async def test_letters_given_up_are_counted_but_not_those_hidden_until_a_deadline(
    db: Any, clock: Any, settings: Settings
) -> None:
    now = await clock.now()
    check = [("given up", doctor.check_given_up)]
    sql = (
        "INSERT INTO outbox_message (id, kind, payload, idempotency_key, posted_at, due_at, dead_at, hidden_until)"
        " VALUES (gen_random_uuid(), 'mail', '{}', gen_random_uuid()::text, $1, $1, $1, $2)"
    )
    await execute(sql, now, now + timedelta(days=1))
    assert states(await examine(settings, check)) == {"given up": State.GOOD}
    await execute(sql, now, None)
    assert states(await examine(settings, check)) == {"given up": State.WATCH}


async def test_storage_that_takes_nothing_and_a_mail_server_that_is_away(tmp_path: Path, settings: Settings) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    ill = dataclasses.replace(
        at(tmp_path, settings), documents_folder=blocked, smtp_host="127.0.0.1", smtp_port=9, clamd="tcp://127.0.0.1:9"
    )
    found = states(
        await examine(
            ill,
            [("storage", doctor.check_storage), ("mail", doctor.check_mail), ("scanner", doctor.check_scanner)],
        )
    )
    assert found == {"storage": State.BAD, "mail": State.BAD, "scanner": State.BAD}
    sound = await examine(at(tmp_path, settings), [("storage", doctor.check_storage)])
    assert states(sound) == {"storage": State.GOOD}


async def test_keys_must_be_there_and_shut_to_others(tmp_path: Path, settings: Settings) -> None:
    own = at(tmp_path, settings)
    check = [("keys", doctor.check_keys)]
    assert states(await examine(own, check)) == {"keys": State.BAD}
    make_or_load_key(own.keys_folder / AUDIT_KEY)
    os.chmod(own.keys_folder, 0o700)
    assert states(await examine(own, check)) == {"keys": State.GOOD}
    os.chmod(own.keys_folder, 0o755)
    os.chmod(own.keys_folder / AUDIT_KEY, 0o644)
    found = await examine(own, check)
    assert states(found) == {"keys": State.BAD}
    assert str(own.keys_folder / AUDIT_KEY) in found[-1].found.text("en")


async def test_hidden_values_whose_key_is_gone_are_told_by_their_columns(
    db: Any, tmp_path: Path, settings: Settings
) -> None:
    own, check = at(tmp_path, settings), [("hidden values", doctor.check_hidden)]
    assert states(await examine(own, check)) == {"hidden values": State.GOOD}
    assert not own.keys_folder.exists(), "nothing is made by looking"
    await execute(
        "INSERT INTO organisation (id, kind, name, name_en, sort_key) VALUES"
        " (gen_random_uuid(), 'town', '赵镇', 'Zhao', '赵镇')"
    )
    await execute(
        "INSERT INTO lead (id, reference, town, village, channel, about, told, contact, came_at) SELECT"
        " gen_random_uuid(), 'X-1', id, '村', 'public', 'other', $1, '', now() FROM organisation LIMIT 1",
        read_keys(own).conceal("婆婆摔伤了", "lead.told"),
    )
    assert await fetchval("SELECT count(*) FROM lead") == 1
    told = await examine(own, check)
    assert states(told) == {"hidden values": State.GOOD} and "婆婆" not in "".join(lines(told, "zh"))
    (own.keys_folder / "columns").rename(tmp_path / "columns")
    gone = await examine(own, check)
    assert states(gone) == {"hidden values": State.BAD} and "columns" in gone[0].found.text("en")
    assert not (own.keys_folder / "columns").exists(), "no other key is made in its place"
    read_keys(own)
    assert "lead.told" in (await examine(own, check))[0].found.text("en")


@pytest.mark.parametrize(
    ("changed", "part", "state"),
    [
        ({"public_address": "http://county.example", "secure_cookies": False}, "address", State.BAD),
        ({"public_address": "https://county.example", "secure_cookies": True}, "address", State.GOOD),
        (
            {"secure_cookies": True, "stripe_key": "sk_test_1", "stripe_webhook_secret": "w"}, "online payment",
            State.BAD,
        ),
        ({"secure_cookies": True, "stripe_key": "sk_live_1", "stripe_webhook_secret": ""}, "online payment", State.BAD),
    ],
)
async def test_a_real_county_needs_tls_and_live_payment(
    tmp_path: Path, settings: Settings, changed: dict[str, Any], part: str, state: State
) -> None:
    real = at(tmp_path, settings, is_demo=False, **changed)
    assert states(await examine(real, [("address", doctor.check_address)]))[part] is state


async def test_a_check_that_fails_itself_stops_no_other(settings: Settings) -> None:
    async def fails(_: Settings) -> list[Finding]:
        raise ConnectionRefusedError

    async def works(_: Settings) -> list[Finding]:
        return [doctor.good("disk", say("好"))]

    found = states(await examine(settings, [("worker", fails), ("disk", works)]))
    assert found == {"worker": State.BAD, "disk": State.GOOD}


async def test_the_probe_is_one_document_however_often_it_is_asked(tmp_path: Path, settings: Settings) -> None:
    own = at(tmp_path, settings)
    for _ in range(3):
        await doctor.check_storage(own)
    assert len([path for path in (tmp_path / "documents").rglob("*") if path.is_file()]) == 1


async def test_nothing_of_the_county_is_changed(db: Any, clock: Any, settings: Settings) -> None:
    before = await fetchval("SELECT last_value FROM audit_entry_sequence_seq")
    await examine(settings, doctor.INSIDE)
    assert await fetchval("SELECT last_value FROM audit_entry_sequence_seq") == before
