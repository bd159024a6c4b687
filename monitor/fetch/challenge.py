"""Challenge pages of bot protection, which a server sends instead of a feed."""

from __future__ import annotations

import re

# Marks of the challenge pages of Cloudflare, DDoS-Guard, Qrator, Sucuri, Imperva, DataDome, AWS, Anubis and SiteGround.
# Their names and ordinary scripts are no mark: ordinary pages behind these services contain them too.
_CHALLENGE = re.compile(
    rb"_cf_chl_opt|cf-browser-verification|ddos-guard/(?:js-challenge|ddg-captcha)|__qrator/qauth|sucuri_cloudproxy_js"
    rb"|Incapsula incident ID|//ct\.captcha-delivery\.com|gokuProps|anubis_challenge|/sgcaptcha/"
)


def is_challenge(page: bytes) -> bool:
    """Return True if a page demands a browser before it shows its content."""
    # Challenge pages are small; 64 kB bound the search in a large feed.
    return _CHALLENGE.search(page, 0, 65_536) is not None
