"""Pure. How Cyrillic newsrooms write Latin names by ear: Baker is Бейкер, Barnier Барнье, Vettel Феттель.

One table of sounds a language: what is written, what is heard (in the alphabet of `text.skeleton`; "-" is silent). At
each place of a word the first line that fits is taken. No names are listed; a name that sounds otherwise is missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from monitor.text import fold, is_cyrillic, settle

_ENGLISH = """
stein$ Stein   ^kn|^gn n   ^geo Jo   (?<=[oe])ff$ v   ^wr r   ^mc mak   tion Sn   tch C   sch S   ch(?=[rlns]) k
ch C   ck k   sh S   th t   ph f   wh u   dge?(?=e|$) J   ^gh g   ughes$ uz   ayes$ eiz   ugh(?=s?$) u   augh|ough o
eigh ei   igh ai   gh -   sc(?=[eiy]) s   c(?=[eiy]) s   c k   qu kv   q k   ^x z   x ks   g(?=e) J   j J
(?<=[aeiou])h(?=[^aeiouy]|$) -   (?<=[dgr])h -   (?<=^j)oh o   mb$ m   y?oung ang   ng$ ng   ^eu u
ow(?=[^aeiouy]|$) ou   aw|au o   ew|eu|ue u   ee|ea|ie(?=.) i   oo|ou u   oa ou   ai|ay|ei|ey(?=[^s]) ei   eye? i
ie$ i   ia(?=n) ia   oe$ ou   y(?=[aeiou]) i   (?<=[^aeiou])y(?=ne?$|le) ai   y i   all ol   al(?=[tdkm]) ol
a(?=(?:[bcdfgklmnpstvz]|ng)e(?:s|r|rs|y|ys|d|n|nn|ly|man|field|wood)?$) ei   aham$ em   a(?=son$) ei
i(?=[bcdfgklmnpstvz]e(?:s|r|rs)?$) ai   e(?=[bcdfgklmnpstvz]e(?:s|r)?$) i   o(?=[bcdfgklmnpstvz]e(?:s|r)?$) ou
u(?=[bcdfgklmnpstvz]e(?:s|r)?$) u   (?<=[^aeiouy])e(?=s?$|ly$|man$|field$|wood$) -
u(?=[^aeiouyl][^aeiouy]|[^aeiouy]$) a   i(?=ld$|nd$) ai   a(?=[ckmnptdb][ckmnptbdfg]) e   walk uok   w u
"""
_GERMAN = """
stein$ Stein   tsch C   sch S   ^st St   ^sp Sp   chs ks   ch h   ck k   dt t   th t   ph f   qu kv   ei|ey|ai|ay ai
eu|aeu oi   ie i   tz|z T   v f   w v   ss s   s(?=[aeiou]) z   jo e   j i   (?<=[aeiou])h(?=[^aeiou]|$) -   oe e
ue u   ae e   aa a   y i   x ks   c(?=[ei]) T   c k
"""
_FRENCH = """
eaux?$|aux?$|ault$|aud$|ot$|eau|au o   ais?$|ait$ e   ai|ei e   oi ua   ou u   ch S   gn n   gu(?=[ei]) g
g(?=[eiy]) J   j J   qu k   c(?=[eiy]) s   c k   ph f   th t   h -   (?<=v)ille il   ille i   ier$ e   er$|ez$|et$ e
en(?=[tcds]) an   ain$|in$ en   ^y(?=v) i   e(?=s?$) -   (?<=[aeioun])[tdsxzp]$ -   (?<=[rl])[td]s?$ -   y i   x ks
w v
"""
_SPANISH = """
ch C   ll l   qu k   gu(?=[ei]) g   g(?=[ei]) h   j|x h   h -   z s   c(?=[ei]) s   c k   y i   w v
"""
_ITALIAN = """
sc(?=[ei]) S   sch sk   ch k   cci?(?=[aou])|ci(?=[aou]) C   cc?(?=[ei]) C   c k   ggi?(?=[aou])|gi(?=[aou]) J
gh g   gg?(?=[ei]) J   gli(?=[aou]) l   gn n   qu ku   zz? T   h -   j i   y i   x ks   w v
"""
_CHINESE = """
zh CJ   ch C   sh S   x s   q T   j|z Tz   c T   r J   w v   iang an   ian an   ia a   iu u   ong un   ang an
eng en   ing in   y(?=[aou]) -   yi i   y i
"""
_LANGUAGES = (_ENGLISH, _GERMAN, _FRENCH, _SPANISH, _ITALIAN)
_SYLLABLES = re.compile(r"(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxzcsryw])?[aeiou]{1,3}(?:ng?|r)?)+$")
_PINYIN = re.compile(r"x|q|zh|j[iu]|^z|ng$")
# Romanised from Cyrillic, so not to be read as English: Zhoomart, Tokoev, Kulov, Asanbek.
_ROMANISED = re.compile(
    r"zh|kh|dj|dzh|yy|uu|aa|[aeiou]y[aou]|[oey]v(?:a|ich|na)?$|(?<=..[^e])ina?$|sk[iy]y?$|enko$|bek$|kyzy$|uulu$|chuk$"
)


@cache
def _reader(table: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    written, heard = table.split()[::2], table.split()[1::2]
    return re.compile("|".join(f"({w})" for w in written)), tuple(h.replace("-", "") for h in heard)


def _read(word: str, table: str) -> str:
    pattern, heard = _reader(table)
    return settle(pattern.sub(lambda m: heard[(m.lastindex or 1) - 1], word))


def by_ear(raw: str) -> Iterator[str]:
    """How a Latin word sounds when read in one language or another, as a skeleton.

    >>> from monitor.text import skeleton
    >>> [skeleton("Бейкер") in by_ear("Baker"), skeleton("Барнье") in by_ear("Barnier"), *by_ear("Tokoev")]
    [True, True]
    """
    word = fold(raw)
    if is_cyrillic(word) or not word.isalpha() or len(word) < 2:
        return
    if not _ROMANISED.search(word):
        for heard in (_read(word, language) for language in _LANGUAGES):
            yield from (heard, f"{heard[:-1]}s") if heard.endswith("z") else (heard,)  # Хьюз, Хьюс
    if _PINYIN.search(word) and _SYLLABLES.match(word):
        yield _read(word, _CHINESE)
