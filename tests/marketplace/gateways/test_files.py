import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from marketplace.gateways.files import (
    DocumentStore,
    FolderStore,
    S3Store,
    begun,
    clear_broken_parts,
    open_store,
    s3_client,
)
from marketplace.gateways.public_log import FolderLog, PublicLog, S3Log, open_heads_log
from marketplace.kernel.settings import Settings
from marketplace.kernel.unable import ContentGone

CONTRACT = "购买社会救助服务合同".encode() * 50_000


@pytest.fixture(params=["folder", "s3"])
def store(request, tmp_path: Path) -> DocumentStore:
    if request.param == "s3":
        return open_store(request.getfixturevalue("s3_settings"))
    return open_store(Settings.from_environment({"MARKETPLACE_VAR": str(tmp_path)}))


@pytest.fixture(params=["folder", "s3"])
def heads(request, tmp_path: Path) -> PublicLog:
    if request.param == "s3":
        return open_heads_log(request.getfixturevalue("s3_settings"))
    return open_heads_log(Settings.from_environment({"MARKETPLACE_VAR": str(tmp_path)}))


async def test_a_bucket_in_the_settings_means_s3(s3_settings, tmp_path):
    assert isinstance(open_store(s3_settings), S3Store)
    assert isinstance(open_heads_log(s3_settings), S3Log)
    local = Settings.from_environment({"MARKETPLACE_VAR": str(tmp_path)})
    assert isinstance(open_store(local), FolderStore)
    assert isinstance(open_heads_log(local), FolderLog)


async def test_a_document_comes_back_as_it_was(store):
    stored = await store.put(CONTRACT, "合同.pdf")
    assert (stored.sha256, stored.size, stored.name) == (
        hashlib.sha256(CONTRACT).hexdigest(),
        len(CONTRACT),
        "合同.pdf",
    )
    assert await store.get(stored.key) == CONTRACT
    assert b"".join([piece async for piece in store.stream(stored.key)]) == CONTRACT
    assert await store.exists(stored.key)


async def test_a_stream_is_kept_like_bytes(store):
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(CONTRACT), 100_000):
            yield CONTRACT[start : start + 100_000]

    assert (await store.put(pieces(), "a")).key == (await store.put(CONTRACT, "b")).key


async def test_a_document_that_is_not_there_is_said_to_be_missing(store):
    absent = "ab/" + "ab" * 32
    assert not await store.exists(absent)
    for reading in (store.get(absent), store.open(absent), begun(store.stream(absent))):
        with pytest.raises(ContentGone) as gone:
            await reading
        assert gone.value.sha256 == "ab" * 32


async def test_a_stream_that_was_begun_loses_nothing(store):
    kept, empty = await store.put(CONTRACT, "a"), await store.put(b"", "b")
    assert b"".join([piece async for piece in await begun(store.stream(kept.key))]) == CONTRACT
    assert b"".join([piece async for piece in await begun(store.stream(empty.key))]) == b""


@pytest.mark.parametrize("key", ["../../etc/passwd", "/etc/passwd", "", "ab/../../x", "ab/" + "AB" * 32])
async def test_a_key_never_leads_out_of_the_store(store, key):
    with pytest.raises(FileNotFoundError):
        await store.get(key)


async def test_a_broken_upload_leaves_nothing_behind(tmp_path):
    async def breaks() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await FolderStore(tmp_path).put(breaks(), "x")
    assert list(tmp_path.rglob("*")) == []


async def test_documents_are_not_readable_for_everyone_on_the_machine(tmp_path):
    stored = await FolderStore(tmp_path).put(b"x", "x")
    assert (tmp_path / stored.key).stat().st_mode & 0o007 == 0


async def test_published_lines_come_back_in_order(heads):
    before = await heads.lines()
    await heads.append(["one", "two"])
    await heads.append(["three"])
    assert (await heads.lines())[len(before) :] == ["one", "two", "three"]


async def test_a_line_torn_by_a_crash_is_left_out_and_the_next_stands_alone(tmp_path):
    log = FolderLog(tmp_path / "heads.jsonl")
    await log.append(["one"])
    with log.path.open("ab") as file:
        file.write('{"stream":"列'.encode()[:-1])
    assert await log.lines() == ["one"]
    await log.append(["two"])
    assert await log.lines() == ["one", "two"]
    assert os.path.getsize(log.path) > 0


async def test_a_large_document_goes_to_s3_in_parts_and_a_broken_one_leaves_no_parts(s3_settings):
    client = s3_client(s3_settings)
    large = S3Store(client, s3_settings.s3_bucket)
    content = os.urandom(1024) * 20_000  # three parts
    stored = await large.put(content, "大.pdf")
    assert await large.get(stored.key) == content
    # an ETag with a number of parts is S3's own word that they came one by one
    assert client.head_object(Bucket=s3_settings.s3_bucket, Key=stored.key)["ETag"].strip('"').endswith("-3")

    class BreaksAtTheSecondPart:
        def __getattr__(self, name):
            return getattr(client, name)

        def upload_fileobj(self, file, bucket, key, **more):
            def fail(params, **_):
                if params.get("PartNumber") == 2:
                    raise ConnectionError

            client.meta.events.register("provide-client-params.s3.UploadPart", fail, unique_id="fails")
            try:
                client.upload_fileobj(file, bucket, key, **more)
            finally:
                client.meta.events.unregister("provide-client-params.s3.UploadPart", unique_id="fails")

    broken = S3Store(BreaksAtTheSecondPart(), s3_settings.s3_bucket)
    with pytest.raises(ConnectionError):
        await broken.put(os.urandom(1024) * 20_000, "断.pdf")
    assert not client.list_multipart_uploads(Bucket=s3_settings.s3_bucket).get("Uploads")


def test_parts_that_a_killed_process_left_in_s3_are_taken_back_after_a_day_and_others_stay(s3_settings):
    client, bucket, ours = s3_client(s3_settings), s3_settings.s3_bucket, f"ab/{'ab' * 32}"
    for key in (ours, "another-program"):
        begun = client.create_multipart_upload(Bucket=bucket, Key=key)
        part = {"Bucket": bucket, "Key": key, "UploadId": begun["UploadId"], "PartNumber": 1}
        client.upload_part(**part, Body=b"half")
    began = client.list_multipart_uploads(Bucket=bucket)["Uploads"][0]["Initiated"].timestamp()
    assert clear_broken_parts(client, bucket, began) == 0, "one that is under way is left alone"
    assert clear_broken_parts(client, bucket, began + 1) == 1
    assert [each["Key"] for each in client.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["another-program"]
