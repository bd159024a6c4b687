"""The desk: the web pages where people review. FastAPI over the use cases of `app`; pages work without JavaScript."""

from monitor.web.auth import first_link, has_administrator, make_first_account
from monitor.web.desk import create_desk
from monitor.web.server import serve

__all__ = ["create_desk", "first_link", "has_administrator", "make_first_account", "serve"]
