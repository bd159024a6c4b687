"""Pure. Translations: gettext catalogues (the .po files of this folder), with plural forms by the CLDR."""

from monitor.i18n.translate import LANGUAGES, catalogue, negotiate_language, translate_sentence

__all__ = ["LANGUAGES", "catalogue", "negotiate_language", "translate_sentence"]
