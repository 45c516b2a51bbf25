"""The group of pictures that a worker is begun with."""

from rooms.media.camera.group import MOST, Group


def test_earlier_pictures_come_a_millisecond_apart_before_the_present_one() -> None:
    group = Group()
    group.begin()
    for number in range(3):
        group.add([bytes([number])])
    found = list(group.squeezed(2.0))
    assert [payloads for payloads, _ in found] == [[b"\x00"], [b"\x01"], [b"\x02"]]
    assert [round(2.0 - at, 3) for _, at in found] == [0.003, 0.002, 0.001]


def test_a_new_key_frame_begins_a_new_group() -> None:
    group = Group()
    group.add([b"old"])
    group.begin()
    group.add([b"new"])
    assert [payloads for payloads, _ in group.squeezed(1.0)] == [[b"new"]]


def test_a_group_that_grows_without_end_is_not_kept_until_the_next_key_frame() -> None:
    group = Group()
    group.begin()
    group.add([bytes(MOST)])
    group.add([b"one more"])
    group.add([b"and one"])
    assert list(group.squeezed(1.0)) == []
    group.begin()
    group.add([b"again"])
    assert len(list(group.squeezed(1.0))) == 1
