"""What is reported unasked, by the kind of emergency and its age. The typhoon has a file of its own."""

from random import Random

from clients.drill import typhoon

_OTHER: dict[str, tuple[tuple[str, str], ...]] = {
    "hazchem": (
        ("hazard", "{place}闻到刺激性气味,已通知居民关窗,往侧风向撤。"),
        ("hazard", "{place}监测读数上升后回落,路口继续管控。"),
        ("other", "{place}警戒线内人员清空,逐户做了标记。"),
        ("other", "{place}集合点登记{many}人,情绪稳定,饮水发放中。"),
        ("road_blocked", "{place}救援通道有社会车辆,正在劝离。"),
        ("people_trapped", "{place}有{few}户敲门无人应答,已报公安核查。"),
        ("hazard", "{place}雨水口见有色水体,已封堵取样。"),
    ),
    "crowd": (
        ("other", "{place}入口排队约{many}人,蛇形缓进,秩序正常。"),
        ("hazard", "{place}东侧通道偏挤,已改单向通行。"),
        ("other", "{place}停车场已满,外围正在分流。"),
        ("other", "{place}走失儿童一名,已交岗位看护,正广播寻人。"),
        ("hazard", "{place}一处护栏倾斜,已扶正加固,留人看守。"),
        ("people_trapped", "{place}一名游客中暑,已送医疗点。"),
    ),
}
_ANY = (
    ("other", "{place}现场人员到位,情况平稳。"),
    ("hazard", "{place}发现一处隐患,已设警示,派人看守。"),
    ("road_blocked", "{place}道路通行缓慢,正在疏导。"),
    ("other", "{place}群众已逐户告知,配合较好。"),
)


def lively(kind: str, minute: float) -> float:
    return typhoon.LIVELY[typhoon.phase(minute)] if kind in ("typhoon", "flood") else 0.6


def danger(kind: str, minute: float) -> float:
    """The share of calls for help among what a team reports."""
    return typhoon.DANGER[typhoon.phase(minute)] if kind in ("typhoon", "flood") else 0.015


def sentence(kind: str, minute: float, place: str, chance: Random) -> tuple[str, str]:
    """(situation kind, text)."""
    pool = (
        typhoon.SENTENCES[typhoon.phase(minute)] if kind in ("typhoon", "flood") else _OTHER.get(kind, _ANY)
    )
    what, text = chance.choice(pool)
    numbers = {
        "few": chance.randint(1, 4),
        "many": chance.randint(2, 30) * 10,
        "cm": chance.randint(2, 9) * 5,
    }
    return what, text.format(place=place, **numbers)
