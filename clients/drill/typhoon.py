"""The simulated typhoon: outer rain, landfall, weakening, clearing; wind, rain and tide by the minute.

Minutes are of the drill's clock, counted from the switch. Sentences are what people on the spot report.
"""

from math import pi, sin
from random import Random

from msgspec import Struct

PHASES = (("approaching", 0), ("landfall", 60), ("weakening", 150), ("clearing", 270))  # from minute
LIVELY = {"approaching": 0.6, "landfall": 1.3, "weakening": 0.8, "clearing": 0.4}  # how much is reported
DANGER = {"approaching": 0.01, "landfall": 0.05, "weakening": 0.02, "clearing": 0.0}  # distress among it


class Weather(Struct, frozen=True):
    """`wind`: Beaufort; `rain`: mm an hour; `tide`: metres at the gauge, warning at 4.50."""

    wind: int
    rain: int
    tide: float


def phase(minute: float) -> str:
    return next(name for name, begins in reversed(PHASES) if minute >= begins or begins == 0)


def weather(minute: float) -> Weather:
    nearness = max(0.0, 1 - abs(minute - 105) / 200)
    tide = 3.1 + 1.1 * sin((minute - 15) / 372 * 2 * pi) + 0.9 * nearness
    return Weather(wind=round(5 + 7 * nearness), rain=round(4 + 44 * nearness**2), tide=round(tide, 2))


def bulletin(minute: float, chance: Random) -> str:
    """What a department reads from its gauges."""
    now = weather(minute)
    beyond = now.tide - 4.5
    tide = f",超警戒{beyond:.2f}米" if beyond > 0 else ""
    return chance.choice(
        (
            f"金山嘴潮位{now.tide:.2f}米{tide},沿海阵风{now.wind}级。",
            f"过去一小时面雨量{now.rain}毫米,最大小时雨强{round(now.rain * 1.4)}毫米,阵风{now.wind}级。",
            f"内河平均水位{2.2 + now.rain / 60:.2f}米,泵站开机率{min(98, 40 + now.rain)}%。",
        )
    )


SENTENCES: dict[str, tuple[tuple[str, str], ...]] = {
    "approaching": (
        ("other", "{place}风力明显加大,阵雨开始,街面行人减少。"),
        ("hazard", "{place}一处工地围挡晃动,已通知施工方加固。"),
        ("hazard", "{place}有居民阳台花盆未收,已上门劝收。"),
        ("hazard", "{place}店招松动,拉了警戒带等拆除。"),
        ("waterlogging", "{place}路口雨水口堵塞,积水5厘米,正在清掏。"),
        ("other", "{place}渔港船只全部靠泊加缆,船员已上岸。"),
        ("other", "{place}安置点第一批群众入住,热水热饭供应正常。"),
    ),
    "landfall": (
        ("waterlogging", "{place}主路积水{cm}厘米,小车无法通行,已封路设警示。"),
        ("waterlogging", "{place}小区地下车库入口进水,沙袋加高,水泵在抽。"),
        ("damage", "{place}行道树倒伏{few}株,压住非机动车棚,无人受伤。"),
        ("damage", "{place}彩钢板屋顶被掀,人员已提前转移。"),
        ("damage", "{place}大棚倒塌约{many}亩,农户已撤离。"),
        ("power_cut", "{place}停电,影响约{many}户,已报供电所。"),
        ("road_blocked", "{place}倒树横在路上,双向中断,正在锯。"),
        ("road_blocked", "{place}下穿立交积水{cm}厘米,两头封控。"),
        ("hazard", "{place}电线垂落离地一米,派人看守,请供电断电。"),
        ("hazard", "{place}海塘迎潮面浪花上塘顶,巡查人员撤到安全段。"),
        ("people_trapped", "{place}一户老人被积水围住,橡皮艇已到门口。"),
        ("people_trapped", "{place}一辆面包车涉水熄火,车内{few}人,正在救援。"),
    ),
    "weakening": (
        ("waterlogging", "{place}积水退到{cm}厘米以下,泵车继续强排。"),
        ("road_blocked", "{place}倒树已锯断,单车道恢复通行。"),
        ("damage", "{place}核到房屋漏雨{few}户,正在盖油布。"),
        ("power_cut", "{place}部分恢复供电,仍有约{many}户未通。"),
        ("other", "{place}风小了,群众要求回家,正在劝留等通知。"),
        ("hazard", "{place}一段河岸小塌方,已打桩围护。"),
    ),
    "clearing": (
        ("all_clear", "{place}积水退尽,道路畅通,警示撤除。"),
        ("all_clear", "{place}安置群众有序返家,房屋查验安全。"),
        ("other", "{place}保洁和绿化正在清运枝叶,消杀同步。"),
        ("damage", "{place}核查完毕,围墙倒塌{few}处,无人员伤亡。"),
    ),
}
