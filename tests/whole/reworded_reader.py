"""Says all that a home chooses, places, orders and shows; a program, which a build of other words runs, too.

python -m whole.reworded_reader HOME [reworded]
"""

from __future__ import annotations

import sys
from pathlib import Path

from kit.rewording import reword_monitor

if __name__ == "__main__" and sys.argv[2:]:
    reword_monitor()

import json
from collections.abc import Iterator
from datetime import datetime

from kit.app import App
from kit.home import Clock, open_app
from monitor.app.press import press_overview
from monitor.feeds.health import describe_status
from monitor.i18n import labels
from monitor.i18n.labels import reason_in_short
from monitor.match import compile_watchlist, hits, match_documents
from monitor.messages.content.render import as_html, as_json, as_text
from monitor.messages.content.stories.build import make_digest
from monitor.model import DigestInput, Document, Scope, code_of
from monitor.review.scope import within_scope
from monitor.serialize import item_row

TEXTS = (
    "Melis Tokoev was heard. Later Tokoev left the court; M. Tokoev said nothing.",
    "Tokoev was heard in court.",
    "М. Токоев был в суде. Мелису Токоеву отказали. Журналист Токоев молчал.",
    "Melis Tokoyev and Cholpon Arzieva were held by KOS, and a reporter saw it.",
    "KOS says that it is calm.",
    "Комитет общественного спокойствия задержал Чолпон Арзыеву. Фото: Tolkun Media.",
    "Police in Osh detained the editor of a newspaper on Tuesday. Her phone was taken.",
    "Полиция задержала репортёра. Суд арестовал журналистку на месяц.",
)


def choices(app: App) -> Iterator[tuple[str, object]]:
    """Yield all that is chosen by reasons, in the order in which it is shown."""
    items = app.queue()
    yield "queue", [item_row(item, item.articles[0]) for item in items]
    digest_input: DigestInput = app.digest().input
    names = sorted({hit.entity for item in digest_input.items for hit in item.hits})
    for scope in (Scope(), *(Scope(names=(name,)) for name in names)):
        narrowed = within_scope(digest_input, scope)
        digest = make_digest(narrowed, app.settings.timezone)
        yield f"digest {scope.names}", [as_text(digest), as_html(digest), as_json(digest)]
        yield f"reasons {scope.names}", [hit.why for item in narrowed.items for hit in item.hits]
    overview = press_overview(app)
    yield "press", [dict(overview.by_act), [*overview.patterns_judged.values()], overview.left_out]
    yield "examples", [(mention.sentence, why) for mention, _, why in overview.examples.values()]
    yield "feeds", [describe_status(record, record.status) for record in app.feeds()]
    for record in app.store.outbox.records():
        meanings = [meaning for code, meaning in labels.REFUSALS.items() if code_of(record.detail) == code]
        yield f"delivery {record.id}", meanings
    compiled = compile_watchlist(app.store.watchlists.current().entities)
    documents = [Document(str(number), text) for number, text in enumerate(TEXTS)]
    for document, mentions in match_documents(documents, compiled):
        yield f"text {document.id}", [repr(hit) for hit in hits(document, mentions, compiled)]
        yield f"in short {document.id}", [reason_in_short(mention.reasons) for mention in mentions]


if __name__ == "__main__":
    home = open_app(Path(sys.argv[1]), Clock(datetime.fromisoformat(Path(sys.argv[1], "read-at").read_text())))
    json.dump(dict(choices(home)), sys.stdout, ensure_ascii=False, default=str)
    home.close()
