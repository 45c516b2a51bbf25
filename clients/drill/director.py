"""A duty commander who acts when nobody does: declares by the typhoon plan, then leads on a timeline.

Pure, a mind like any other. It steps in only when nothing has been commanded `after` seconds after the start;
whoever commands before that has the drill to themselves, but for the dispatch board, where it helps out
(`sourcing`). A follow-up that a person has issued is left out.
Minutes are of the drill's clock, counted from the switch.
"""

from collections.abc import Container
from typing import Any

import msgspec

from clients.drill import board, desk, dispatching, sourcing
from clients.drill.person import Deed, Person
from clients.drill.seen import SELF, Matter, Seen
from clients.drill.told import Activation, Plan, Template

MINUTE_MS = 60_000
ON_BOARD = (board.REQUEST, board.ORDER, board.DISCREPANCY)
PLAN_KIND = "typhoon"
FOLLOW_UPS = {  # minute → template of the plan
    8: "teams-forward",
    16: "seawall",
    66: "drain-now",
    155: "trees-roads",
    275: "damage-check",
}
LEVELS = {
    60: (2, "台风即将登陆,沿海阵风超过11级,响应提升至Ⅱ级"),
    165: (3, "台风减弱远离,响应降至Ⅲ级"),
}
AMENDS_AT, AMENDS = 24, "move-people"
AMENDED = "五、补充:转移范围扩大到内河低洼村组和沿河一楼住户,接令后请重新签收,两小时内完成。"
TICKS_EVERY = 7
STANDS_DOWN_AT = 340
REASON = "台风已远离,风雨明显减弱,积水退尽,解除应急响应"
INCIDENT: dict[str, Any] = {
    "kind": "typhoon",
    "title": "台风“海葵”(演练)影响我区",
    "grade": "larger",
    "place": "全区,重点沿海街镇",
    "colour": "orange",
    "urgency": "Immediate",
    "severity": "Severe",
    "certainty": "Likely",
}


class DirectorMind:
    """`after`: seconds of nobody commanding."""

    def __init__(self, who: Person, after: float) -> None:
        self.who = who
        self._after = after

    def where(self, seen: Seen, now: int) -> dict[str, float]:
        return self.who.home.at(now)

    def stage(self, seen: Seen, matter: Matter, done: Container[str]) -> str:
        if matter[0] in ON_BOARD:
            return self._board_stage(seen, *matter)
        if matter != SELF:
            command, duty = seen.commands.get(matter[0]), seen.duty(*matter)
            mine = self._mine(seen)
            return desk.stage(seen, command, duty) if command and duty and mine is not None else ""
        mine = self._mine(seen)
        if mine is None:
            quiet = not seen.activations and not seen.commands
            return "declare" if quiet and _plan(seen) is not None and "declare" not in done else ""
        for stage, _ in self._timeline(seen, mine):
            if stage not in done:
                return stage
        return ""

    def deed(self, seen: Seen, matter: Matter, stage: str, now: int) -> Deed | None:
        if matter[0] in ON_BOARD:
            return self._board_deed(seen, *matter, stage, now)
        if matter != SELF:
            command, duty = seen.commands[matter[0]], seen.duties[matter[0]][matter[1]]
            return desk.deed(self.who, seen, command, duty, stage, now)
        plan = _plan(seen)
        if stage == "declare":
            return None if plan is None else Deed(now + round(self._after * 1000), self._declaration(plan))
        mine = self._mine(seen)
        if mine is None or plan is None:
            return None
        minute = dict(self._timeline(seen, mine))[stage]
        at = mine.declared_at + round(minute * MINUTE_MS / self.who.pace)
        what, _, about = stage.partition(" ")
        do = self._action(seen, mine, plan, what, about)
        return None if do is None else Deed(at, do)

    def _board_stage(self, seen: Seen, what: str, id: str) -> str:
        """While a person commands it helps out, and leaves them a part."""
        if seen.emergency() is None:
            return ""
        led = self._mine(seen) is None
        if what == board.REQUEST and (request := seen.board.requests.get(id)):
            return sourcing.request_stage(self.who, seen, request, led)
        if what == board.ORDER and (order := seen.board.orders.get(id)):
            return sourcing.order_stage(self.who, seen, order) or dispatching.order_stage(
                self.who, seen, order
            )
        if what == board.DISCREPANCY and (discrepancy := seen.board.discrepancies.get(id)):
            return sourcing.discrepancy_stage(discrepancy, led)
        return ""

    def _board_deed(self, seen: Seen, what: str, id: str, stage: str, now: int) -> Deed | None:
        if what == board.REQUEST:
            return sourcing.request_deed(self.who, seen, seen.board.requests[id], stage, now)
        if what == board.DISCREPANCY:
            return sourcing.discrepancy_deed(self.who, seen.board.discrepancies[id], stage, now)
        order = seen.board.orders[id]
        if stage.startswith(("close-order", "call-back")):
            return sourcing.order_deed(self.who, order, stage, now)
        return dispatching.order_deed(self.who, seen, order, stage, now)

    def _mine(self, seen: Seen) -> Activation | None:
        """The emergency this director declared, while it stands."""
        standing = (a for a in seen.activations.values() if a.mode == "emergency")
        return next((a for a in standing if a.declared_by == self.who.account), None)

    def _timeline(self, seen: Seen, mine: Activation) -> list[tuple[str, float]]:
        """(stage, minute), in time's order."""
        steps: list[tuple[str, float]] = [("amend " + AMENDS, AMENDS_AT), ("stand-down", STANDS_DOWN_AT)]
        issued = {command.order.template for command in seen.commands.values()}
        steps += [(f"issue {id}", minute) for minute, id in FOLLOW_UPS.items() if id not in issued]
        steps += [(f"level {minute}", minute) for minute in LEVELS]
        ticks = [item.id for item in mine.checklist[:-1]]
        steps += [(f"tick {id}", TICKS_EVERY * (n + 1) + 0.5) for n, id in enumerate(ticks)]
        steps += [(f"tick {item.id}", STANDS_DOWN_AT - 1) for item in mine.checklist[-1:]]
        return sorted(steps, key=lambda step: step[1])

    def _declaration(self, plan: Plan) -> dict[str, Any]:
        return {
            "type": "DeclareEmergency",
            "scope": self.who.unit,
            "incident": INCIDENT,
            "level": plan.level,
            "reason": "市气象台发布台风橙色预警,启动防汛防台应急响应",
            "plan": plan.id,
        }

    def _action(
        self, seen: Seen, mine: Activation, plan: Plan, what: str, about: str
    ) -> dict[str, Any] | None:
        on = {"activation": mine.id}
        if what == "issue":
            template = next((t for t in plan.templates if t.id == about), None)
            return (
                None if template is None else {"type": "IssueCommand", **on, **_issued(template, mine.scope)}
            )
        if what == "level":
            level, reason = LEVELS[int(about)]
            return {"type": "ChangeLevel", **on, "level": level, "reason": reason}
        if what == "tick":
            return {"type": "TickChecklist", **on, "item": about, "done": True}
        if what == "stand-down":
            return {"type": "StandDown", **on, "reason": REASON}
        mine_too = (c for c in seen.commands.values() if c.issuer == seen.unit and not c.over)
        command = next((c for c in mine_too if c.order.template == about), None)
        if command is None:
            return None
        order = msgspec.structs.replace(command.order, text=f"{command.order.text}\n{AMENDED}")
        return {"type": "AmendCommand", "command": command.id, "order": msgspec.to_builtins(order)}


def _plan(seen: Seen) -> Plan | None:
    return next((p for p in seen.plans.values() if p.kind == PLAN_KIND and not p.retired), None)


def _issued(template: Template, scope: str) -> dict[str, Any]:
    """A plan's command as a person would issue it; "scope" in it is where the switch was thrown."""
    to = msgspec.to_builtins(template.addressing)
    to["units"] = [scope if unit == "scope" else unit for unit in to["units"]]
    to["areas"] = [
        {**area, "under": scope if area["under"] == "scope" else area["under"]} for area in to["areas"]
    ]
    order = {
        "title": template.title,
        "text": template.text,
        "priority": template.priority,
        "clocks": template.clocks,
        "relay": template.relay,
        "fields": msgspec.to_builtins(template.fields),
        "template": template.id,
    }
    return {"order": order, "to": to}
