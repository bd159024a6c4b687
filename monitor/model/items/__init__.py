"""Pure. Review items: their articles, decisions and regroupings, and what users add by hand."""
