"""Photos over a bad network: parts, resuming, and files that are whole or not there."""

import asyncio
import hashlib
import os
from pathlib import Path

import msgspec
import pytest

from server.store import Store
from server.store.uploads import DigestMismatch, OffsetMismatch, UnknownUpload, UploadRow, UploadTooLong
from tests.contracts.conftest import OpenStore

PHOTO = bytes(range(256)) * 40


async def begin(store: Store, content: bytes = PHOTO, log: str = "310116") -> UploadRow:
    digest = hashlib.sha256(content).hexdigest()
    return await store.uploads.create(log, "wang", "现场.jpg", len(content), "image/jpeg", digest, 1000)


async def finished(store: Store, content: bytes = PHOTO, log: str = "310116") -> str:
    upload = await begin(store, content, log)
    await store.uploads.append(upload.id, 0, content)
    return (await store.uploads.finish(upload.id, 2000)).sha256


async def test_an_upload_in_pieces_becomes_one_file(store: Store, open_store: OpenStore) -> None:
    upload = await begin(store)
    assert await store.uploads.append(upload.id, 0, PHOTO[:4000]) == 4000
    other = await open_store()
    assert (await other.uploads.find(upload.id)).offset == 4000
    assert await other.uploads.append(upload.id, 4000, PHOTO[4000:]) == len(PHOTO)
    blob = await store.uploads.finish(upload.id, 2000)
    assert (blob.name, blob.type, blob.size, blob.account, blob.at) == (
        "现场.jpg",
        "image/jpeg",
        10240,
        "wang",
        2000,
    )
    path = await store.blobs.open_blob("310116", blob.sha256)
    assert path is not None
    assert path.read_bytes() == PHOTO
    assert path.parts[-3:] == (blob.sha256[:2], blob.sha256[2:4], blob.sha256)
    # whose answer was lost asks again: where it stands, and for the file
    assert (await store.uploads.find(upload.id)).offset == len(PHOTO)
    assert await store.uploads.finish(upload.id, 3000) == msgspec.structs.replace(blob, at=3000)
    with pytest.raises(OffsetMismatch):
        await store.uploads.append(upload.id, 0, PHOTO[:4000])


async def test_of_many_who_finish_an_upload_at_once_all_are_told(store: Store) -> None:
    upload = await begin(store)
    await store.uploads.append(upload.id, 0, PHOTO)
    blobs = await asyncio.gather(*(store.uploads.finish(upload.id, 2000) for _ in range(6)))
    assert {blob.sha256 for blob in blobs} == {upload.sha256}


async def test_a_wrong_offset_is_answered_with_the_right_one(store: Store) -> None:
    upload = await begin(store)
    await store.uploads.append(upload.id, 0, PHOTO[:100])
    for offset in (0, 50, 200):
        with pytest.raises(OffsetMismatch) as mismatch:
            await store.uploads.append(upload.id, offset, b"x")
        assert mismatch.value.offset == 100
    with pytest.raises(OffsetMismatch) as mismatch:
        await store.uploads.finish(upload.id, 2000)
    assert mismatch.value.offset == 100


async def test_of_two_connections_with_the_same_piece_one_wins(store: Store) -> None:
    upload = await begin(store)
    tries = [store.uploads.append(upload.id, 0, PHOTO[:100]) for _ in range(4)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert results.count(100) == 1
    assert sum(isinstance(result, OffsetMismatch) for result in results) == 3


async def test_more_than_announced_is_refused(store: Store) -> None:
    upload = await begin(store)
    with pytest.raises(UploadTooLong):
        await store.uploads.append(upload.id, 0, PHOTO + b"x")
    assert (await store.uploads.find(upload.id)).offset == 0


async def test_other_bytes_than_announced_are_thrown_away(store: Store) -> None:
    upload = await begin(store)
    await store.uploads.append(upload.id, 0, PHOTO[:-1] + b"!")
    with pytest.raises(DigestMismatch):
        await store.uploads.finish(upload.id, 2000)
    with pytest.raises(UnknownUpload):
        await store.uploads.append(upload.id, 0, PHOTO)
    assert await store.blobs.open_blob("310116", upload.sha256) is None


async def test_a_finish_repeated_after_a_crash_finishes(store: Store, tmp_path: Path) -> None:
    upload = await begin(store)
    await store.uploads.append(upload.id, 0, PHOTO)
    store.blobs.place(tmp_path / "blobs" / "parts" / upload.id, upload.sha256)  # and here the process died
    blob = await store.uploads.finish(upload.id, 2000)
    assert await store.blobs.open_blob("310116", blob.sha256) is not None


async def test_a_blob_is_only_there_for_the_log_that_has_it(store: Store) -> None:
    digest = await finished(store)
    assert await store.blobs.open_blob("drill", digest) is None
    assert await store.blobs.open_blob("310116", "../../etc/passwd") is None
    assert await store.blobs.find("310116", "ab" * 32) is None


@pytest.mark.parametrize("name", ["", "ab", "../" * 20 + "etc", "AB" * 32, "g" * 64])
async def test_a_name_that_is_no_digest_is_refused(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        await store.uploads.create("310116", "wang", "a", 1, "image/jpeg", name, 1)


async def test_a_file_goes_with_the_last_log_that_has_it(store: Store) -> None:
    digest = await finished(store)
    assert digest == await finished(store, log="drill")
    path = await store.blobs.open_blob("drill", digest)
    assert path is not None
    await store.blobs.forget_log("310116")
    assert await store.blobs.sweep(grace=-1) == 0
    await store.blobs.forget_log("drill")
    assert await store.blobs.sweep() == 0  # within the grace
    assert await store.blobs.sweep(grace=-1) == 1
    assert not path.exists()


async def test_a_file_is_kept_for_its_time_and_no_longer(store: Store) -> None:
    """As recordings are: those of one account, before a time."""
    digest = await finished(store)
    row = await store.blobs.find("310116", digest)
    assert row is not None
    await store.blobs.forget_older(row.account, before=row.at)
    await store.blobs.forget_older("somebody else", before=row.at + 1)
    assert await store.blobs.open_blob("310116", digest) is not None
    await store.blobs.forget_older(row.account, before=row.at + 1)
    assert await store.blobs.open_blob("310116", digest) is None
    assert await store.blobs.sweep(grace=-1) == 1


async def test_stale_parts_are_purged(store: Store, tmp_path: Path) -> None:
    old = await begin(store)
    stray = tmp_path / "blobs" / "parts" / "stray"
    stray.touch()
    os.utime(stray, (0, 0))
    assert await store.uploads.purge(before=1000) == 0
    assert (await store.uploads.find(old.id)).offset == 0
    assert await store.uploads.purge(before=1001) == 1
    assert list(stray.parent.iterdir()) == []
