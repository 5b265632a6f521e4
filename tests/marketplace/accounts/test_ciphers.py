"""Another algorithm for hidden columns: its name is kept with each value, and what was written before is still read."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from marketplace.kernel.ciphers import AesCipher, open_ciphers
from marketplace.kernel.db import fetchval
from marketplace.kernel.private_columns import ColumnKeys, UnreadableValue, read_keys, reveal
from marketplace.kernel.settings import Settings
from marketplace.rotate_command import rotate
from tests.cast import enter_cast
from tests.national_cipher import NationalCipher

PLACE, ACCOUNT = "invoice.bank_account", "62284800001234567890"
NATIONAL = "tests.national_cipher:NationalCipher"


def keys(folder: Path, cipher: str = "", named: str = "") -> ColumnKeys:
    settings = Settings.from_environment({"MARKETPLACE_VAR": str(folder)})
    return read_keys(dataclasses.replace(settings, column_cipher=cipher, column_keys=named))


def test_a_county_that_changes_its_cipher_reads_and_finds_what_was_written_before(tmp_path: Path) -> None:
    usual = keys(tmp_path)
    old, found_by = usual.conceal(ACCOUNT, PLACE), usual.search_hash(ACCOUNT, PLACE)
    national = keys(tmp_path, NATIONAL, "2027:secret")
    new = national.conceal(ACCOUNT, PLACE)
    assert old.startswith("folder:") and new.startswith("licensed-sm4/2027:") and ACCOUNT not in new
    assert national.reveal(old, PLACE) == national.reveal(new, PLACE) == ACCOUNT
    assert national.search_hash(ACCOUNT, PLACE) == found_by, "hashes are compared with those written before"
    with pytest.raises(UnreadableValue, match="licensed-sm4"):
        keys(tmp_path, "", "2027:secret").reveal(new, PLACE)
    for place, changed in (("provider.contact", new), (PLACE, new[:-8] + "AAAAAAA=")):
        with pytest.raises(UnreadableValue):
            national.reveal(changed, place)


def test_a_county_that_begins_with_its_own_algorithms_hashes_by_them_for_good(tmp_path: Path) -> None:
    national = keys(tmp_path, NATIONAL)
    hashed = national.search_hash(ACCOUNT, PLACE)
    assert hashed == NationalCipher().keyed_hash(national.search_key, f"{PLACE}\n{ACCOUNT}".encode())
    assert hashed != AesCipher().keyed_hash(national.search_key, f"{PLACE}\n{ACCOUNT}".encode())
    with pytest.raises(UnreadableValue, match="licensed-sm4"):
        keys(tmp_path)


def test_one_word_takes_the_national_algorithms_and_what_they_hid_is_read_after_going_back(tmp_path: Path) -> None:
    by_sm = read_keys(Settings.from_environment({"MARKETPLACE_VAR": str(tmp_path), "ALGORITHMS": "sm"}))
    hidden = by_sm.conceal(ACCOUNT, PLACE)
    assert hidden.startswith("sm4-gcm/folder:")
    usual = keys(tmp_path)
    assert usual.reveal(hidden, PLACE) == ACCOUNT and usual.conceal(ACCOUNT, PLACE).startswith("folder:")
    assert usual.search_hash(ACCOUNT, PLACE) == by_sm.search_hash(ACCOUNT, PLACE)
    with pytest.raises(ValueError, match="ALGORITHMS=gm"):
        Settings.from_environment({"ALGORITHMS": "gm"})


@pytest.mark.parametrize("setting", ["sm4", "tests.national_cipher:NATIONAL_NAME"])
def test_a_cipher_that_cannot_be_opened_is_named(setting: str) -> None:
    with pytest.raises((ValueError, AttributeError)):
        open_ciphers(setting)


async def test_rotation_brings_old_values_to_the_new_algorithm(
    db: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = await enter_cast(await clock.now())
    where = "SELECT secret FROM second_factor WHERE person = $1"
    before = reveal(await fetchval(where, people["zhou.lan"]), "second_factor.secret")
    national = read_keys(dataclasses.replace(Settings.from_environment(), column_cipher=NATIONAL))
    monkeypatch.setattr("marketplace.rotate_command.column_keys", lambda: national)
    assert await rotate() > 0 and await rotate() == 0
    kept = await fetchval(where, people["zhou.lan"])
    assert kept.startswith("licensed-sm4/folder:") and national.reveal(kept, "second_factor.secret") == before
