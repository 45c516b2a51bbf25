"""Uploads over a bad network, and what may not be uploaded."""

import hashlib
import os
from typing import Any

import pytest

from tests.wire.conftest import Answer, Visit, Visitor

PNG = b"\x89PNG\r\n\x1a\n" + os.urandom(300_000)


def begin(data: bytes, **more: Any) -> dict[str, Any]:
    said = {
        "name": "堤.png",
        "size": len(data),
        "type": "image/png",
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    return said | more


async def append(who: Visitor, id: str, offset: object, data: bytes) -> Answer:
    return await who("PATCH", f"/api/uploads/{id}", data, headers={"Upload-Offset": str(offset)})


async def test_an_upload_is_resumed_where_it_stopped_and_read_by_others_of_the_log(visit: Visit) -> None:
    village, commander = await visit("310116001002"), await visit("commander")
    begun = await village("POST", "/api/uploads", begin(PNG))
    assert (begun.status, begun.said["offset"]) == (201, 0)
    id = begun.said["id"]
    assert (await append(village, id, 0, PNG[:100_000])).said == {"offset": 100_000}
    assert (await village("GET", f"/api/uploads/{id}")).said == {"offset": 100_000, "size": len(PNG)}
    for wrong in (0, 99_999, 100_001, -1, "x", ""):
        refused = await append(village, id, wrong, b"more")
        assert (refused.status, refused.code) == (409, "bad_offset"), wrong
        assert refused.said["error"]["detail"] == {"offset": 100_000}
    done = await append(village, id, 100_000, PNG[100_000:])
    sha256 = hashlib.sha256(PNG).hexdigest()
    assert done.said["blob"] == {"sha256": sha256, "name": "堤.png", "type": "image/png", "size": len(PNG)}
    read = await commander("GET", f"/api/blobs/{sha256}")
    assert (read.status, read.body, read.headers["Content-Type"]) == (200, PNG, "image/png")
    assert read.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in read.headers["Cache-Control"]
    part = await commander("GET", f"/api/blobs/{sha256}", headers={"Range": "bytes=0-7"})
    assert (part.status, part.body) == (206, PNG[:8])


async def test_an_upload_begun_again_goes_on_where_the_same_person_stopped(visit: Visit) -> None:
    village, other = await visit("310116001002"), await visit("310116001003")
    data = PNG + b"begun"
    id = (await village("POST", "/api/uploads", begin(data))).said["id"]
    await append(village, id, 0, data[:100_000])
    again = await village("POST", "/api/uploads", begin(data, name="再传.png"))  # the page was loaded anew
    assert (again.status, again.said) == (200, {"id": id, "offset": 100_000})
    assert (await other("POST", "/api/uploads", begin(data))).said["offset"] == 0  # not somebody else's
    assert (await village("POST", "/api/uploads", begin(data, type="text/plain"))).said["id"] != id
    done = await append(village, id, 100_000, data[100_000:])
    assert done.said["blob"]["size"] == len(data)


async def test_an_upload_whose_last_answer_was_lost_is_answered_again(visit: Visit) -> None:
    village = await visit("310116001002")
    data = PNG + b"lost"
    id = (await village("POST", "/api/uploads", begin(data))).said["id"]
    await append(village, id, 0, data[:100_000])
    done = await append(village, id, 100_000, data[100_000:])
    assert done.said["blob"]["size"] == len(data)
    assert (await append(village, id, 100_000, data[100_000:])).said == done.said
    assert (await village("GET", f"/api/uploads/{id}")).said == {"offset": len(data), "size": len(data)}
    assert (await append(village, id, len(data), b"")).said == done.said
    other = await visit("310116001003")
    assert (await append(other, id, 100_000, data[100_000:])).code == "not_found"


async def test_a_file_that_the_log_has_is_not_sent_again(visit: Visit) -> None:
    village, other = await visit("310116001002"), await visit("310116001003")
    data = PNG + b"known"
    id = (await village("POST", "/api/uploads", begin(data))).said["id"]
    blob = (await append(village, id, 0, data)).said["blob"]
    known = await other("POST", "/api/uploads", begin(data, name="同一张.png"))
    assert known.status == 200
    assert known.said == {"id": None, "offset": len(data), "blob": blob | {"name": "同一张.png"}}
    for change in ({"size": len(data) + 1}, {"type": "text/plain"}):  # not the same file
        assert (await other("POST", "/api/uploads", begin(data, **change))).said["offset"] == 0


async def test_a_file_of_another_log_is_not_known(visit: Visit) -> None:
    """A drill's window must not learn what the real log holds, nor name it."""
    commander = await visit("commander")
    data = PNG + b"real"
    id = (await commander("POST", "/api/uploads", begin(data))).said["id"]
    await append(commander, id, 0, data)
    drill = (await commander("POST", "/api/drills", {})).said
    there = await visit()
    there.token = drill["token"]
    begun = await there("POST", "/api/uploads", begin(data))
    await commander("DELETE", f"/api/drills/{drill['log']}")
    assert (begun.status, begun.said["offset"]) == (201, 0)


async def test_bytes_that_are_not_what_was_announced_are_thrown_away(visit: Visit) -> None:
    village = await visit("310116001002")
    id = (await village("POST", "/api/uploads", begin(PNG, sha256="0" * 64))).said["id"]
    refused = await append(village, id, 0, PNG)
    assert (refused.status, refused.code) == (400, "bad_hash")
    assert (await village("GET", f"/api/uploads/{id}")).code == "not_found"
    assert (await village("GET", f"/api/blobs/{'0' * 64}")).code == "not_found"


@pytest.mark.parametrize("type", ["text/html", "image/svg+xml", "application/x-msdownload", "", "image/PNG"])
async def test_types_that_a_browser_might_run_are_refused(visit: Visit, type: str) -> None:
    answer = await (await visit("310116001002"))("POST", "/api/uploads", begin(PNG, type=type))
    assert (answer.status, answer.code) == (415, "bad_type")


@pytest.mark.parametrize("first", [b"<html><script>", b"MZ\x90\x00", b"\x89PNG", b""])
async def test_a_file_that_does_not_look_like_its_type_is_refused(visit: Visit, first: bytes) -> None:
    village = await visit("310116001002")
    data = first + b"x" * 100
    id = (await village("POST", "/api/uploads", begin(data))).said["id"]
    refused = await append(village, id, 0, data)
    assert (refused.status, refused.code) == (415, "bad_type")


@pytest.mark.parametrize(
    ("type", "first"),
    [
        ("image/webp", b"RIFF\x10\0\0\0WEBPVP8 "),
        ("audio/mpeg", b"\xff\xfb\x90\x64"),
        ("audio/mpeg", b"ID3\x04"),
        ("audio/mp4", b"\0\0\0\x1cftypM4A "),
        ("audio/webm", b"\x1aE\xdf\xa3"),
        ("audio/ogg", b"OggS"),
        ("video/mp4", b"\0\0\0\x20ftypisom"),
        ("application/msword", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("application/vnd.ms-excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ],
)
async def test_sound_pictures_and_papers_show_what_they_are(visit: Visit, type: str, first: bytes) -> None:
    village = await visit("310116001002")
    for start, taken in ((first, True), (b"\x7fELF" + b"x" * 20, False), (b"RIFF\x10\0\0\0WAVE", False)):
        data = start + os.urandom(100)
        id = (await village("POST", "/api/uploads", begin(data, type=type))).said["id"]
        answer = await append(village, id, 0, data)
        assert answer.status == (200 if taken else 415), start


async def test_what_is_too_large_is_refused_as_early_as_possible(visit: Visit) -> None:
    village = await visit("310116001002")
    answer = await village("POST", "/api/uploads", begin(PNG, size=3 * 1024 * 1024 + 1))
    assert (answer.status, answer.code) == (413, "too_large")
    assert answer.said["error"]["detail"] == {"most": 3 << 20}
    for size in (0, -1, 2**70, 1.5, None):
        refused = await village("POST", "/api/uploads", begin(PNG, size=size))
        assert refused.code in ("bad_action", "too_large")
    id = (await village("POST", "/api/uploads", begin(PNG, size=20))).said["id"]
    more = await append(village, id, 0, PNG[:21])
    assert (more.status, more.code) == (413, "too_large")
    id = (await village("POST", "/api/uploads", begin(PNG, size=2 << 20))).said["id"]
    chunk = await append(village, id, 0, b"\x89PNG\r\n\x1a\n" + bytes(1 << 20))
    assert (chunk.status, chunk.code) == (413, "too_large")


async def test_somebody_elses_upload_is_not_there(visit: Visit) -> None:
    one, other, admin = await visit("310116001002"), await visit("310116001003"), await visit("admin")
    mine = PNG + b"mine"
    id = (await one("POST", "/api/uploads", begin(mine))).said["id"]
    for who in (other, admin):
        assert (await who("GET", f"/api/uploads/{id}")).code == "not_found"
        assert (await append(who, id, 0, mine)).code == "not_found"
    assert (await append(one, id, 0, mine)).said["offset"] == len(mine)


async def test_a_blob_is_asked_for_by_its_whole_hash_only(visit: Visit) -> None:
    village = await visit("310116001002")
    for name in ("x", "0" * 63, "F" * 64, "..%2f..%2fpingji.db", "%00"):
        answer = await village("GET", f"/api/blobs/{name}")
        assert answer.status == 404, name
