"""Every state × every action is answered: with events, with "already so", or with a documented code."""

import pytest

from server.domain import command as c
from server.domain import incident as i
from server.domain import mode as m
from server.domain.command import Step
from server.domain.message import Action
from server.domain.mode import Mode
from server.domain.refusal import Code, Rejected
from tests.world.builders import FLOOD, District, order

SWITCH: list[type[Action]] = [m.DeclareEmergency, m.ChangeLevel, m.StandDown, m.ResumeRoutine]


def in_mode(mode: Mode) -> tuple[District, str]:
    """A district in a mode, and the activation that is asked about."""
    district = District()
    if mode is Mode.ROUTINE:
        return district, "never"
    activation = district.declare()
    if mode is Mode.STANDING_DOWN:
        district.ask("commander", m.StandDown(activation=activation, reason="Dry"))
    return district, activation


def switch_action(kind: type[Action], activation: str) -> Action:
    asked: dict[type[Action], Action] = {
        m.DeclareEmergency: m.DeclareEmergency(
            scope="d", incident=FLOOD, level=i.ResponseLevel.III, reason="Rain"
        ),
        m.ChangeLevel: m.ChangeLevel(activation=activation, level=i.ResponseLevel.I, reason="More"),
        m.StandDown: m.StandDown(activation=activation, reason="Dry"),
        m.ResumeRoutine: m.ResumeRoutine(activation=activation),
    }
    return asked[kind]


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("kind", SWITCH)
def test_the_switch_answers_in_every_mode(mode: Mode, kind: type[Action]) -> None:
    district, activation = in_mode(mode)
    after = m.STEPS.get((mode, kind))
    action = switch_action(kind, activation)
    if after is None:
        code = district.refused("commander", action)
        # in routine there is no activation that could be named
        expected = m.REFUSED.get((mode, kind), Code.WRONG_MODE)
        assert code is (Code.UNKNOWN_ACTIVATION if activation == "never" else expected)
        with pytest.raises(Rejected) as refusal:
            m.step(mode, kind)
        assert refusal.value.code is expected
    else:
        assert district.ask("commander", action)
        modes = {a.mode for a in district.state.activations.values()} or {Mode.ROUTINE}
        assert modes == {after}


# yes: events; same: already so, nothing is journalled; step / over / first: the code of the refusal
ANSWERS = """
                       issued delivered acknowledged accepted relayed reported completed declined verified reassigned recalled
ConfirmDelivery        yes    yes       yes          yes      yes     yes      yes       yes      same     same       same
AcknowledgeCommand     yes    yes       same         same     same    same     same      same     over     over       over
RecordAcknowledgement  yes    yes       yes          yes      yes     yes      yes       yes      over     over       over
AcceptCommand          yes    yes       yes          same     same    same     same      step     same     over       over
DeclineCommand         yes    yes       yes          yes      step    step     step      step     over     over       over
RelayCommand           yes    yes       yes          yes      yes     yes      step      step     over     over       over
ReportProgress         yes    yes       yes          yes      yes     yes      step      step     over     over       over
CompleteCommand        yes    yes       yes          yes      yes     yes      step      step     over     over       over
VerifyDelivery         step   step      step         step     step    step     yes       step     same     over       over
SendBack               step   step      step         step     step    step     yes       yes      over     over       over
RemindDelivery         yes    yes       yes          yes      yes     yes      step      step     over     over       over
ReassignDelivery       yes    yes       yes          yes      yes     yes      step      yes      over     over       over
AmendCommand           yes    yes       yes          yes      yes     yes      yes       yes      yes      yes        over
RecallCommand          yes    yes       yes          yes      yes     yes      yes       yes      yes      yes        over
CloseCommand           yes    yes       yes          yes      yes     yes      yes       yes      yes      yes        same
"""  # noqa: E501
CODES = {"step": Code.WRONG_STEP, "over": Code.COMMAND_OVER}


def answers() -> list[tuple[str, Step, str]]:
    head, *rows = (line.split() for line in ANSWERS.strip().splitlines())
    return [(row[0], Step(step), said) for row in rows for step, said in zip(head, row[1:], strict=True)]


def at_step(step: Step) -> District:
    """The command "order" at the town "east", in a step; another row keeps it from being closed."""
    district = District()
    to = c.Addressing(units=["east", "west"])
    district.ask("commander", c.IssueCommand(order=order(), to=to), id="order")
    for done in WAYS[step]:
        district.ask("east.desk" if done in BELOW else "commander", action_named(done))
    assert district.delivery("order", "east").step is step
    return district


def action_named(name: str) -> Action:
    order_ = {"command": "order"}
    here = {"command": "order", "unit": "east"}
    asked: dict[str, Action] = {
        "ConfirmDelivery": c.ConfirmDelivery(**here, device="desk"),
        "AcknowledgeCommand": c.AcknowledgeCommand(**here),
        "RecordAcknowledgement": c.RecordAcknowledgement(command="order", unit="east", name="Old Wang"),
        "AcceptCommand": c.AcceptCommand(**here),
        "DeclineCommand": c.DeclineCommand(**here, reason="No pumps"),
        "RelayCommand": c.RelayCommand(command="order", unit="east", to=c.Addressing(units=["east1"])),
        "ReportProgress": c.ReportProgress(command="order", unit="east", unchanged=True),
        "CompleteCommand": c.CompleteCommand(**here),
        "VerifyDelivery": c.VerifyDelivery(**here),
        "SendBack": c.SendBack(**here, reason="Look again"),
        "RemindDelivery": c.RemindDelivery(**here),
        "ReassignDelivery": c.ReassignDelivery(**here, to="water", reason="Theirs"),
        "AmendCommand": c.AmendCommand(command="order", order=order("Amended")),
        "RecallCommand": c.RecallCommand(**order_, reason="False alarm"),
        "CloseCommand": c.CloseCommand(**order_),
    }
    return asked[name]


WAYS: dict[Step, list[str]] = {
    Step.ISSUED: [],
    Step.DELIVERED: ["ConfirmDelivery"],
    Step.ACKNOWLEDGED: ["AcknowledgeCommand"],
    Step.ACCEPTED: ["AcceptCommand"],
    Step.RELAYED: ["RelayCommand"],
    Step.REPORTED: ["ReportProgress"],
    Step.COMPLETED: ["CompleteCommand"],
    Step.DECLINED: ["DeclineCommand"],
    Step.VERIFIED: ["CompleteCommand", "VerifyDelivery"],
    Step.REASSIGNED: ["ReassignDelivery"],
    Step.RECALLED: ["RecallCommand"],
}
BELOW = {
    "AcknowledgeCommand",
    "ConfirmDelivery",
    "AcceptCommand",
    "DeclineCommand",
    "RelayCommand",
    "ReportProgress",
    "CompleteCommand",
}


@pytest.mark.parametrize(("name", "step", "said"), answers())
def test_a_delivery_answers_in_every_step(name: str, step: Step, said: str) -> None:
    district = at_step(step)
    who, action = ("east.desk" if name in BELOW else "commander"), action_named(name)
    if name == "ConfirmDelivery":
        action = c.ConfirmDelivery(command="order", unit="east", device="phone")
    if said in CODES:
        assert district.refused(who, action) is CODES[said]
    else:
        assert bool(district.ask(who, action)) == (said == "yes")


def test_every_step_and_every_delivery_action_is_in_the_table_of_answers() -> None:
    tried = {(name, step) for name, step, _ in answers()}
    delivery = {kind.__name__ for kind in c.OnDelivery.__subclasses__()}
    assert {step for _, step in tried} == set(Step) == set(WAYS)
    assert delivery <= {name for name, _ in tried}


def test_every_step_can_be_reached_and_left_unless_it_is_over() -> None:
    assert {after for (before, _), after in c.STEPS.items() if before is not after} == set(Step) - {
        Step.ISSUED
    }
    assert {step for step, _ in c.STEPS} == set(Step) - c.OVER


@pytest.mark.parametrize("clock", c.Clock)
def test_a_clock_runs_only_in_open_steps(clock: c.Clock) -> None:
    assert c.RUNS[clock] <= c.OPEN
