"""Texts made of names, their misspellings and other words, and a list whose names stand in them."""

from __future__ import annotations

from hypothesis import strategies as st

from monitor.model import Context, Entity, EntityType

ENTITIES = [
    Entity("melis", "Мелис Токоев", context=Context(support=("журналист", "главный редактор"))),
    Entity("asel", "Asel Mamyrova"),
    Entity("isaev", "Динар Исаев"),
    Entity("isaeva", "Динара Исаева", context=Context(exclude=("футбол",))),
    Entity("jana", "Жанар Болот кызы"),
    Entity("orlov", "Сергей Иванович Орлов", context=Context(require=("суд",))),
    Entity("petrovsky", "Anna Petrovskaya", aliases=("Анна Петровская",)),
    Entity("bloom", "Bloom", EntityType.OUTLET),
    Entity("line", "Новая линия", EntityType.ORGANIZATION),
    Entity("fund", "Фонд защиты печати", EntityType.ORGANIZATION, aliases=("ФЗП", "SAVB")),
    Entity("z3", "Канал Z3", EntityType.OUTLET),
    Entity("baker", "Peter Baker"),
    Entity("ba", "Key Ba"),
    Entity("askar", "Аскар Бекин", aliases=("Бекин, Аскар Нурович",)),
    Entity("noble", "Anna de Groot"),
    Entity("double", "Мария Орлова-Саттарова"),
    Entity("maluk", "Saiful Malukov"),
    Entity("jong", "Ban Chol-su"),
    Entity("great", "Анна из Токмока"),
    Entity("sign", "Иван Ъ"),
    Entity("ъ", "Ъ", EntityType.OUTLET),
    Entity("bek", "Дастанбек Сыдыков"),
    Entity("bek2", "Асан Сыдыков"),
    Entity("ivan", "Иван Петров", context=Context(support=("суд",))),
    Entity("zara", "Zara Isaeva"),
]

FILLERS = (
    "и в не вчера сказал Суд журналист главный редактор футбол кызы уулу президент бул жана менен the of said "
    "Москва Бишкек Лондон А. М. Д. Иван Асан Мария Петров линии печать 2024 Z3 XVI є ї і ы"
).split()
FORMS = (
    "Мелис Мелиса Мелису Мелистин Melis Токоев Токоева Токоеву Токоевдин Токаев Tokoev Toкоев ТОКОЕВ токоев Токоевы "
    "Асель Асел Asel Mamyrova Мамырова Мамыровой Мамыров Мамирова Динар Динара Динары Исаев Исаева Исаевым Исаевой "
    "Жанар Жанара Болот Болотбек кызынын кизи Сергей Сергею Серёжа Иванович Орлов Орлову Орлова Анна Анны Петровская "
    "Petrovskaya Петровской Петровски Bloom bloom Блум Новая новая линия Линия Фонд фонд защиты печати ФЗП ФЗПнын SAVB "
    "Канал канал Питер Бейкер Бейкера Бейкэр Бэйкеру Baker Peter Питера Пётр Ки Кей Ба Баев Key Ba Аскар Аскару Ааскар "
    "скар фскар аскар Бекин Бекину Беин екин фекин еекин фекину Нурович Сергеевич Нуровичу Groot Гроот де de роот "
    "Орлова Саттарова Сатарова Сттарова Саттаровой аттарова Саиф Saif уль ul Malukov Малуков Маликов Сайфул Ban Бан "
    "Chol Чол су su из Токмока Токмок ъ Ъ ь Дастан Дастанбек Сыдыков Сыыков Сыдыкв Сыдыкова ыдыков фыдыков сыдыков "
    "елис фелис Мелиис окоев фокоев Токооев Токев Тооев орлов Орлову МВД МИДа Жаанар Жнар Сергй ергей "
    "мелис мелистин зара Зара Зары Сара Иван Ивана Петров Петрова Петровна Петровну исаева Токоевна"
).split()
GAPS = " | | | |\n|, |. |-| — | «|» |’|  |\u00a0|\u00ad| (|) | “|” |! ".split("|")

words = st.sampled_from(FORMS) | st.sampled_from(FILLERS)
texts = st.lists(st.tuples(words, st.sampled_from(GAPS)), max_size=45).map(lambda parts: "".join(map("".join, parts)))
odd_characters = st.sampled_from("аяЖёйǅKſ中𝐀𐐷😀'’`´‘\u0301\u0345\u0308\u00ad\u200d\ufeff \n._-1٣²\x00\ud83d\udc00İßі")
odd_texts = st.text(odd_characters | st.characters(), max_size=60)
