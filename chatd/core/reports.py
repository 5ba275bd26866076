"""Who sees what was reported, and how much of it."""

from msgspec.structs import replace

from chatd.core.permissions import Action, Called, ServerAction, Standing, check, check_server
from chatd.model import ChatError, Code, Filed, Report, ServerRole


def as_seen(filed: Filed, inside: bool) -> Report:
    """The report for somebody who belongs to the room or not: one that is hidden from them stays so.

    Its text is shown all the same: one who was there has shown it.
    """
    if filed.kind == "public" or inside:
        return filed.report
    return replace(filed.report, room=None, room_name="", seq=None, hidden=True)


def check_judge(filed: Filed, reader: int, where: Standing, server: ServerRole) -> None:
    """Raise ChatError unless who stands so in the room, and has this role, may deal with the report.

    For everybody else there is no such report.
    """
    try:
        if filed.for_server:
            check_server(ServerAction.SEE_SERVER_REPORTS, server)
        else:
            check(Action.SEE_REPORTS, filed.kind, where, Called(""))
    except ChatError:
        raise no_such_report() from None
    if filed.report.author.id == reader:
        raise no_such_report()


def no_such_report() -> ChatError:
    """The refusal for a report that is not there, not open, or not for the asker to know of."""
    return ChatError(Code.NO_SUCH_REPORT, "There is no such open report.")
