"""For processes that a test starts with this folder on PYTHONPATH: servers on loopback stand for public hosts."""

from kit.fetchers import public_loopback

in_force = public_loopback()  # kept: else it would end at once
in_force.__enter__()
