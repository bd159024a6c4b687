"""Pure. Stock phrases around stories, in the languages of Central Asia and the larger ones of Europe."""

from __future__ import annotations

import re

_FLAGS = re.IGNORECASE | re.VERBOSE

# Lead-ins to links to other articles. `alone` matches when nothing or a colon follows; otherwise the block needs links:
# "Related to the case, three were held" is news.
LEAD_IN = re.compile(
    r"""\W*(?:
    read\s(?:also|more|next) | also\sread | see\salso | related(?:\s(?:stories|articles|news|content|topics))?
    | more\s(?:on\sthis|from|stories|news) | recommended(?:\sfor\syou)? | most\s(?:read|popular) | don.t\smiss
    | (?:you\s)?(?:may|might)\s(?:also\s)?like | up\snext | (?:latest|other|top)\s(?:news|stories)
    | trending(?:\snow)? | watch\salso
    | читайте(?:\s(?:также|ещ[её]|далее|по\s(?:этой\s)?теме))? | читать\s(?:также|далее|ещ[её]) | в\sтему
    | (?:смотрите|слушайте|см\.)\s(?:также|ещ[её]) | (?:самое\s)?(?:популярное|читаемое) | рекомендуем(?:\sпочитать)?
    | (?:(?:также|ещ[её]|материалы|новости|статьи)\s)?по\s(?:этой\s)?теме | (?:другие|последние|главные)\sновости
    | (?:похожие|связанные|другие)\s(?:новости|статьи|материалы|публикации) | подписывайтесь | подпишитесь
    | вам\sможет\sбыть\sинтересно
    | (?:(?:дагы|ошондой\sэле)\s)?(?:окуңуз|караңыз|көрүңүз)(?:дар)? | ушул\sтемада(?:гы\sматериалдар)?
    | тема\sбоюнча | (?:башка|акыркы|соңку|окшош)\sжаңылыктар
    | (?:(?:тағы|сондай-ақ)\s)?(?:да\s)?оқыңыз(?:дар)? | тақырып\sбойынша | (?:басқа|соңғы|ұқсас)\sжаңалықтар
    | mavzuga\s(?:oid|doir) | shuningdek,?\so.qing | boshqa\syangiliklar | мавзуга\s(?:оид|доир) | шунингдек,?\sўқинг
    | (?:(?:ҳамчунин|инчунин|боз)\s)?бихонед | дар\s(?:ҳамин|ин)\sмавзӯъ | хабарҳои\s(?:дигар|охирин)
    | читайте\s(?:ще|також) | дивіться\sтакож | lesen\ssie\s(?:auch|mehr) | mehr\szum\sthema | auch\sinteressant
    | (?:lire|à\slire)\saussi | lee\stambién | leia\s(?:também|mais) | leggi\sanche | (?:ayrıca|bunu\sda)\soku(?:yun)?
    | czytaj\s(?:także|też|więcej) | zobacz\s(?:także|też)
    )\b(?P<alone>\s*(?:[:|»→]|\W*$))?""",
    _FLAGS,
)

# Notices of the outlet itself, anywhere in the text: rights, invitations, corrections.
NOTICE = re.compile(
    r"""\W*(?:copyright\b | © | ⓒ | subscribe\sto\b | sign\sup\s(?:for|to|here)\b | follow\s(?:us\b|@)
    | please\sread\sour
    | все\sправа\sзащищены | при\s(?:использовании|перепечатке|копировании)\s.{0,30}материал | следите\sза\sнашими
    | (?:если\sвы\s)?(?:нашли|заметили|обнаружили)\s(?:ошибку|опечатку)
    | (?:бардык|барлық|barcha)\s(?:укук|құқық|huquq) | ката\s(?:тапсаңыз|көрсөңүз|таптыңызбы)
    ) | .{0,60}\ball\srights\sreserved\b""",
    _FLAGS,
)

# Credits of editors, translators and contributors below a story.
CREDIT = re.compile(
    r"""\W*(?:(?:(?:additional|with)\s)?report(?:ing|s)\s(?:by|from) | (?:edited|editing|writing|written|translated)\sby
    | .{0,200}\bcontributed\s(?:to\sthis|reporting) | follow\s\w+.{0,60}(?:https?:|\son\s|@)
    | (?:this\s\w+\s)?(?:was\s)?(?:first|originally)\s(?:published|appeared)
    | (?:редактор|перевод|переводчик|источник|корреспондент|подготовил|корректор)\w*\s?[:–—]
    | (?:материал|текст|статью)\s(?:подготовил|перев[её]л)\w* | (?:даярда|котор|дайында|аудар)(?:ган|ған)\s?[:–—]
    | (?:булагы|дереккөз|tayyorla(?:di|gan)|manba|таҳиягар|манбаъ)\w*\s?[:–—])""",
    _FLAGS,
)

# Starts of captions: "Photo: …", "Pictured …".
CAPTION = re.compile(
    r"""\W*(?:(?:фото|видео|сүрөт|сурет|суръат|акс|foto|photos?|images?|bild|picture)(?:\s(?:by|from|credit))?\s?[:©/]
    | (?:pictured|photo\sby|фото\sиз|на\s(?:фото|снимке)|сүрөттө|суретте)\b)""",
    _FLAGS,
)

# Further sentences that outlets add to a text of others and that tell nothing; the extractor leaves them in texts.
STANDING_SENTENCE = re.compile(
    r"""\W*(?:this\s(?:story|article|post)\s(?:has\sbeen|was)\supdated | (?:подписывайтесь|подпишитесь)\sна\b
    | читайте\sнас\s(?:в|на)\b | (?:\w+\s)?канал\w*\s(?:жазыл|катташ)\w+)""",
    _FLAGS,
)
