"""Pages that want to see a browser before they show anything else."""

from __future__ import annotations

import re

# ---- what a web page in a feed's place is ---------------------------------------------------------------------------

# What pages hold with which Cloudflare, DDoS-Guard, Qrator, Sucuri, Imperva, DataDome, AWS, Anubis and SiteGround ask
# for a browser. Not their mere names and scripts: those stand in pages that were let through, too.
_CHALLENGE = re.compile(
    rb"_cf_chl_opt|cf-browser-verification|ddos-guard/(?:js-challenge|ddg-captcha)|__qrator/qauth|sucuri_cloudproxy_js"
    rb"|Incapsula incident ID|//ct\.captcha-delivery\.com|gokuProps|anubis_challenge|/sgcaptcha/"
)


def is_challenge(page: bytes) -> bool:
    """Whether a web page wants to see a browser before it shows anything else."""
    return _CHALLENGE.search(page, 0, 65_536) is not None
