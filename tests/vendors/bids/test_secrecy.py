"""Before the deadline nobody reads a bid, and nobody learns who bids or how many."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
import secrets
import subprocess
from decimal import Decimal
from pathlib import Path

import pyrage
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contracts.deposits.returns import return_all_due
from marketplace.kernel import devdb
from marketplace.kernel.clock import CountyClock
from marketplace.kernel.db import execute, fetch, fetchval
from marketplace.kernel.sealing import read_container
from tests.builders_catalogue import a_published_listing
from tests.builders_vendors import PDF, a_provider, a_sealed_bid, some_contents
from tests.cast import CAST
from tests.contracts.deposits.scene import a_given_guarantee, a_scene
from tests.pages import send, sign_in, words
from vendors.bids.queries import counts_by_lot
from vendors.timeline import listing_events

PRICE, TEXT, DRAFT_TEXT = "487654.32", "独门方案：夜间陪护七日轮值", "草稿里的秘密：三班轮换"


async def everything_in_the_database() -> str:
    """Every row of every table as text, bytes as they would be written and as characters."""
    tables = await fetch(
        "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) AS name FROM information_schema.tables"
        " WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
    )
    dumped: list[str] = []
    for table in tables:
        for row in await fetch(f"SELECT * FROM {table['name']}"):
            for value in row.values():
                dumped.append(value.decode("latin-1") if isinstance(value, bytes) else str(value))
    return "\n".join(dumped)


def holds(haystack: bytes | str, needle: str) -> bool:
    """Whether a text stands in bytes or in characters, in any of the ways it could be written."""
    if isinstance(haystack, str):
        ways = (needle, needle.encode().decode("latin-1"), needle.encode().hex(), repr(needle)[1:-1])
        return any(way in haystack for way in ways)
    return needle.encode() in haystack or needle.encode("utf-16-le") in haystack


async def test_a_dump_of_database_files_and_secrets_shows_no_price_and_no_text(client, clock, settings):
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    await sign_in(client, provider.username)
    base = f"/listings/{listing.reference}/lots/1/bid"
    await send(client, f"{base}/technical", {"technical_text": DRAFT_TEXT}, files={"papers": ("a.pdf", PDF)})
    await a_sealed_bid(listing.lots[0]["id"], provider, now, some_contents(Decimal(PRICE), TEXT))
    dump = await everything_in_the_database()
    assert provider.reference in dump  # the dump does hold what is there
    for secret in (PRICE, PRICE.split(".")[0], TEXT, DRAFT_TEXT, client.cookies["bid_key"]):
        assert not holds(dump, secret)
    folders = (settings.documents_folder, settings.keys_folder, settings.mail_folder)
    files = [path for folder in folders for path in Path(folder).rglob("*") if path.is_file()]
    assert files
    for path in files:
        for secret in (PRICE, TEXT, DRAFT_TEXT):
            assert not holds(path.read_bytes(), secret), path


def forms_of(text: str) -> dict[str, bytes]:
    """A text in the encodings in which something that keeps it would keep it."""
    plain = text.encode()
    pieces = [base64.b64encode(plain[at:])[: len(plain[at:]) // 3 * 4 - 4] for at in range(3)]  # wherever it stands
    return {
        "utf-8": plain, "utf-16": text.encode("utf-16-le"), "hex": plain.hex().encode(),
        "json": json.dumps(text)[1:-1].encode(), "reversed": plain[::-1],
        **{f"base64 at {at}": piece for at, piece in enumerate(pieces) if len(piece) > 7},
    }  # fmt: skip


def server_keys(settings) -> list[bytes]:
    """Every secret the server has, and every key that could be made of one by reading, decoding or hashing it."""
    found = [path.read_bytes().strip() for path in settings.keys_folder.rglob("*") if path.is_file()]
    more = [bytes.fromhex(each.decode()) for each in found if re.fullmatch(rb"([0-9a-f]{2})+", each)]
    return [*found, *more, *(hashlib.sha256(each).digest() for each in (*found, *more))]


def opens(key: bytes, blob: bytes) -> bytes | None:
    """What a key opens of a blob: AES-GCM as drafts and columns use it, or an age identity or passphrase in it."""
    for bound in (None, b""):
        with contextlib.suppress(InvalidTag, ValueError):
            return AESGCM(key[:32]).decrypt(blob[:12], blob[12:], bound)
    for line in re.findall(rb"AGE-SECRET-KEY-1[0-9A-Z]+", key):
        with contextlib.suppress(pyrage.DecryptError, pyrage.IdentityError):
            return bytes(pyrage.decrypt(blob, [pyrage.x25519.Identity.from_str(line.decode())]))
    return None


def told_by(dump: bytes, blobs: list[bytes], keys: list[bytes], secret: str) -> list[str]:
    """Every way in which dump, blobs and keys together tell a secret."""
    ways = forms_of(secret)
    found = [way for way, form in ways.items() if form in dump or any(form in blob for blob in blobs)]
    for key in keys:
        found += ["a key" for blob in blobs if any(form in (opens(key, blob) or b"") for form in ways.values())]
    return found


def age_blobs(sealed: bytes) -> list[bytes]:
    """Every age file inside a container, for keys to be tried on."""
    container = read_container(sealed)
    papers = [each for of_part in container.raw.values() for each in of_part]
    return [*container.parts.values(), *container.wraps.values(), *container.bidder_wraps.values(), *papers]


async def test_pg_dump_files_and_every_secret_of_the_server_open_no_price(committed, settings):
    now = await CountyClock().now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    await a_sealed_bid(listing.lots[0]["id"], provider, now, some_contents(Decimal(PRICE), TEXT))
    at = await fetchval("SELECT current_database()")
    command = [devdb.programs() / "pg_dump", "-h", devdb.dsn()["host"], "-U", devdb.dsn()["user"], "-d", at]
    dump = subprocess.run([str(each) for each in command], check=True, capture_output=True).stdout
    assert listing.reference.encode() in dump and provider.reference.encode() in dump
    key = await fetchval("SELECT storage_key FROM bid WHERE listing = $1", listing.id)
    sealed = (settings.documents_folder / key).read_bytes()
    files = [path.read_bytes() for path in settings.keys_folder.rglob("*") if path.is_file()]
    keys, blobs = server_keys(settings), [sealed, *files, *age_blobs(sealed)]
    assert keys
    for secret in (PRICE, TEXT):
        assert told_by(dump, blobs, keys, secret) == []
    # the search finds what is planted: in each encoding, behind a key of the server, behind an opener's key
    for way, form in forms_of(PRICE).items():
        assert way in told_by(b"x" + form, [], [], PRICE), way
    spare = secrets.token_bytes(32)
    planted = bytes(12) + AESGCM(spare).encrypt(bytes(12), PRICE.encode(), None)
    assert told_by(b"", [planted], [*keys, spare], PRICE) == ["a key"]
    opener = next(iter(listing.identities.values())).encode()
    to_opener = pyrage.encrypt(PRICE.encode(), [pyrage.x25519.Identity.from_str(opener.decode()).to_public()])
    assert told_by(b"", [to_opener], [opener], PRICE) == ["a key"]
    # and one opener alone opens nothing of the bid
    assert told_by(b"", age_blobs(sealed), [opener], PRICE) == []


async def test_nobody_learns_names_or_numbers_of_bidders_before_the_deadline(client, clock, caplog):
    now = await clock.now()
    scene = await a_scene(now)
    listing, provider = scene.listing, scene.provider
    quiet = await a_provider(now, "成都市青羊区乐助社会工作服务中心", username="lezhu")
    base = f"/listings/{listing.reference}"
    paths = (base, "/listings", "/work", "/audit", "/bids", "/", "/deposits", f"{base}/receipts",
             f"{base}/receipts/first")  # fmt: skip
    readers = [None, *[member.username for member in CAST], quiet.username]
    doors = {reader: await cookie_of(client, reader) for reader in readers}
    before = {(reader, path): await seen(client, doors[reader], path) for reader in readers for path in paths}
    caplog.clear()
    caplog.set_level("DEBUG", "marketplace")
    receipt = await a_sealed_bid(listing.lots[0]["id"], provider, now)
    given = await a_given_guarantee(scene)
    logged = [each.getMessage() for each in caplog.records if each.name.startswith("marketplace")]
    for (reader, path), was in before.items():
        now_seen = await seen(client, doors[reader], path)
        assert now_seen == was, (reader, path)
        # the audit tells that it registered, long before; that it bids is told nowhere
        assert (path == "/audit" or "和美" not in now_seen) and receipt not in now_seen, (reader, path)
        assert given["reference"] not in now_seen, (reader, path)
    for reader in readers:
        client.cookies.set("sid", doors[reader]) if doors[reader] else client.cookies.delete("sid")
        assert (await client.get(f"/deposits/{given['reference']}")).status_code in (303, 404), reader
    assert await counts_by_lot(listing.id) == [] and await listing_events(listing.id, now) == []
    assert not [line for line in logged if receipt in line or listing.reference in line or "和美" in line]
    # mail goes to the bidder alone, and a dead one is not even counted before the deadline
    letters = await fetch("SELECT payload->>'to' AS to, hidden_until FROM outbox_message WHERE payload::text LIKE $1",
                          f"%{listing.reference}%")  # fmt: skip
    assert letters and {row["hidden_until"] for row in letters} == {listing.closes_at}
    own = await fetchval("SELECT email FROM person WHERE username = $1", provider.username)
    assert {row["to"] for row in letters} == {own}


async def test_a_receipt_and_the_letters_of_a_deposit_tell_no_number_of_others(clock):
    now = await clock.now()
    scene = await a_scene(now)
    other = await a_provider(now, "成都市青羊区乐助社会工作服务中心", username="lezhu")
    numbers = [await a_sealed_bid(scene.listing.lots[0]["id"], each, now) for each in (scene.provider, other)]
    assert len({number[:12] for number in numbers}) == 2 and not any("0001" in n or "0002" in n for n in numbers)
    # withdrawn before the deadline: the deposit goes back, and the letter is counted by nobody until then
    given = await a_given_guarantee(scene)
    await execute("UPDATE bid SET status = 'withdrawn', ended_at = $2 WHERE receipt_number = $1", numbers[0], now)
    assert await return_all_due(now) == 1
    letters = await fetch("SELECT hidden_until FROM outbox_message WHERE payload::text LIKE $1",
                          f"%{given['reference']}%")  # fmt: skip
    assert letters and {row["hidden_until"] for row in letters} == {scene.listing.closes_at}


async def cookie_of(client, reader: str | None) -> str:
    """The session of a reader, signed in once; "" for visitors."""
    if reader is None:
        return ""
    await sign_in(client, reader)
    return client.cookies["sid"]


async def seen(client, session: str, path: str) -> str:
    """What a reader sees of a page, without the running clock of the demo line."""
    client.cookies.delete("sid")
    if session:
        client.cookies.set("sid", session)
    text = words((await client.get(path)).text)
    return text.split("退出")[-1] if session else text.split("登录")[-1]


async def test_after_the_deadline_the_story_says_how_many_came_and_no_names(clock):
    now = await clock.now()
    listing, provider = await a_published_listing(now), await a_provider(now)
    await a_sealed_bid(listing.lots[0]["id"], provider, now)
    await clock.set(listing.closes_at)
    events = await listing_events(listing.id, await clock.now())
    assert [event.title.text("zh") for event in events] == ["第 1 包收到 1 份封存的文件"]
