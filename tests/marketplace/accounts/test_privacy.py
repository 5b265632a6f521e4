"""Hidden values cannot be read from the database, are shown for a purpose only, and people see who looked."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import httpx
import pytest

from marketplace.kernel.db import execute, fetchval
from marketplace.kernel.outbox.services import BODY, post_secret_mail
from marketplace.kernel.private_columns import ColumnKeys, UnreadableValue, conceal, read_keys, reveal, search_hash
from marketplace.kernel.settings import Settings
from marketplace.rotate_command import ENCRYPTED, rotate
from tests.cast import actor, enter_cast
from tests.pages import send, sign_in, words

PLACE = "invoice.bank_account"
ACCOUNT = "62284800001234567890"


def keys(setting: str) -> ColumnKeys:
    return read_keys(dataclasses.replace(Settings.from_environment(), column_keys=setting))


def test_a_value_is_read_again_with_its_key_only_and_in_its_column_only() -> None:
    old = keys("old:one")
    kept = old.conceal(ACCOUNT, PLACE)
    assert ACCOUNT not in kept and kept != old.conceal(ACCOUNT, PLACE)
    assert keys("new:two,old:one").reveal(kept, PLACE) == ACCOUNT
    for keyring, place in ((keys("new:two"), PLACE), (keys("old:other"), PLACE), (old, "provider.contact")):
        with pytest.raises(UnreadableValue):
            keyring.reveal(kept, place)
    assert old.conceal("", PLACE) == "" == old.reveal("", PLACE)


def test_a_value_is_found_by_its_hash_however_it_was_spaced() -> None:
    assert search_hash("6228 4800 0012 3456 7890", PLACE) == search_hash(ACCOUNT, PLACE)
    assert search_hash(ACCOUNT, PLACE) != search_hash(ACCOUNT, "provider.contact")


async def test_keys_change_and_everything_hidden_is_encrypted_anew(
    db: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = await enter_cast(await clock.now())
    before = reveal(
        await fetchval("SELECT secret FROM second_factor WHERE person = $1", people["zhou.lan"]), "second_factor.secret"
    )
    await post_secret_mail("a@county.test", "登录", "https://county.test/door/1", await clock.now())
    monkeypatch.setattr("marketplace.rotate_command.column_keys", lambda: keys("next:three"))
    assert await rotate() == await fetchval("SELECT count(*) + 1 FROM second_factor") > 1
    waiting = await fetchval("SELECT payload->>'body' FROM outbox_message WHERE payload->>'concealed' = 'yes'")
    assert keys("next:three").reveal(waiting, BODY) == "https://county.test/door/1"
    kept = await fetchval("SELECT secret FROM second_factor WHERE person = $1", people["zhou.lan"])
    assert kept.startswith("next:") and keys("next:three").reveal(kept, "second_factor.secret") == before
    assert await rotate() == 0
    # a key may be called what a pattern would take for another
    monkeypatch.setattr("marketplace.rotate_command.column_keys", lambda: keys("nex_:four,next:three"))
    assert await rotate() > 0 and await rotate() == 0


async def test_every_encrypted_column_is_known_to_the_rotation(db: Any) -> None:
    for table, column in ENCRYPTED:
        length = await fetchval(
            "SELECT character_maximum_length FROM information_schema.columns WHERE table_name = $1"
            " AND column_name = $2", table, column,
        )  # fmt: skip
        assert length is None or length >= 200  # none is a text of any length
    assert len(conceal("字" * 120, "provider.contact")) <= 1000 and len(conceal("1" * 40, PLACE)) <= 300


async def test_a_person_sees_exports_and_corrects_what_is_held(client: httpx.AsyncClient, clock: Any) -> None:
    now = await clock.now()
    await enter_cast(now)
    luo, admin = await actor("luo.jie", now), await actor("admin", now)
    await execute(
        "INSERT INTO personal_data_look (id, of_person, what, reference, purpose, seen_by, seen_at)"
        " VALUES (gen_random_uuid(), $1, '收款账号', 'FP-1', '核对退票', $2, $3)",
        luo.person_id, admin.person_id, now,
    )  # fmt: skip
    await sign_in(client, "luo.jie")
    page = words((await client.get("/my-data")).text)
    assert "核对退票" in page and "R-TIME-29" in page and "15 年" in page
    held = json.loads((await client.get("/my-data/export")).text)
    assert held["account"]["username"] == "luo.jie" and held["looks"][0]["purpose"] == "核对退票"
    for _ in range(2):
        await send(client, "/my-data/consent")
    assert await fetchval("SELECT count(*) FROM consent WHERE withdrawn_at IS NULL") == 1
    await send(client, "/my-data/consent/withdraw")
    assert await fetchval("SELECT count(*) FROM consent WHERE withdrawn_at IS NULL") == 0
    await sign_in(client, "wang.min")
    assert "核对退票" not in (await client.get("/my-data")).text
