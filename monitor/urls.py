"""Pure. Same page? Whose page? A link is requested as it was given; its key only tells whether we have had it."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import SplitResult, parse_qsl, quote, unquote_to_bytes, urljoin, urlsplit

MAX_LENGTH = 2048

_DEFAULT_PORT = {"http": 80, "https": 443}
_EDGES = "".join(map(chr, range(0x21)))  # C0 controls and space, as the WHATWG URL standard strips them
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")
_SAME_SITE = re.compile(r"(?:www\d?|m|mobile|amp|wap)\.(?=[^.]+\.)")  # never down to a bare top level: m.kg stays
_AMP_CACHE = re.compile(r"/(?:[a-z]/)?(?:s/)?(?=[^/]+\.[^/]+/)")  # /c/s/host/path of cdn.ampproject.org
_AMP_PATH = re.compile(r"(?<=[^/])(?:/amp(?:\.html)?$|\.amp(?=\.html$)|\.amp$)")
_PCHAR = "!$&'()*+,;=:@"  # RFC 3986, 3.3: what may stand bare in a path segment besides unreserved characters

# What a link carries to say where its reader came from. Exact names, seen on real news links or documented by the
# service that adds them; anything else may be what tells two articles apart (id, newsid, ELEMENT_ID, sid, v, num, p).
_TRACKING_PREFIXES = ("utm_", "mtm_", "matomo_", "pk_", "piwik_", "hsa_", "vero_", "wt_mc", "gaa_")
_TRACKING_NAMES = """
    fbclid gclid gclsrc dclid gbraid wbraid msclkid twclid ttclid igshid igsh srsltid _ga _gl
    yclid ysclid ymclid _openstat openstat rb_clickid roistat calltouch_tm mindbox-click-id
    mc_cid mc_eid mkt_tok _hsenc _hsmi oly_anon_id oly_enc_id s_cid ncid cmpid ocid sr_share smid smtyp xtor echobox
    at_medium at_campaign at_creation at_format at_link_id at_link_origin at_link_type at_ptr_name at_bbc_team
    at_custom1 at_custom2 at_custom3 at_custom4 fb_action_ids fb_action_types fb_ref fb_source
    __twitter_impression li_fat_id guccounter guce_referrer guce_referrer_sig
    ref_src ref_url mtitle mdesc mimg mimgwidth mimgheight rpop
"""
_TRACKING = frozenset(_TRACKING_NAMES.split())
# These may also identify something, so they go only when their value is one of the channels.
_CHANNEL_PARAMETERS = frozenset({"ref", "referrer", "referer", "from", "source", "src", "share"})
_CHANNEL_NAMES = """
    rss feed rss_feed atom email newsletter push share social
    twitter facebook fb telegram tg vk ok instagram whatsapp google yandex
"""
_CHANNELS = frozenset(_CHANNEL_NAMES.split())
_AMP_PARAMETERS = {"amp": frozenset({"", "1", "true"}), "outputtype": frozenset({"amp"})}


def is_web(url: str) -> bool:
    """Whether a URL is one that may be asked for: http or https, a well-formed host, no user name, at most 2,048 long.

    Says nothing of where the host leads; that is for fetching to check.
    """
    return _web(url) is not None


def absolute(base: str, link: str) -> str:
    """The link as a page or feed at `base` means it (RFC 3986, 5.2), otherwise unchanged.

    The outcome may still be no web address (`mailto:`, or no base): ask `is_web`.
    """
    link = _bare(link)
    try:
        return urljoin(_bare(base), link)
    except ValueError:
        return link


def article_key(url: str) -> str:
    """What all addresses of one article have in common; for comparing, never for asking.

    >>> article_key("http://m.Kloop.kg:80/blog/2025/05/28/raid/amp/?utm_source=tg&b=2&a=1#more")
    'kloop.kg/blog/2025/05/28/raid?a=1&b=2'

    Two articles that share a key would lose one of them, so whatever might tell articles apart stays: the case of
    paths, unknown parameters, routes in fragments (`#!/…`). What is no web address is its own key.
    """
    parts = _web(url)
    if parts is None:
        return _bare(url)
    parts = _out_of_amp_cache(parts)
    path = _AMP_PATH.sub("", _path(parts.path))
    return _site(parts) + _port(parts) + (path or "/") + _query(parts.query) + _route(parts.fragment)


def is_witness(canonical: str, url: str) -> bool:
    """Whether the address that the page at `url` calls its own can be an article's: of the same site, no front page."""
    there, here = _web(canonical), _web(url)
    if there is None or here is None or not (there.path.strip("/") or there.query):
        return False
    one, other = _site(there), _site(here)
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def outlet_of(url: str) -> str:
    """The site's name as people write it: the host without `www.` or `m.`, international letters as letters."""
    parts = _web(url)
    return ".".join(map(_readable, _site(parts).split("."))) if parts else ""


# ---- the parts --------------------------------------------------------------------------------------------------


def _bare(url: str) -> str:
    """Without what browsers ignore in an address: white space around it, tabs and line ends within."""
    return re.sub(r"[\t\r\n]", "", url.strip(_EDGES))


def _web(url: str) -> SplitResult | None:
    url = _bare(url)
    if len(url) > MAX_LENGTH:
        return None
    try:
        url.encode()  # a lone surrogate has no bytes to ask for
        parts = urlsplit(url)
        parts.port  # noqa: B018 -- raises when it is no port
    except ValueError:
        return None
    good = parts.scheme in _DEFAULT_PORT and "@" not in parts.netloc and _is_host(_host(parts))
    return parts if good else None


def _is_host(host: str) -> bool:
    if host.startswith("["):
        return True  # urlsplit has checked that it is an IPv6 address
    return 0 < len(host) <= 253 and all(len(label) <= 63 and _LABEL.fullmatch(label) for label in host.split("."))


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if ":" in host:
        return f"[{host}]"
    host = unicodedata.normalize("NFKC", host).replace("\u3002", ".").removesuffix(".").lower()
    return ".".join(map(_ascii_label, host.split(".")))


def _ascii_label(label: str) -> str:
    """RFC 3492. Not the `idna` codec: that one (IDNA 2003) would merge straße with strasse."""
    if label.isascii():
        return label
    try:
        return "xn--" + label.encode("punycode").decode("ascii")
    except UnicodeError:
        return ""


def _readable(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        word = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    return word if word.isprintable() else label


def _site(parts: SplitResult) -> str:
    host = _host(parts)
    while match := _SAME_SITE.match(host):
        host = host[match.end() :]
    return host


def _port(parts: SplitResult) -> str:
    return "" if parts.port in (None, _DEFAULT_PORT[parts.scheme]) else f":{parts.port}"


def _out_of_amp_cache(parts: SplitResult) -> SplitResult:
    """The publisher's own address, when this is Google's AMP cache (`…cdn.ampproject.org/c/s/HOST/…`) or viewer."""
    host = _site(parts)
    prefix = "/amp" if host == "google.com" else ""
    if not host.endswith(".cdn.ampproject.org") and not (prefix and parts.path.startswith("/amp/")):
        return parts
    if not (match := _AMP_CACHE.match(parts.path, len(prefix))):
        return parts
    own, _, path = parts.path[match.end() :].partition("/")
    return _web(parts._replace(scheme="https", netloc=own, path=f"/{path}").geturl()) or parts


def _path(path: str) -> str:
    """Percent-encoding in one form, dot segments resolved (RFC 3986, 6.2.2), empty segments dropped."""
    kept: list[str] = []
    for raw in path.split("/"):
        segment = quote(unquote_to_bytes(raw), safe=_PCHAR)
        if segment == "..":
            kept = kept[:-1]
        elif segment not in ("", "."):
            kept.append(segment)
    return "".join(f"/{segment}" for segment in kept)


def _query(query: str) -> str:
    """The parameters that are not tracking, by name; values of one name keep their order."""
    pairs = parse_qsl(query.replace("&amp;", "&"), keep_blank_values=True, errors="surrogateescape")
    kept = sorted((pair for pair in pairs if not _is_tracking(*pair)), key=lambda pair: pair[0])
    # surrogateescape carries bytes that are no UTF-8 (windows-1251 is common) through unchanged
    encoded = [tuple(quote(part, safe=":/@,", errors="surrogateescape") for part in pair) for pair in kept]
    return "?" + "&".join(f"{name}={value}" for name, value in encoded) if encoded else ""


def _is_tracking(name: str, value: str) -> bool:
    name, value = name.lower(), value.lower()
    return (
        name in _TRACKING
        or name.startswith(_TRACKING_PREFIXES)
        or (name in _CHANNEL_PARAMETERS and value in _CHANNELS)
        or value in _AMP_PARAMETERS.get(name, ())
    )


def _route(fragment: str) -> str:
    """A fragment is a place in the page, except where scripts use it as the address."""
    return "#" + quote(unquote_to_bytes(fragment), safe=_PCHAR + "/?") if fragment.startswith(("!", "/")) else ""
