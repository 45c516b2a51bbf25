"""What people write: progress, endings, refusals, by what the order is about. Chinese, as on the spot.

A topic is found by the first mark in the order's title, then in its text; of two the longer one counts.
"""

from collections.abc import Mapping
from random import Random

from clients.drill.told import Field, Order

_MARKS = (
    ("crowd", ("客流", "人流", "限流", "入场", "散场", "岗位", "踩踏", "接驳", "活动")),
    ("gas", ("危化", "泄漏", "警戒", "下风向", "防护", "监测", "废水", "风向", "上风向")),
    ("people", ("转移", "疏散", "避险", "安置", "返家")),
    ("coast", ("海塘", "渔船", "沿海")),
    ("water", ("排水", "积水", "水位", "泵")),
    ("trees", ("倒伏", "树木", "路障", "抢通")),
    ("hazard", ("隐患", "地下", "高空", "坠物", "排查", "巡查", "检查", "疏散通道")),
    ("duty", ("值守", "到岗", "备勤", "待命", "集结")),
    ("care", ("医疗", "救护", "救治", "走失")),
    ("damage", ("灾情", "核查", "恢复")),
)

_BEGINNING = {
    "people": (
        "包户干部已分组上门,先动员独居老人和危棚户。",
        "安置点已开门,被褥、饮水到位,第一批正在登记。",
        "工地已停工,工人正分批乘车前往安置点。",
        "有几户老人不愿走,已请子女和民警一起劝。",
    ),
    "coast": (
        "巡查组已上塘,两人一组,目前塘顶通畅。",
        "渔船陆续进港,正逐船点人头。",
        "岸线游客已劝离,入口拉了警戒带。",
    ),
    "water": (
        "泵车已到低洼点,正在架管。",
        "泵站已全开,闸门趁低潮外排。",
        "雨水口清理了一遍,树叶垃圾较多。",
    ),
    "hazard": (
        "网格员和物业分片排查,先看地下车库和老楼外立面。",
        "已逐栋通知收花盆、关门窗,群里接龙确认。",
        "沙袋和挡板搬到车库口了。",
    ),
    "trees": ("道班已出动,先清主干道。", "一处倒树压线,正等供电断电。"),
    "duty": ("人员已到岗,双人值班,电话畅通。", "队伍集结完毕,装备清点好了。"),
    "gas": (
        "路口已封,只出不进,正在逐户敲门。",
        "监测点已布好,第一组数据正常偏高。",
        "已闻到轻微异味,老人孩子先撤。",
    ),
    "crowd": ("各岗已点名到位,入口蛇形通道摆好。", "人流平稳,闸机和人工计数同时在报。"),
    "care": ("医疗点已开诊,救护车车头朝外。", "回访正在进行,登记表已建。"),
    "damage": ("分组入户核查,先看危旧房和大棚。", "正在拍照登记,数字稍后汇总。"),
    "general": ("已部署到人,正在落实。", "收到后马上开了短会,分片包干。"),
}
_MIDDLE = {
    "people": (
        "大部分已到安置点,剩余几户正在最后劝离。",
        "第二批已上车,安置点按户登记,情绪稳定。",
        "两位行动不便的老人由民兵背下楼,已妥善安置。",
    ),
    "coast": (
        "高潮位前加密巡查,未见渗漏掏空。",
        "一处护坡石松动,已抛石压固并派人盯守。",
        "船员基本上岸,余下几艘正靠泊加缆。",
    ),
    "water": (
        "水位在退,路面已见底。",
        "下穿立交积水约15厘米,封了一个方向继续抽。",
        "一台泵进水口堵塞,清掉后恢复。",
    ),
    "hazard": (
        "能当场改的都改了,余下设警示专人看着。",
        "一处脚手架绑扎松动,已要求施工单位立即加固。",
        "两块店招松动,城管正在拆。",
    ),
    "trees": ("主干道已通,正清小区门口。", "枝干集中堆放,没有堵雨水口。"),
    "duty": ("各岗正常,正在轮流巡查。", "无新情况,通信畅通。"),
    "gas": ("数据在回落,路口继续管控。", "学校和养老院已撤完,正复核名单。", "雨水口已封堵,泵车在转输。"),
    "crowd": ("已到预警线,入口缓进,外围在分流。", "东侧通道偏挤,改单向通行后缓解。"),
    "care": ("均为轻症,现场处理后离开。", "走失老人已找到,交给家属。"),
    "damage": ("过半已核,以大棚和围墙倒塌为主。", "正同步安排供电抢修和消杀。"),
    "general": ("推进顺利,暂无困难。", "按计划进行,人手够用。"),
}
_END = {
    "people": ("应转尽转,逐户复核一遍,无遗漏。", "人员全部安置到位,专人值守,不许返回。"),
    "coast": ("海塘一切正常,船只人员全部归位。", "岸线清空,险工险段有人盯守。"),
    "water": ("积水已排干,道路恢复通行。", "水位降到位,泵车留守待命。"),
    "hazard": ("排查整改完成,重点点位留人看守。", "清单全部销号,照片已存档。"),
    "trees": ("道路全部抢通,枝干已清运。", "倒伏树木处置完毕。"),
    "duty": ("值守到位,后续按两小时一报。", "备勤落实,随时可出动。"),
    "gas": ("管控到位,未再闻到异味。", "名单核对完毕,人员全部脱离危险区。"),
    "crowd": ("秩序平稳,未发生意外。", "岗位销号,现场已清。"),
    "care": ("处置完毕,回访名单已移交。", "无重症,药品补充到位。"),
    "damage": ("核查完毕,数据已由主要负责人签字。", "受灾户均已上门,生活有着落。"),
    "general": ("已按要求完成。", "落实到位,后续持续关注。"),
}
_REFUSALS = {
    "coast": ("本辖区不沿海,没有海塘和渔船,请改派沿海单位。", "本地无岸线,此项不涉及。"),
    "water": ("泵车已全部调往下穿立交,暂时抽不出设备,请就近另派。", "本单位无排水设备,请水务支援。"),
    "people": ("名册内人员上一轮已全部转移,无新增对象。",),
    "trees": ("油锯手都在另一处抢险,两小时内到不了,请改派。",),
}
_REFUSALS_ALWAYS = (
    "队员正在另一处抢险,抽不出人手,请改派就近队伍。",
    "唯一的车辆故障送修,无法按时到达,请另行安排。",
    "来路积水中断,过不去,请改派北侧队伍。",
)
_SHARES = {"coast": 0.22, "trees": 0.05, "water": 0.05}
_PASSED_ON = (
    "已转办下去,还有{waiting}家未签收,正在逐个打电话。",
    "已部署到各点,{waiting}家待签收,其余已行动。",
    "转办完毕,等首轮反馈,未签收{waiting}家。",
)


def topic_of(order: Order) -> str:
    for text in (order.title, order.text):
        found = [
            (text.index(mark), -len(mark), topic) for topic, marks in _MARKS for mark in marks if mark in text
        ]
        if found:
            return min(found)[2]
    return "general"


def topic_at(order: Order, kind: str, place: str) -> str:
    """The topic as such a unit would speak of it: who has no pumps does not speak of pumps."""
    topic = topic_of(order)
    without = kind in ("department", "team") and not any(mark in place for mark in "水镇街村区")
    return "general" if topic == "water" and without else topic


def refusal_share(topic: str, kind: str) -> float:
    """How many decline such an order."""
    return _SHARES.get(topic, 0.02) * (0.5 if kind in ("town", "department") else 1.0)


def refusal(order: Order, chance: Random) -> str:
    return chance.choice(_REFUSALS.get(topic_of(order), _REFUSALS_ALWAYS))


def progress(
    order: Order, topic: str, place: str, counts: Mapping[str, int], share: float, chance: Random
) -> str:
    """A sentence and the numbers, e.g. 塔港村:第二批已上车……。已转移人数36人,危房户数7户。"""
    stages = _BEGINNING if share < 0.5 else _MIDDLE if share < 1 else _END
    sentence = chance.choice(stages[topic])
    numbers = ",".join(_number(field, counts[field.key]) for field in order.fields if counts.get(field.key))
    start = f"{place}:" if place and chance.random() < 0.6 else ""
    return f"{start}{sentence}{numbers}{'。' if numbers else ''}"


def _number(field: Field, count: int) -> str:
    return f"{field.label}{count}{field.measure}"


def passed_on(waiting: int, chance: Random) -> str:
    if not waiting:
        return "已转办,全部签收,等首轮反馈。"
    return chance.choice(_PASSED_ON).format(waiting=waiting)


def ending(order: Order, chance: Random) -> str:
    return chance.choice(_END[topic_of(order)])
