"""I/O: the channels that messages go over, one a file."""

from monitor.messages.channels.build import build_channel, check_certificate

__all__ = ["build_channel", "check_certificate"]
