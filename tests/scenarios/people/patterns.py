"""How the lines look that a terminal shows."""

import re

from tests.scenarios.people.told import SETTINGS

MESSAGE = re.compile(r"\[([#@]\S+) (\d+)\] \d\d:\d\d (?:<(\S+)>|\* (\S+)) (.*)")
BARRIER = "* Receipts are on."
GREETING = re.compile(r"\* You are (\S+?)(?: \([a-z ]+\))?\. You are (?:alone )?in (#\S+?)(?:\.| with )(.*)")
RECEIPT = re.compile(r"\* stored ([#@]\S+) (\d+)")
PEOPLE = re.compile(r"\* In [#@]\S+ \(\d+ here\): (.*)")
GAP = re.compile(r"\* gap ([#@]\S+) (\d+) (\d+); /since \S+ \d+")
EDITED = re.compile(r"\(edited (\d+)\) (.*)")
ANSWERS = re.compile(r'\(to (\d+)(?:, \w+: "(?:[^"\\]|\\.)*")?\) (.*)')
DELETED = re.compile(r"\* (\w+) deleted a message( of \w+)? \((\d+)\) in ([#@]\S+)")
REACTIONS = re.compile(r"\(((?:\W\d+ ?)+)\) ")
REACTED = re.compile(r"\* (\W) (no longer )?by (\w+), on (\d+) in ([#@]\S+) \(.*\)")
REPORT = re.compile(
    r"\* Report (\d+), \S+ \S+, (\w+) reports (?:a message|message \d+) of (\w+)"
    r' in (a private room|[#@]\S+?)(?:, "([^"]*)")?(?:: "([^"]*)"|, which was deleted)'
    r"(; /closereport \d+)?"
)
PURGED = re.compile(r"\* \w+ deleted all of (\w+)'s messages up to \d+ in ([#@]\S+)")
ENDED = re.compile(r"\* the messages of a (deleted) account up to \d+ in ([#@]\S+) are gone")
OVER = re.compile(r"\* (@\S+) is over, for an account in it was deleted\. To read it: /switch (@\S+)")
PINNED = re.compile(r"\* (\w+) (pinned|took down) message (\d+) in ([#@]\S+)")
TOPIC = re.compile(r'\* (\w+) changed the topic of (#\S+) to "(.*)"')
ABOUT = re.compile(r'\* (?:The topic of #\S+ is "(.*)"\.|#\S+ has no topic\.)')
COMING = re.compile(r"\* (\w+) (joined|left|is here|has gone) \(?([#@]\w+)\)?")
APPOINTED = re.compile(r"\* You are (?:an? )?(?:plain )?(\w+) of (#\S+|the server) now(?:, by \w+)?\.")
REMOVED = re.compile(r"\* (\w+) (removed you from|deleted) (#\w+)\b.*")
NOTICED = re.compile(r"\* \w+ (?:removed|banned|muted|lets) \w+ (?:from|in|into|speak in) #\w+.*")
RENAMED = re.compile(r"\* (\w+) renamed (#\w+) to (#\w+)")
SETTING = re.compile(rf"\* (\w+) ({'|'.join(SETTINGS)}) (#\w+).*")
ICON = re.compile(r"\* (\w+) (?:(gave)|removed the icon of) (#\w+)(?: another icon)?")
SANCTION = re.compile(r"\* (\S+, (?:banned|muted)).*")
MEMBERS = re.compile(r"\* Members of #\S+ \(\d+\): (.*)")
PERSON = re.compile(r'([a-z][\w-]*)(?: \(((?:"(?:[^"\\]|\\.)*"|[^")])*)\))?(?:, |$)')
PROFILE = re.compile(r'\* (\w+(?: \([^)]*\))?)(?:, "((?:[^"\\]|\\.)*)")?(?:, (\w+))?((?:, \w+:? .*)?)')
WORDS = re.compile(r'(?:^|, )(away|status)(?:: ("(?:[^"\\]|\\.)*"))?')
SESSION = re.compile(r"\* (\w+), (\w+) from (\S+), since \S+ \S+, (.*)")
DAY = re.compile(r"\* \d{4}-\d\d-\d\d")
TOKEN = re.compile(r"\* (\w+), since \S+ \S+, (never used|last used \S+ \S+)(?:, .*)?")
INVITED = re.compile(r"\* (?:\S+ invites you to|You are not (invited) to) (#\w+)\b.*")
LOGIN = re.compile(r"\* The (?:terminal|web client) at (\S+) is now logged in as you\. .*")
UNREAD = re.compile(r"(\d+) unread(?:, \d+ for you)? in (#\S+):|([#@]\S+) \((\d+) unread(?:, \d+ for you)?\)")
MENTIONED = re.compile(r"(\d+) for you in (#\S+):|([#@]\S+) \((?:\d+ unread, )?(\d+) for you\)")
