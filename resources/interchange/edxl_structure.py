"""What stands where in each of the sixteen messages of EDXL-RM 1.0 (OASIS Standard incorporating errata,
2009).

Tables made from the standard's schemas, and the rules that the standard says in words. `faults` checks a
document against them: which elements a message has, in which order, how often, and which schedule types
it may carry. The schema files themselves do not ship; compared with them, the tables differ in nothing,
and every kind of message that `edxl_rm` writes is valid under them. This is not a schema processor: what
is inside addresses (xAL), parties (xPIL), areas (GML) and TypeInfo is not looked at.
"""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

RM = "{urn:oasis:names:tc:emergency:EDXL:RM:1.0}"
MSG = "{urn:oasis:names:tc:emergency:EDXL:RM:1.0:msg}"
ONE, MAYBE, SOME, ANY = (1, 1), (0, 1), (1, 10_000), (0, 10_000)
Often = tuple[int, int]

TYPES = (
    "RequestResource",
    "ResponseToRequestResource",
    "RequisitionResource",
    "CommitResource",
    "RequestInformation",
    "ResponseToRequestInformation",
    "OfferUnsolicitedResource",
    "ReleaseResource",
    "RequestReturn",
    "ResponseToRequestReturn",
    "RequestQuote",
    "ResponseToRequestQuote",
    "RequestResourceDeploymentStatus",
    "ReportResourceDeploymentStatus",
    "RequestExtendedDeploymentDuration",
    "ResponseToRequestExtendedDeploymentDuration",
)
_ANSWERS = {name for name in TYPES if name.startswith("ResponseTo")} | {"CommitResource"}
_INFORMATION = {"RequestInformation", "ResponseToRequestInformation"}
_NO_STATUS = {"RequestResource", "RequestQuote", "RequestResourceDeploymentStatus", "RequisitionResource"}
_NO_INVENTORY = {
    "ReleaseResource",
    "RequestReturn",
    "ResponseToRequestReturn",
    "RequestExtendedDeploymentDuration",
    "ResponseToRequestExtendedDeploymentDuration",
}
_NO_ORDER = {
    "RequestResource",
    "ResponseToRequestResource",
    "RequisitionResource",
    "OfferUnsolicitedResource",
    "RequestQuote",
    "ResponseToRequestQuote",
}
SCHEDULES = frozenset(
    f"{how}{what}"
    for how in ("Requested", "Estimated", "Actual")
    for what in ("Departure", "Arrival", "ReturnDeparture", "ReturnArrival")
) | {"BeginAvailable", "EndAvailable", "Committed", "Current", "ReportTo", "Route"}
_ASKED = {
    "RequestedArrival",
    "RequestedDeparture",
    "EstimatedReturnDeparture",
    "EstimatedReturnArrival",
    "ReportTo",
    "Route",
}
_OFFERED = {
    "EstimatedArrival",
    "EstimatedDeparture",
    "RequestedReturnDeparture",
    "RequestedReturnArrival",
    "BeginAvailable",
    "EndAvailable",
    "Route",
}
_RETURNED = {"ActualReturnArrival"}
_SCHEDULES: dict[str, frozenset[str]] = {
    "RequestResource": frozenset(_ASKED),
    "RequestQuote": frozenset(_ASKED),
    "RequisitionResource": frozenset(_ASKED | {"EstimatedArrival", "EstimatedDeparture"}),
    "OfferUnsolicitedResource": frozenset(_OFFERED),
    "ResponseToRequestResource": frozenset((_ASKED | _OFFERED) - {"EstimatedReturnArrival"}),
    "ResponseToRequestQuote": frozenset(_ASKED | _OFFERED),
    "CommitResource": frozenset(_ASKED | _OFFERED | {"ActualDeparture", "Committed", "Current"}),
    "ReleaseResource": SCHEDULES - _RETURNED,
    "ResponseToRequestReturn": SCHEDULES - _RETURNED,
    "RequestReturn": SCHEDULES
    - _RETURNED
    - {"EstimatedReturnDeparture", "EstimatedReturnArrival", "ActualReturnDeparture", "Current"},
    "RequestResourceDeploymentStatus": SCHEDULES - {"Current"},
    "RequestExtendedDeploymentDuration": SCHEDULES
    - _RETURNED
    - {"BeginAvailable", "EndAvailable", "ActualReturnDeparture", "Current"},
    "ResponseToRequestExtendedDeploymentDuration": SCHEDULES
    - _RETURNED
    - {"BeginAvailable", "ActualReturnDeparture", "Current"},
}


def of_message(kind: str) -> list[tuple[str, Often]]:
    preceding = ONE if kind in _ANSWERS else MAYBE
    parts = [
        ("MessageID", ONE),
        ("SentDateTime", ONE),
        ("MessageContentType", ONE),
        ("MessageDescription", ONE if kind == "RequestInformation" else MAYBE),
        ("OriginatingMessageID", ONE),
        ("PrecedingMessageID", preceding),
        ("IncidentInformation", ANY),
        ("MessageRecall", MAYBE),
        ("Funding", SOME if kind == "RequisitionResource" else ANY),
        ("ContactInformation", SOME),
        ("ResourceInformation", ANY if kind in _INFORMATION else SOME),
    ]
    absent = {
        "RequestResource": {"PrecedingMessageID"},
        "OfferUnsolicitedResource": {"PrecedingMessageID", "Funding"},
    }.get(kind, set())
    return [part for part in parts if part[0] not in absent]


def of_information(kind: str) -> list[tuple[str, Often]]:
    """What a ResourceInformation has."""
    parts = [("ResourceInfoElementID", ONE)]
    if kind in _ANSWERS - _INFORMATION:
        parts.append(("ResponseInformation", ONE))
    elif kind in (
        "ReleaseResource",
        "ReportResourceDeploymentStatus",
        "RequestQuote",
        "ResponseToRequestInformation",
    ):
        parts.append(("ResponseInformation", MAYBE))
    optional = kind in _ANSWERS | _INFORMATION | {"ReportResourceDeploymentStatus"}
    return [
        *parts,
        ("Resource", MAYBE if optional else ONE),
        ("AssignmentInformation", ONE if kind == "RequisitionResource" else MAYBE),
        ("ScheduleInformation", ANY),
    ]


def of_resource(kind: str) -> list[tuple[str, Often]]:
    parts = [
        ("ResourceID", MAYBE),
        ("Name", MAYBE),
        ("TypeStructure", MAYBE),
        ("TypeInfo", MAYBE),
        ("Keyword", ANY),
        ("Description", MAYBE),
        ("Credentials", MAYBE),
        ("Certifications", MAYBE),
        ("SpecialRequirements", MAYBE),
    ]
    if kind != "RequestResource":
        parts += [("ResponsibleParty", MAYBE), ("OwnershipInformation", MAYBE)]
    if kind not in _NO_STATUS:
        parts.append(("ResourceStatus", ONE if kind == "ResponseToRequestReturn" else MAYBE))
    return parts


def of_status(kind: str) -> list[tuple[str, Often]]:
    need = ONE if kind == "ResponseToRequestReturn" else MAYBE
    parts = [] if kind in _NO_INVENTORY else [("InventoryRefreshDateTime", MAYBE)]
    parts.append(("DeploymentStatus", need))
    return parts if kind == "CommitResource" else [*parts, ("Availability", need)]


def of_assignment(kind: str) -> list[tuple[str, Often]]:
    counted = kind in ("CommitResource", "ReleaseResource", "RequisitionResource")
    parts = [
        ("Quantity", ONE if counted else MAYBE),
        ("Restrictions", MAYBE),
        ("AnticipatedFunction", MAYBE),
    ]
    if kind not in ("RequestResource", "RequestQuote"):
        parts.append(("PriceQuote", ONE if kind == "ResponseToRequestQuote" else MAYBE))
    if kind not in _NO_ORDER:
        parts.append(("OrderID", MAYBE))
    if kind not in ("RequestResource", "RequestExtendedDeploymentDuration"):
        parts.append(("AssignmentInstructions", MAYBE))
    return parts


def schedules_of(kind: str) -> frozenset[str]:
    return _SCHEDULES.get(kind, SCHEDULES)


def faults(root: Element) -> Iterator[str]:
    """What is wrong with a document, in words; nothing when it has the structure of its message."""
    kind = root.tag.removeprefix(MSG)
    if not root.tag.startswith(MSG) or kind not in TYPES:
        yield f"{root.tag} is no message of EDXL-RM 1.0"
        return
    yield from _sequence(root, of_message(kind), kind)
    if (content := root.findtext(f"{MSG}MessageContentType")) != kind:
        yield f"{kind}: MessageContentType is {content}"
    for recall in root.iterfind(f"{MSG}MessageRecall"):
        if recall.findtext(f"{RM}RecallType") not in ("Update", "Cancel"):
            yield f"{kind}: RecallType is neither Update nor Cancel"
    for information in root.iterfind(f"{MSG}ResourceInformation"):
        yield from _sequence(information, of_information(kind), f"{kind}/ResourceInformation")
        yield from _information_faults(information, kind)


def _information_faults(information: Element, kind: str) -> Iterator[str]:
    where = f"{kind}/ResourceInformation"
    for response in information.iterfind(f"{MSG}ResponseInformation"):
        answer = response.findtext(f"{RM}ResponseType")
        if answer not in ("Accept", "Decline", "Provisional"):
            yield f"{where}: ResponseType is {answer}"
        reasons = (response.find(f"{RM}ReasonCode"), response.find(f"{RM}ResponseReason"))
        if answer == "Provisional" and reasons == (None, None):
            yield f"{where}: Provisional without a reason"
        if not response.findtext(f"{RM}PrecedingResourceInfoElementID"):
            yield f"{where}: a response to no ResourceInfoElementID"
    for resource in information.iterfind(f"{MSG}Resource"):
        yield from _sequence(resource, of_resource(kind), f"{where}/Resource")
        if all(resource.find(f"{MSG}{name}") is None for name in ("ResourceID", "Name", "TypeStructure")):
            yield f"{where}/Resource: neither ResourceID nor Name nor TypeStructure"
        for status in resource.iterfind(f"{MSG}ResourceStatus"):
            yield from _sequence(status, of_status(kind), f"{where}/Resource/ResourceStatus")
    for assignment in information.iterfind(f"{MSG}AssignmentInformation"):
        yield from _sequence(assignment, of_assignment(kind), f"{where}/AssignmentInformation")
    for schedule in information.iterfind(f"{MSG}ScheduleInformation"):
        parts = [("ScheduleType", ONE), ("DateTime", MAYBE), ("Location", MAYBE)]
        yield from _sequence(schedule, parts, f"{where}/ScheduleInformation")
        name = schedule.findtext(f"{MSG}ScheduleType")
        if name not in schedules_of(kind):
            yield f"{where}/ScheduleInformation: ScheduleType {name} is not of this message"


def _sequence(element: Element, parts: list[tuple[str, Often]], where: str) -> Iterator[str]:
    """Children in order, each as often as it may be; nothing else."""
    children = [child.tag for child in element]
    at = 0
    for name, (least, most) in parts:
        count = 0
        while at < len(children) and children[at] == f"{MSG}{name}":
            at += 1
            count += 1
        if count < least:
            yield f"{where}: {name} is missing"
        elif count > most:
            yield f"{where}: {name} stands {count} times"
    if at < len(children):
        yield f"{where}: {children[at].rpartition('}')[2]} is unknown or out of order"
