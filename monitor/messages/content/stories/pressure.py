"""Pure. Words of what happens to people whom the authorities press, in English, Russian and Kyrgyz."""

from __future__ import annotations

import re

from monitor.text.normalize import fold

# Beginnings of words; a sign of equality ends the few that begin too many others.
_BEGINNINGS = """
detain arrest custod prison= jail= jailed= raid= raided= raids= searched= trial= tried= sentenc convict beaten= beat=
assault attacked= threaten summon question= questioned= questioning= interrogat charged= charges= indict tortur abduct
disappear deport missing= released= freed= acquit
задерж арест обыск суд= суда= суду= судом= суде= судят= судит= судили= приговор осужд осуд избит избил напал напад угрож
угроз допрос допрош допраш вызван вызва опрос опрош опраш обвин подозрева
изолятор сизо= колони тюрьм пытк похищ похит депорт стражей= страж= пропал освобожд освобод отпущ отпуст оправдан
кармал кармоо камак камал камоо тинтүү тинтил тинтип сот= сотко= сотто= соттун= сотту= соттол өкүм сабал сабап кол=
чабуул коркут сурак суракка= сураш чакыр айып түрмө кыйноо кыйна депорт жоголгон бошот
"""
_WORD = re.compile(r"[^\W\d_]+")
# Folded like the words of a text, so that capitals, accents and ё make no difference.
_PATTERN = re.compile(
    "|".join(re.escape(fold(word.rstrip("="))) + ("$" if word.endswith("=") else "") for word in _BEGINNINGS.split())
)


def pressure_words(text: str) -> list[str]:
    """Return the words of a text that tell of detention, searches, trials, violence or a release.

    >>> pressure_words("Суд продлил арест"), pressure_words("A prize for the editor")
    (['Суд', 'арест'], [])
    """
    return [word for word in _WORD.findall(text) if _PATTERN.match(fold(word))]
