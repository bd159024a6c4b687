"""Preview: what a change of the watchlist would bring, from the stored articles, before it is saved."""

from monitor.app.preview.search import PreviewedArticle, previewed_articles
from monitor.app.preview.summary import Preview, PreviewExample, preview

__all__ = ["Preview", "PreviewExample", "PreviewedArticle", "preview", "previewed_articles"]
