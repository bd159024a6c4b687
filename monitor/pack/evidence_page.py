"""Pure, the standard library alone. The first page of a pack; verify.py makes it again and compares."""

# A copy of this file lies in each pack beside verify.py, so it imports nothing of monitor.
from __future__ import annotations

import time
from html import escape
from typing import Any

LANGUAGES = ("en", "ru", "ky")
WORDS: dict[str, tuple[str, str, str]] = {
    "title": ("Evidence", "Доказательства", "Далилдер"),
    "made": ("This file was made on", "Этот файл составлен", "Бул файл түзүлгөн күн:"),
    "names": (
        "This file names people who may be in danger: pass it on with care.",
        "В этом файле названы люди, которым может грозить опасность: передавайте его осторожно.",
        "Бул файлда коркунучта болушу мүмкүн адамдардын ысымдары бар: этият бериңиз.",
    ),
    "proved": ("What is proved", "Что доказано", "Эмне далилденген"),
    "proved text": (
        "If the check below succeeds, what is marked as sealed existed, byte for byte, before the time that the named "
        "authority certified. Nobody, including those who made this file, can have written or changed it later.",
        "Если описанная ниже проверка проходит, то отмеченное как опечатанное существовало байт в байт до времени, "
        "которое заверила названная служба. Никто, включая составителей этого файла, не мог написать или изменить это "
        "позже.",
        "Эгер төмөндөгү текшерүү ийгиликтүү өтсө, мөөр басылган деп белгиленгендер аталган кызмат күбөлөгөн убакытка "
        "чейин байтына чейин ошол бойдон болгон. Эч ким, бул файлды түзгөндөр да, аны кийин жазып же өзгөртө албайт.",
    ),
    "not proved": ("What is not proved", "Что не доказано", "Эмне далилденген эмес"),
    "not proved text": (
        "That the server sent the same page to everybody; that the page is true; who made this file; that nothing was "
        "left out of it. The times of fetching are the word of its makers, except that they lie before the seal. What "
        "is under no seal is their word alone: names found, decisions, notes, changes, and all that is marked below.",
        "Что сервер отправлял ту же страницу всем; что написанное на ней верно; кто составил этот файл; что в него "
        "вошло всё. Время загрузки указано со слов составителей, известно лишь, что оно раньше печати. Всё, что без "
        "печати, сказано только с их слов: найденные имена, решения, примечания, изменения и всё, что отмечено ниже.",
        "Сервер ушул эле баракты баарына жөнөткөнү; барактагы сөз чын экени; бул файлды ким түзгөнү; анда баары бар "
        "экени. Жүктөлгөн убакыт түзгөндөрдүн сөзү боюнча, мөөрдөн мурда экени гана белгилүү. Мөөр басылбагандын баары "
        "алардын сөзү гана: табылган ысымдар, чечимдер, эскертүүлөр, өзгөрүүлөр жана төмөндө белгиленгендер.",
    ),
    "seal": ("What a seal is", "Что такое печать", "Мөөр деген эмне"),
    "seal text": (
        "Once a day the program computes one number (a hash) from every page that it stored that day, whoever is named "
        "in them, and from the number of the day before. If one byte of one page changes, the number is another one. A "
        "time-stamping authority signs the number together with the time; it sees neither pages nor names. For each "
        "page this file holds the steps that lead from it to the signed number.",
        "Раз в сутки программа вычисляет одно число (хеш) из всех страниц, сохранённых за день, кто бы в них ни был "
        "назван, и из числа предыдущего дня. Если изменится один байт одной страницы, число будет другим. Служба "
        "отметок времени подписывает это число вместе со временем; ни страниц, ни имён она не видит. Для каждой "
        "страницы в этом файле есть шаги, ведущие от неё к подписанному числу.",
        "Программа күнүнө бир жолу ошол күнү сакталган бардык барактардан, аларда ким аталганына карабай, жана мурунку "
        "күндүн санынан бир сан (хеш) эсептейт. Бир барактын бир байты өзгөрсө, сан башка болуп калат. Убакыт белгисин "
        "берүүчү кызмат ушул санга убактысы менен кошо кол коёт; ал барактарды да, ысымдарды да көрбөйт. Бул файлда ар "
        "бир барактан кол коюлган санга алып барган кадамдар бар.",
    ),
    "words": ("What the words mean", "Что означают слова", "Сөздөр эмнени билдирет"),
    "words text": (
        "Present on: at that time (UTC) the server sent the page with this text. Absent on: the server answered twice, "
        "at least six hours apart, both times without the article: nothing at this address, no longer there, withheld, "
        "its front page, or a page without the text. A server that cannot be reached or refuses counts as neither. Why "
        "an article is absent, and since when exactly, is not known.",
        "Статья есть: в это время (UTC) сервер отправил страницу с этим текстом. Статьи нет: сервер ответил дважды с "
        "промежутком не меньше шести часов, и оба раза без статьи: по адресу ничего нет, страницы больше нет, доступ "
        "закрыт, главная страница или страница без текста. Если сервер недоступен или отказывает, это не считается ни "
        "тем, ни другим. Почему статьи нет и с какого именно времени, неизвестно.",
        "Макала бар: ошол убакта (UTC) сервер ушул тексти бар баракты жөнөткөн. Макала жок: сервер кеминде алты саат "
        "аралык менен эки жолу жооп берген, экөөндө тең макала болгон эмес: даректе эч нерсе жок, барак эми жок, "
        "жабык, башкы барак же тексти жок барак. Серверге жетүү мүмкүн болбосо же ал баш тартса, бул экөөнө тең "
        "кирбейт. Макала эмне үчүн жана так качандан бери жок экени белгисиз.",
    ),
    "check": ("How to check it", "Как проверить", "Кантип текшерүү керек"),
    "check text": (
        "Take verify.py and the three files beside it from those who publish the program, not from here, and run: "
        "python3 verify.py FILE. It names each byte that was changed, and prints a line for openssl that checks the "
        "authority's signature. Take the authority's certificate from the authority itself. The pages open with "
        "ReplayWeb.page as they looked.",
        "Возьмите verify.py и три файла рядом с ним у издателей программы, а не отсюда, и запустите: python3 "
        "verify.py ФАЙЛ. Программа назовёт каждый изменённый байт и напечатает строку для openssl, которая проверит "
        "подпись службы. Сертификат службы возьмите у неё самой. Страницы открываются в ReplayWeb.page, как выглядели.",
        "verify.py менен жанындагы үч файлды бул жерден эмес, программаны чыгаргандардан алып, иштетиңиз: "
        "python3 verify.py ФАЙЛ. Ал өзгөртүлгөн ар бир байтты атайт жана кызматтын колун текшерүүчү openssl сабын "
        "чыгарат. Кызматтын сертификатын анын өзүнөн алыңыз. Барактар ReplayWeb.page менен ачылат.",
    ),
    "present": ("Present on", "Статья есть:", "Макала бар:"),
    "again": ("Seen again on", "Видели снова", "Кайра көрүнгөн:"),
    "absent": ("Absent on", "Статьи нет:", "Макала жок:"),
    "feed": ("In the outlet's feed; stored on", "В ленте издания; сохранено", "Басылманын лентасында; сакталган:"),
    "before": ("Before", "Было", "Мурда"),
    "after": ("After", "Стало", "Кийин"),
    "address": ("Address", "Адрес", "Дарек"),
    "page": ("Page as sent", "Страница, как её отправил сервер", "Барак, сервер жөнөткөндөй"),
    "answer": ("Answer of the server", "Ответ сервера", "Сервердин жообу"),
    "text": ("Text", "Текст", "Текст"),
    "no page": ("Only the text was kept.", "Сохранён только текст.", "Текст гана сакталган."),
    "sealed": ("Sealed on", "Опечатано", "Мөөр басылган:"),
    "stored before": (
        "Stored before the first seal, which says nothing of when it was fetched.",
        "Сохранено до первой печати: о времени загрузки она ничего не говорит.",
        "Биринчи мөөргө чейин сакталган: ал качан жүктөлгөнү тууралуу эч нерсе айтпайт.",
    ),
    "stamp": (
        "certified at {}, as this file says by",
        "заверено {}, как сказано в этом файле, службой",
        "{} күбөлөндүрүлгөн, бул файлда айтылгандай, кызмат:",
    ),
    "no stamp": (
        "no authority has certified it, so it proves nothing to others",
        "ни одна служба не заверила, поэтому другим это ничего не доказывает",
        "бир да кызмат күбөлөгөн эмес, ошондуктан башкаларга эч нерсе далилдебейт",
    ),
    "under no seal": ("Under no seal", "Без печати", "Мөөрсүз"),
    "other address": (
        "The answer is of another address than the article's, or of one that was not kept: only the word of those who "
        "made this file ties it to the article.",
        "Это ответ по другому адресу, чем у статьи, или по адресу, который не сохранён: со статьёй его связывает "
        "только слово составителей этого файла.",
        "Бул жооп макаланын дарегинен эмес же сакталбаган даректен келген: аны макала менен бул файлды түзгөндөрдүн "
        "сөзү гана байланыштырат.",
    ),
    "added lines": (
        "The text is not the sealed one, as where lines of the feed, a byline or a caption are added to it: only the "
        "page itself is sealed.",
        "Текст не тот, что опечатан, как бывает, если к нему добавлены строки ленты, имя автора или подпись: опечатана "
        "только сама страница.",
        "Текст мөөр басылган текст эмес, мисалы, ага лентанын саптары, автордун аты же сүрөт жазуусу кошулганда: "
        "барактын өзүнө гана мөөр басылган.",
    ),
    "hits": ("Names found", "Найденные имена", "Табылган ысымдар"),
    "decisions": ("Decisions and notes", "Решения и примечания", "Чечимдер жана эскертүүлөр"),
    "changes": ("Changes", "Изменения", "Өзгөрүүлөр"),
    "name-removed": ("A name is named no more", "Имя больше не названо", "Ысым эми аталбайт"),
    "headline": ("Another headline", "Другой заголовок", "Башка аталыш"),
    "sentence": ("A sentence is worded otherwise", "Предложение изложено иначе", "Сүйлөм башкача жазылган"),
    "read": (
        "The page could be read; before, only title and summary were known",
        "Страницу удалось прочитать; раньше были известны только заголовок и краткое содержание",
        "Баракты окуу мүмкүн болду; мурда аталышы менен кыскача мазмуну гана белгилүү болчу",
    ),
}
_EXPLAINED = ("proved", "not proved", "words", "seal", "check")
_CHANGES = frozenset({"name-removed", "headline", "sentence", "read"})
_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}code{overflow-wrap:anywhere}"
    "article{border-top:1px solid;margin-top:1.5em}q{quotes:none}dt{font-weight:bold}.seal{background:#eef}"
    "aside{border:2px solid;padding:0 1em}"
)


def page_name(language: str) -> str:
    """Return the name of the first page in a language."""
    return "evidence/index.html" if language == LANGUAGES[0] else f"evidence/index.{language}.html"


def evidence_page(manifest: dict[str, Any], language: str) -> bytes:
    """Return the first page of a pack: what is proved, each article with its times and files, what is under no seal."""
    words = {key: translations[LANGUAGES.index(language)] for key, translations in WORDS.items()}
    item, articles = manifest["item"], [versions for versions in manifest["articles"] if versions]
    headline = _text(articles[0][0]["title"] if articles else item["headline"])
    links = " · ".join(
        f'<a href="{page_name(translation).split("/")[1]}" lang="{translation}">{translation}</a>'
        for translation in LANGUAGES
        if translation != language
    )
    parts = [
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{words['title']}: {headline}</title><style>{_STYLE}</style>",
        f"<p>{links}</p><h1>{words['title']}: <bdi>{headline}</bdi></h1>",
        f"<p>{words['names']}</p><aside>",
        *(f"<h2>{words[key]}</h2><p>{words[key + ' text']}</p>" for key in _EXPLAINED),
        "</aside>",
        *(_article(manifest, versions, words) for versions in articles),
        _unsealed(manifest, articles, words),
        "</html>",
    ]
    return "\n".join(parts).encode() + b"\n"


def stamps_of(manifest: dict[str, Any], day: str) -> list[dict[str, Any]]:
    """Return the time stamps that cover the seal of a day: those of the first seal since then that has any."""
    seals = manifest["seals"]
    days = [seal["day"] for seal in seals]
    for seal in seals[days.index(day) :] if day in days else ():
        if seal["stamps"]:
            return [{**stamp, "day": seal["day"]} for stamp in seal["stamps"]]
        if not seal["next"]:
            break
    return []


def _article(manifest: dict[str, Any], versions: list[dict[str, Any]], words: dict[str, str]) -> str:
    # What is shown outside "under no seal" is sealed, or marked: no outlet, no reason, no later sighting.
    parts = [f"<article><h2><bdi>{_text(versions[-1]['title'])}</bdi></h2>"]
    for version in versions:
        parts.append(f"<h3>{_when(version, words)}</h3><dl>")
        parts.append(_row(words["address"], f"<code>{_text(version['url'])}</code>"))
        parts.append(_row("", f"<q><bdi>{_text(version['title'])}</bdi></q>"))
        parts.append(_files(manifest, version, words) + "</dl>")
        parts.append(f'<p class="seal">{_seal(manifest, version, words)}</p>')
        if absence := version.get("absent"):
            status = f" ({_text(absence['seal']['record']['status'])})" if absence.get("seal") else ""
            parts.append(f"<h3>{words['absent']} {_time(absence['found'])}{status}</h3><dl>")
            parts.append(_row(words["address"], f"<code>{_text(absence['url'] or '?')}</code>"))
            parts.append(_files(manifest, absence, words) + "</dl>")
            other_address = f" {words['other address']}" if absence["url"] != (version["url"] or None) else ""
            parts.append(f'<p class="seal">{_seal(manifest, absence, words)}{other_address}</p>')
    return "\n".join(parts) + "</article>"


def _when(version: dict[str, Any], words: dict[str, str]) -> str:
    """Return when a version was there; what was sealed goes before what the manifest says."""
    record = (version.get("seal") or {}).get("record") or {}
    is_page = version["text_from"] == "page" and version["fetched"]
    if {"fetched": True, "feed": False}.get(record.get("kind", ""), is_page):
        return f"{words['present']} {_time(version['fetched'] or record['at'])}"
    return f"{words['feed']} {_time(record.get('at') or version['stored'])}"


def _files(manifest: dict[str, Any], row: dict[str, Any], words: dict[str, str]) -> str:
    """Return the files of a version with their hashes."""
    parts = []
    for key in ("page", "answer", "text"):
        if name := row.get(key):
            link = f'<a href="../{_text(name)}" rel="noreferrer">{_text(name)}</a>'
            parts.append(_row(words[key], f"{link}<br><code>SHA-256 {_text(manifest['files'][name]['sha256'])}</code>"))
    return "".join(parts) if row.get("page") else _row("", words["no page"]) + "".join(parts)


def _seal(manifest: dict[str, Any], row: dict[str, Any], words: dict[str, str]) -> str:
    seal = row.get("seal")
    if not seal:
        return words["under no seal"]
    stamps = stamps_of(manifest, seal["day"])
    # The words of its makers last: a name like "X, 2019-01-01" is not read as the time.
    certified = "; ".join(
        f"{words['stamp'].format(_time(stamp['at']))} <bdi>{_text(stamp['authority'])}</bdi>" for stamp in stamps
    )
    before = f" {words['stored before']}" if seal["record"]["kind"] == "stored before" else ""
    # By the hash of the file, which the check compares; that of the version is the word of the pack's makers.
    text_hash = manifest["files"][row["text"]]["sha256"] if row.get("text") else seal["record"]["text"]
    lines = f" {words['added lines']}" if seal["record"]["text"] != text_hash else ""
    return f"{words['sealed']} {_text(seal['day'])}; {certified or words['no stamp']}.{before}{lines}"


def _unsealed(manifest: dict[str, Any], articles: list[Any], words: dict[str, str]) -> str:
    """Return what is the word of those who made the pack: when they made it, changes, names, decisions."""
    item = manifest["item"]
    making = f"{words['made']} {_time(manifest['made'])} (<bdi>{_text(manifest['by'])}</bdi>)."
    parts = [f"<h2>{words['under no seal']}</h2><p>{making}</p><h3>{words['changes']}</h3><dl>"]
    for article in item["articles"]:
        for finding in article["findings"]:
            parts += _change(finding, words)
    for version in (version for versions in articles for version in versions if version["still_there"]):
        title = f"<bdi>{_text(version['outlet'])}: {_text(version['title'])}</bdi>"
        parts.append(_row(f"{words['again']} {_time(version['still_there'])}", title))
    parts.append(f"</dl><h3>{words['hits']}</h3><ul>")
    parts += [f"<li><bdi>{_text(hit['name'])}</bdi> ({_text(hit['confidence'])})</li>" for hit in item["hits"]]
    parts.append(f"</ul><h3>{words['decisions']}</h3><ul>")
    for decision in item["history"]:
        words_of_people = ", ".join(_text(decision[key]) for key in ("by", "verdict", "note") if decision[key])
        parts.append(f"<li>{_time(decision['at'])}: <bdi>{words_of_people}</bdi></li>")
    return "\n".join(parts) + "</ul>"


def _change(finding: dict[str, Any], words: dict[str, str]) -> list[str]:
    """Return the rows of a change: what a capture showed, and the words before and after."""
    seen_at = _time(finding["seen_at"] or finding["found"])
    if finding["kind"] == "absent":
        last_present = f"{words['present']} {_time(finding['last_present'])}; " if finding["last_present"] else ""
        return [_row(f"{last_present}{words['absent']} {seen_at}", _text(finding["after"]))]
    rows = [_row(seen_at, words[finding["kind"]] if finding["kind"] in _CHANGES else _text(finding["kind"]))]
    return rows + [
        _row(words[key], f"<q><bdi>{_text(finding[key])}</bdi></q>") for key in ("before", "after") if finding[key]
    ]


def _row(term: str, value: str) -> str:
    return f"<dt>{term}</dt><dd>{value}</dd>"


def _text(value: object) -> str:
    return escape(str(value))


def _time(value: str) -> str:
    """Return a time for people. Raises ValueError for anything else, which would be read as one."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.strptime(value, "%Y-%m-%dT%H:%M:%SZ"))
