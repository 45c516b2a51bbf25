"""EDXL-RM 1.0 messages as structs, written and read with the standard library.

`write` gives a document that `edxl_structure.faults` has nothing against; `read` refuses one that it has.
Kinds of resource go into TypeStructure and units of measure into UnitOfMeasure, both as values of lists
of this deployment. Positions are GML points, latitude first. A document with a DOCTYPE is refused:
messages need none, attacks do.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from xml.etree import ElementTree as ET

import msgspec

from resources.interchange.edxl_structure import MSG, RM, faults
from server.domain.message import Position

GEO = "{urn:oasis:names:tc:emergency:EDXL:HAVE:1.0:geo-oasis}"
GML = "{http://www.opengis.net/gml}"
KINDS = "urn:pingji:resource-kinds"
MEASURES = "urn:pingji:measures"
STATUSES = "urn:pingji:dispatch-steps"
BYTES_AT_MOST = 2_000_000
_MEASURED = ("AssignmentInformation", "Quantity", "MeasuredQuantity")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadMessage(Exception):
    """Not a message of EDXL-RM 1.0; `faults` says why."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults[:5]))
        self.faults = faults


class Answer(StrEnum):
    ACCEPT = "Accept"
    DECLINE = "Decline"
    PROVISIONAL = "Provisional"


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    type: str  # one of edxl_structure.SCHEDULES
    at: int | None = None  # epoch ms
    place: str = ""
    position: Position | None = None


class Information(msgspec.Struct, frozen=True, kw_only=True):
    """One ResourceInformation: a resource, its assignment, its times."""

    id: str
    answers: str = ""  # the id of the Information that is answered
    answer: Answer | None = None
    reason: str = ""
    resource: str = ""
    name: str = ""
    kind: str = ""
    requirements: str = ""
    owner: str = ""
    status: str = ""
    availability: str = ""
    quantity: int | None = None
    measure: str = ""
    function: str = ""
    order: str = ""
    schedules: list[Schedule] = msgspec.field(default_factory=list)


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    role: str  # Sender, Requester, SubjectMatterExpert, Approver, RespondingOrg, Owner
    description: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    type: str  # one of edxl_structure.TYPES
    id: str
    sent: int  # epoch ms
    originating: str
    preceding: str = ""
    description: str = ""
    incident: str = ""
    recalls: str = ""  # the id of the message that this one takes back or replaces
    recall: str = ""  # Update, Cancel
    funding: str = ""
    contacts: list[Contact]
    resources: list[Information]


def write(message: Message) -> bytes:
    """The document. Raises BadMessage when the message cannot be one, so nothing wrong is ever sent."""
    root = ET.Element(f"{MSG}{message.type}")
    _add(root, "MessageID", message.id)
    _add(root, "SentDateTime", _time(message.sent))
    _add(root, "MessageContentType", message.type)
    _add(root, "MessageDescription", message.description)
    _add(root, "OriginatingMessageID", message.originating)
    _add(root, "PrecedingMessageID", message.preceding)
    if message.incident:
        _add(ET.SubElement(root, f"{MSG}IncidentInformation"), "IncidentID", message.incident, RM)
    if message.recalls:
        recall = ET.SubElement(root, f"{MSG}MessageRecall")
        _add(recall, "RecallMessageID", message.recalls, RM)
        _add(recall, "RecallType", message.recall, RM)
    if message.funding:
        # the schema of RequestResource spells this type out, in its own namespace
        space = MSG if message.type == "RequestResource" else RM
        _add(ET.SubElement(root, f"{MSG}Funding"), "FundingInfo", message.funding, space)
    for contact in message.contacts:
        element = ET.SubElement(root, f"{MSG}ContactInformation")
        _add(element, "ContactDescription", contact.description, RM)
        _add(element, "ContactRole", contact.role, RM)
    for information in message.resources:
        _write_information(root, information)
    if found := list(faults(root)):
        raise BadMessage(*found)
    for prefix, space in (("rmsg", MSG), ("rm", RM), ("geo-oasis", GEO), ("gml", GML)):
        ET.register_namespace(prefix, space[1:-1])
    document: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return document


def _write_information(root: ET.Element, said: Information) -> None:
    element = ET.SubElement(root, f"{MSG}ResourceInformation")
    _add(element, "ResourceInfoElementID", said.id)
    if said.answer is not None:
        response = ET.SubElement(element, f"{MSG}ResponseInformation")
        _add(response, "PrecedingResourceInfoElementID", said.answers, RM)
        _add(response, "ResponseType", said.answer.value, RM)
        _add(response, "ResponseReason", said.reason, RM)
    if said.resource or said.name or said.kind:
        resource = ET.SubElement(element, f"{MSG}Resource")
        _add(resource, "ResourceID", said.resource)
        _add(resource, "Name", said.name)
        _listed(resource, f"{MSG}TypeStructure", KINDS, said.kind)
        _add(resource, "SpecialRequirements", said.requirements)
        if said.owner:
            _add(ET.SubElement(resource, f"{MSG}OwnershipInformation"), "Owner", said.owner, RM)
        if said.status or said.availability:
            status = ET.SubElement(resource, f"{MSG}ResourceStatus")
            _listed(status, f"{MSG}DeploymentStatus", STATUSES, said.status)
            _add(status, "Availability", said.availability)
    if said.quantity is not None or said.function or said.order:
        assignment = ET.SubElement(element, f"{MSG}AssignmentInformation")
        if said.quantity is not None:
            quantity = ET.SubElement(assignment, f"{MSG}Quantity")
            measured = ET.SubElement(quantity, f"{RM}MeasuredQuantity")
            _add(measured, "Amount", str(said.quantity), RM)
            _listed(measured, f"{RM}UnitOfMeasure", MEASURES, said.measure)
        _add(assignment, "AnticipatedFunction", said.function)
        _add(assignment, "OrderID", said.order)
    for schedule in said.schedules:
        _write_schedule(element, schedule)


def _write_schedule(element: ET.Element, schedule: Schedule) -> None:
    inner = ET.SubElement(element, f"{MSG}ScheduleInformation")
    _add(inner, "ScheduleType", schedule.type)
    if schedule.at is not None:
        _add(inner, "DateTime", _time(schedule.at))
    if schedule.place or schedule.position:
        location = ET.SubElement(inner, f"{MSG}Location")
        _add(location, "LocationDescription", schedule.place, RM)
        if schedule.position:
            area = ET.SubElement(location, f"{RM}TargetArea")
            point = ET.SubElement(area, f"{GML}Point")
            _add(point, "pos", f"{schedule.position.lat} {schedule.position.lon}", GML)


def _add(parent: ET.Element, name: str, text: str, space: str = MSG) -> None:
    if text:
        # XML 1.0 has no control characters; a note with one must not stop a message
        ET.SubElement(parent, f"{space}{name}").text = "".join(c for c in text if c >= " " or c in "\t\n")


def _listed(parent: ET.Element, tag: str, urn: str, value: str) -> None:
    if value:
        element = ET.SubElement(parent, tag)
        _add(element, "ValueListURN", urn, RM)
        _add(element, "Value", value, RM)


def _time(at: int) -> str:
    return (_EPOCH + timedelta(milliseconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _NoDoctype(ET.TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise BadMessage("a DOCTYPE is not taken")


def read(document: bytes) -> Message:
    """Raises BadMessage. Elements that no struct has (credentials, prices, radio) are left out."""
    if len(document) > BYTES_AT_MOST:
        raise BadMessage("too large")
    try:
        root = ET.fromstring(document, parser=ET.XMLParser(target=_NoDoctype()))
    except ET.ParseError as bad:
        raise BadMessage(f"not XML: {bad}") from None
    if found := list(faults(root)):
        raise BadMessage(*found)
    try:
        return Message(
            type=root.tag.removeprefix(MSG),
            id=_text(root, "MessageID"),
            sent=_moment(_text(root, "SentDateTime")),
            originating=_text(root, "OriginatingMessageID"),
            preceding=_text(root, "PrecedingMessageID"),
            description=_text(root, "MessageDescription"),
            incident=_text(root, "IncidentInformation", "IncidentID"),
            recalls=_text(root, "MessageRecall", "RecallMessageID"),
            recall=_text(root, "MessageRecall", "RecallType"),
            funding=_text(root, "Funding", "FundingInfo"),
            contacts=[
                Contact(role=_text(c, "ContactRole"), description=_text(c, "ContactDescription"))
                for c in root.iterfind(f"{MSG}ContactInformation")
            ],
            resources=[_read_information(r) for r in root.iterfind(f"{MSG}ResourceInformation")],
        )
    except ValueError as bad:
        raise BadMessage(str(bad)) from None


def _read_information(element: ET.Element) -> Information:
    answer = _text(element, "ResponseInformation", "ResponseType")
    amount = _text(element, *_MEASURED, "Amount")
    if amount and not float(amount).is_integer():
        raise ValueError(f"{amount} is no whole quantity")
    return Information(
        id=_text(element, "ResourceInfoElementID"),
        answers=_text(element, "ResponseInformation", "PrecedingResourceInfoElementID"),
        answer=Answer(answer) if answer else None,
        reason=_text(element, "ResponseInformation", "ResponseReason"),
        resource=_text(element, "Resource", "ResourceID"),
        name=_text(element, "Resource", "Name"),
        kind=_text(element, "Resource", "TypeStructure", "Value"),
        requirements=_text(element, "Resource", "SpecialRequirements"),
        owner=_text(element, "Resource", "OwnershipInformation", "Owner"),
        status=_text(element, "Resource", "ResourceStatus", "DeploymentStatus", "Value"),
        availability=_text(element, "Resource", "ResourceStatus", "Availability"),
        quantity=int(float(amount)) if amount else None,
        measure=_text(
            element, "AssignmentInformation", "Quantity", "MeasuredQuantity", "UnitOfMeasure", "Value"
        ),
        function=_text(element, "AssignmentInformation", "AnticipatedFunction"),
        order=_text(element, "AssignmentInformation", "OrderID"),
        schedules=[_read_schedule(s) for s in element.iterfind(f"{MSG}ScheduleInformation")],
    )


def _read_schedule(element: ET.Element) -> Schedule:
    at = _text(element, "DateTime")
    point = element.findtext(f"{MSG}Location/{RM}TargetArea/{GML}Point/{GML}pos")
    position = None
    if point:
        lat, lon = (float(part) for part in point.split()[:2])
        position = msgspec.convert({"lat": lat, "lon": lon}, Position)
    return Schedule(
        type=_text(element, "ScheduleType"),
        at=_moment(at) if at else None,
        place=_text(element, "Location", "LocationDescription"),
        position=position,
    )


def _text(element: ET.Element, *path: str) -> str:
    """The text at the end of a path of names, in whichever of the two namespaces each stands; "" without."""
    for name in path:
        found = element.find(f"{MSG}{name}")
        if found is None:
            found = element.find(f"{RM}{name}")
        if found is None:
            return ""
        element = found
    return (element.text or "").strip()


def _moment(text: str) -> int:
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return (when - _EPOCH) // timedelta(milliseconds=1)
