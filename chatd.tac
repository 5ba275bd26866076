"""For `twistd -ny chatd.tac`, in a checkout. CHATD_CONFIG may name a TOML file with the options.

The log goes to standard output; `twistd chatd` is the way to run it as a daemon with a log file.
"""

import os
import sys

from twisted.application.service import Application
from twisted.logger import ILogObserver

from chatd.config import options_from_environment
from chatd.logs import file_observer
from chatd.service import makeService

options = options_from_environment(os.environ)
application = Application("chatd")
application.setComponent(ILogObserver, file_observer(sys.stdout, options.config.log_format))
makeService(options).setServiceParent(application)
