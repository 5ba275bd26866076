"""Reports at a terminal: telling of a message, and keeping order with what was told."""

from chatd.model import CloseReport, Report, Reported, ReportList, ReportMessage, Reports, valid_reason
from chatd.wires.line.render import moment, news
from chatd.wires.line.safe import quoted, visible
from chatd.wires.line.talk import Talk
from chatd.wires.line.words import Verb, nothing, number

_SEQ_MOST = 2**53 - 1


def _report(talk: Talk, rest: str) -> None:
    word, _, note = rest.partition(" ")
    target, note, room = number(word, 1, _SEQ_MOST), valid_reason(note), talk.current()
    talk.ask(
        lambda id: ReportMessage(id=id, room=room, target=target, note=note),
        done="Reported. Those who keep order here will look at it.",
    )


def _reports(talk: Talk, rest: str) -> None:
    nothing(rest)
    room = talk.current()
    talk.ask(lambda id: Reports(id=id, room=room))


def _server_reports(talk: Talk, rest: str) -> None:
    nothing(rest)
    talk.ask(lambda id: Reports(id=id))


def _close_report(talk: Talk, rest: str) -> None:
    word, _, note = rest.partition(" ")
    report, note = number(word, 1, _SEQ_MOST), valid_reason(note)
    talk.ask(lambda id: CloseReport(id=id, report=report, note=note), done=f"Report {report} is closed.")


REPORTING = (
    Verb("report", "N [WHY]", "tell those who keep order here of message number N", _report),
    Verb("reports", "", "list what was reported in the current room", _reports),
    Verb("serverreports", "", "list what was reported where nobody else keeps order", _server_reports),
    Verb("closereport", "NUMBER [NOTE]", "have done with a report", _close_report),
)
"""The commands for reports, in the order of `/help`."""


def show_reported(talk: Talk, event: Reported) -> None:
    """Somebody has just reported something."""
    number = event.report.report
    talk.answers.interject(news(f"Report {_facts(talk, event.report)}; /closereport {number}").encode())


def show_reports(talk: Talk, event: ReportList) -> None:
    """List what is open, the oldest first."""
    lines = "".join(news(f"Report {_facts(talk, one)}") for one in event.reports)
    more = news("There are more, when these are closed.") if event.more else ""
    talk.answers.finish(talk.answers.slot(event.id), lines + more or news("Nothing is reported."))


def _facts(talk: Talk, one: Report) -> str:
    who = f"{one.report}, {moment(one.at, talk.zone)}, {visible(one.by.name)} reports"
    where = "a message" if one.seq is None else f"message {one.seq}"
    place = " in a private room" if one.hidden else f" in {_label(talk, one)}"
    note = f", {quoted(one.note)}" if one.note else ""
    says = f": {quoted(one.text)}" if one.text is not None else ", which was deleted"
    return f"{who} {where} of {visible(one.author.name)}{place}{note}{says}"


def _label(talk: Talk, one: Report) -> str:
    if one.room_name or one.room is None:
        return f"#{visible(one.room_name)}"
    return talk.label(one.room)
