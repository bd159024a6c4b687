"""Pure. URLs: validation, comparison keys of articles, names of sites.

A page is always requested by its link as given; keys are only for comparing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from urllib.parse import SplitResult, parse_qsl, quote, unquote_to_bytes, urljoin, urlsplit
from zlib import crc32

from publicsuffixlist import PublicSuffixList

from monitor.model import SLICES

MAX_LENGTH = 2048

_DEFAULT_PORT = {"http": 80, "https": 443}
_STRIPPED_CHARS = "".join(map(chr, range(0x21)))  # C0 controls and space, as the WHATWG URL standard strips them
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")
_SAME_SITE = re.compile(r"(?:www\d?|m|mobile|amp|wap)\.(?=[^.]+\.)")  # never down to a bare top level: m.kg stays
_TWIN_HOST = re.compile(r"(?:www\d?\.)*(?:m|mobile|amp|wap)\.(?=[^.]+\.)")
_FRONT_PAGE = re.compile(r"/*([^\W\d_]{2}/*)?((index|home|main|default)\.\w+)?", re.IGNORECASE)  # also /en/
_IP_ADDRESS = re.compile(r"\[.*|[\d.]+")
_AMP_CACHE = re.compile(r"/(?:[a-z]/)?(?:s/)?(?=[^/]+\.[^/]+/)")  # /c/s/host/path of cdn.ampproject.org
_AMP_PATH = re.compile(r"(?<=[^/])(?:/amp(?:\.html)?$|\.amp(?=\.html$)|\.amp$)")
_PCHAR = "!$&'()*+,;=:@"  # RFC 3986, 3.3: characters of a path segment that need no encoding, besides unreserved ones

# Tracking parameters. Exact names, found on real news links or documented by the service that adds them; any other
# parameter may distinguish two articles (id, newsid, ELEMENT_ID, sid, v, num, p).
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
# These may also identify an article, so they are removed only if their value is one of the channels.
_CHANNEL_PARAMETERS = frozenset({"ref", "referrer", "referer", "from", "source", "src", "share"})
_CHANNEL_NAMES = """
    rss feed rss_feed atom email newsletter push share social
    twitter facebook fb telegram tg vk ok instagram whatsapp google yandex
"""
_CHANNELS = frozenset(_CHANNEL_NAMES.split())

# Hosts where the first segment of the path says who publishes, and the segments that may stand before it.
_SHARED_HOST_NAMES = """
    t.me medium.com facebook.com instagram.com threads.net x.com twitter.com tiktok.com vk.com ok.ru telegra.ph
    teletype.in sites.google.com github.com feeds.feedburner.com feedproxy.google.com rsshub.app
"""
_SHARED_HOSTS = frozenset(_SHARED_HOST_NAMES.split())
_SEGMENTS_BEFORE_NAMES = {"t.me": ("s",), "medium.com": ("feed",), "sites.google.com": ("view", "site")}
_HOST_ALIASES = {"telegram.me": "t.me", "telegram.dog": "t.me", "feeds2.feedburner.com": "feeds.feedburner.com"}
# Domains that give each publisher a subdomain, and do not stand in the Public Suffix List.
_BLOG_DOMAIN_NAMES = """
    medium.com wordpress.com substack.com livejournal.com tumblr.com ghost.io beehiiv.com over-blog.com
    squarespace.com tilda.ws writeas.com ucoz.ru ucoz.com ucoz.net narod.ru blogspot.kg
"""
_BLOG_DOMAINS = frozenset(_BLOG_DOMAIN_NAMES.split())
_AMP_PARAMETERS = {"amp": frozenset({"", "1", "true"}), "outputtype": frozenset({"amp"})}


def is_web_url(url: str) -> bool:
    """Return whether a URL can be requested: http or https, a valid host, no user name, at most 2,048 characters.

    `fetch` checks the addresses that the host resolves to.
    """
    return _split_web_url(url) is not None


def resolve_link(base: str, link: str) -> str:
    """Resolve a link of a page or feed at `base` (RFC 3986, 5.2); a link that cannot be resolved stays unchanged.

    The result may not be a web address (`mailto:`, or an empty base): check it with `is_web_url`.
    """
    link = _strip_ignored(link)
    try:
        return urljoin(_strip_ignored(base), link)
    except ValueError:
        return link


def article_key(url: str) -> str:
    """Return a key that all URLs of one article share. It is for comparing only, never for requests.

    >>> article_key("http://m.Kloop.kg:80/blog/2025/05/28/raid/amp/?utm_source=tg&b=2&a=1#more")
    'kloop.kg/blog/2025/05/28/raid?a=1&b=2'

    If two articles shared a key, one of them would be lost. So everything stays that may distinguish articles: the case
    of paths, unknown parameters, routes in fragments (`#!/…`). A URL that is not a web address is its own key.
    """
    parts = _split_web_url(url)
    if parts is None:
        return _strip_ignored(url)
    parts = _publisher_url(parts)
    path = _AMP_PATH.sub("", _normalize_path(parts.path))
    return _site(parts) + _port(parts) + (path or "/") + _normalize_query(parts.query) + _route_fragment(parts.fragment)


def without_tracking(url: str) -> str:
    """Return a URL to follow, without the parameters that tell its outlet where a reader comes from.

    >>> without_tracking("https://kloop.kg/news?id=7&utm_source=rss#text"), without_tracking("https://kloop.kg/?utm_id=1")
    ('https://kloop.kg/news?id=7#text', 'https://kloop.kg/')
    """
    address, mark, fragment = url.partition("#")
    start, _, query = address.partition("?")
    parameters = "&".join(
        part for part in query.split("&") if not any(_is_tracking(*pair) for pair in _query_pairs(part))
    )
    return (start + "?" + parameters if parameters else start if query else address) + mark + fragment


def can_be_canonical(canonical: str, url: str) -> bool:
    """Return whether the canonical URL that the page at `url` declares is of the same site and not a front page."""
    return site_of(canonical) == site_of(url) != "" and not is_front_page(canonical)


def site_of(url: str) -> str:
    """Return the site that an address belongs to: all addresses of one publisher; empty for no web address.

    It is the domain that was registered, by the Public Suffix List with its private part (so two blogs of one host are
    two sites), and on hosts that many share, the first segment of the path, too. An address without such a domain
    (127.0.0.1, a name inside a network) is a site with its port.

    >>> site_of("https://rus.azattyk.org/a/1"), site_of("https://t.me/s/Kloopnews"), site_of("http://127.0.0.1:8000/a")
    ('azattyk.org', 't.me/kloopnews', '127.0.0.1:8000')
    """
    parts = _split_web_url(url)
    if parts is None:
        return ""
    parts = _publisher_url(parts)
    host = _site(parts)
    host = _HOST_ALIASES.get(host, host)
    if host in _SHARED_HOSTS:
        segments = [segment.lower() for segment in _normalize_path(parts.path).split("/") if segment]
        if len(segments) > 1 and segments[0] in _SEGMENTS_BEFORE_NAMES.get(host, ()):
            segments = segments[1:]
        return "/".join((host, *segments[:1]))
    domain = "" if _IP_ADDRESS.fullmatch(host) else _public_suffixes().privatesuffix(host)
    if not domain:
        return host + _port(parts)
    if domain in _BLOG_DOMAINS and host != domain:
        return f"{host.removesuffix(f'.{domain}').rpartition('.')[2]}.{domain}"
    return domain


def has_public_suffix(host: str) -> bool:
    """Return whether a host's name ends as names do that registries give out; a name without a dot is a local one.

    >>> [has_public_suffix(host) for host in ("rus.azattyk.org", "abc.onion", "azattyk.org.")]
    [True, True, True]
    >>> [has_public_suffix(host) for host in ("intranet", "box", "files.corp.local", "nas.home.arpa")]
    [False, False, False, False]
    """
    name = host.removesuffix(".")
    # `home.arpa` is on the list, and is the name of a home's network (RFC 8375); no outlet is under `arpa`.
    is_local = "." not in name or name.endswith(".arpa")
    return not is_local and bool(_public_suffixes().publicsuffix(name, accept_unknown=False))


def is_publisher(site: str) -> bool:
    """Return whether a site is that of one publisher: no domain under which anybody registers, no host without a path.

    >>> is_publisher("kloop.kg"), is_publisher("com.kg"), is_publisher("t.me"), is_publisher("t.me/kloopnews")
    (True, False, False, True)
    """
    host, _, segment = site.partition("/")
    if host in _SHARED_HOSTS:
        return bool(segment)
    if "." not in host or host in _BLOG_DOMAINS:
        return False
    return bool(_IP_ADDRESS.fullmatch(host.partition(":")[0])) or bool(_public_suffixes().privatesuffix(host))


@cache
def _public_suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def is_front_page(url: str) -> bool:
    """Return whether an address is that of a front page, also of one language (`/en/`)."""
    parts = urlsplit(url)
    has_article = _normalize_query(parts.query) or _route_fragment(parts.fragment)
    return not has_article and _FRONT_PAGE.fullmatch(_AMP_PATH.sub("", parts.path)) is not None


def is_article_address(requested_url: str, final_url: str) -> bool:
    """Return True if a request still ended at an article: removed articles often redirect to the front page."""
    return is_front_page(requested_url) or not is_front_page(final_url)


def is_twin(url: str) -> bool:
    """Return whether an address is another form of a plain one with the same key: AMP, mobile, without encryption.

    A site may answer it with something else, for instance with its front page.
    """
    parts = _split_web_url(url)
    if parts is None:
        return False
    return (
        parts.scheme == "http"
        or _publisher_url(parts) is not parts
        or _TWIN_HOST.match(_host(parts)) is not None
        or _AMP_PATH.search(_normalize_path(parts.path)) is not None
        or any(value.lower() in _AMP_PARAMETERS.get(name.lower(), ()) for name, value in _query_pairs(parts.query))
    )


def outlet_name(url: str) -> str:
    """Return the site's name as people write it: the host without `www.` or `m.`, in Unicode."""
    parts = _split_web_url(url)
    return ".".join(map(_unicode_label, _site(parts).split("."))) if parts else ""


def site_name(url: str) -> str:
    """Return the outlet's name of a URL, with its port where that is not the usual one.

    >>> site_name("http://www.kloop.kg/a"), site_name("https://kloop.kg:8443/")
    ('kloop.kg', 'kloop.kg:8443')
    """
    parts = _split_web_url(url)
    return f"{outlet_name(url)}{_port(parts)}" if parts else ""


def origin_of_url(url: str) -> str:
    """Return the `host:port` that a web address is requested from; an empty string for any other address.

    >>> origin_of_url("https://Kloop.kg/blog/")
    'kloop.kg:443'
    """
    parts = _split_web_url(url)
    return f"{_host(parts)}:{parts.port or _DEFAULT_PORT[parts.scheme]}" if parts else ""


def slice_of(origin: str) -> int:
    """Return the slice of an origin: the same in every process."""
    return crc32(origin.encode()) % SLICES


# ---- the parts --------------------------------------------------------------------------------------------------


def _strip_ignored(url: str) -> str:
    """Return the URL without characters that browsers ignore: white space around it, tabs and line ends inside."""
    return re.sub(r"[\t\r\n]", "", url.strip(_STRIPPED_CHARS))


def _split_web_url(url: str) -> SplitResult | None:
    url = _strip_ignored(url)
    if len(url) > MAX_LENGTH:
        return None
    try:
        url.encode()  # fails for a lone surrogate, which cannot be sent
        parts = urlsplit(url)
        parts.port  # noqa: B018 -- raises ValueError for a bad port
    except ValueError:
        return None
    is_usable = parts.scheme in _DEFAULT_PORT and "@" not in parts.netloc and _is_host(_host(parts))
    return parts if is_usable else None


def _is_host(host: str) -> bool:
    if host.startswith("["):
        return True  # urlsplit has checked that it is an IPv6 address
    return 0 < len(host) <= 253 and all(len(label) <= 63 and _LABEL.fullmatch(label) for label in host.split("."))


def _host(parts: SplitResult) -> str:
    return _host_of(parts.netloc)


def _host_of(netloc: str) -> str:
    host = SplitResult("", netloc, "", "", "").hostname or ""
    if ":" in host:
        return f"[{host}]"
    host = unicodedata.normalize("NFKC", host).replace("\u3002", ".").removesuffix(".").lower()
    return ".".join(map(_ascii_label, host.split(".")))


def _ascii_label(label: str) -> str:
    if label.isascii():
        return label
    # RFC 3492. Python's `idna` codec (IDNA 2003) would merge straße with strasse.
    try:
        return "xn--" + label.encode("punycode").decode("ascii")
    except UnicodeError:
        return ""


def _unicode_label(label: str) -> str:
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


def _publisher_url(parts: SplitResult) -> SplitResult:
    """Return the publisher's URL for one of Google's AMP cache (`…cdn.ampproject.org/c/s/HOST/…`) or AMP viewer."""
    host = _site(parts)
    prefix = "/amp" if host == "google.com" else ""
    if not host.endswith(".cdn.ampproject.org") and not (prefix and parts.path.startswith("/amp/")):
        return parts
    if not (match := _AMP_CACHE.match(parts.path, len(prefix))):
        return parts
    publisher_host, _, path = parts.path[match.end() :].partition("/")
    return _split_web_url(parts._replace(scheme="https", netloc=publisher_host, path=f"/{path}").geturl()) or parts


def _normalize_path(path: str) -> str:
    """Normalise percent-encoding, resolve dot segments (RFC 3986, 6.2.2) and drop empty segments."""
    segments: list[str] = []
    for raw in path.split("/"):
        segment = quote(unquote_to_bytes(raw), safe=_PCHAR)
        if segment == "..":
            segments = segments[:-1]
        elif segment not in ("", "."):
            segments.append(segment)
    return "".join(f"/{segment}" for segment in segments)


def _normalize_query(query: str) -> str:
    """Return the parameters without tracking, sorted by name; values of one name keep their order."""
    parameters = sorted((pair for pair in _query_pairs(query) if not _is_tracking(*pair)), key=lambda pair: pair[0])
    # surrogateescape keeps bytes that are not UTF-8 unchanged (windows-1251 is common).
    encoded = [tuple(quote(part, safe=":/@,", errors="surrogateescape") for part in pair) for pair in parameters]
    return "?" + "&".join(f"{name}={value}" for name, value in encoded) if encoded else ""


def _query_pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query.replace("&amp;", "&"), keep_blank_values=True, errors="surrogateescape")


def _is_tracking(name: str, value: str) -> bool:
    name, value = name.lower(), value.lower()
    return (
        name in _TRACKING
        or name.startswith(_TRACKING_PREFIXES)
        or (name in _CHANNEL_PARAMETERS and value in _CHANNELS)
        or value in _AMP_PARAMETERS.get(name, ())
    )


def _route_fragment(fragment: str) -> str:
    # A fragment is a place in the page, except on sites whose scripts use it as the address.
    return "#" + quote(unquote_to_bytes(fragment), safe=_PCHAR + "/?") if fragment.startswith(("!", "/")) else ""
