"""I/O: the bundled newsroom: invented outlets on loopback, to run the whole pipeline without the internet."""

from monitor.demo.mailbox import DemoMailbox
from monitor.demo.newsroom import Newsroom, furnish

__all__ = ["DemoMailbox", "Newsroom", "furnish"]
