"""The line wire: what people type and read in `nc` and `telnet`, and what scripts pipe."""

from chatd.wires.line import pages
from chatd.wires.line.conversation import Conversation
from chatd.wires.line.render import LineWire
from chatd.wires.line.web import Web

__all__ = ["Conversation", "LineWire", "Web", "pages"]
