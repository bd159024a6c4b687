"""READ FIRST. One reading of the sources: from due feeds to filed items.

`run.py` holds the run, `reading.py` its state; `feeds`, `entries`, `recheck` and `storing` are its steps. They call the
units of work, whose I/O goes through ports; each result is saved in one transaction:

        fetch            parse        save                  fetch    extract
visit   Feed -> bytes -> [Entry]  ->  Visit       acquire   Entry -> HTML -> AcquiredArticle   (knows no watchlist)
                                                            match             save
                               match_articles   AcquiredArticle -> [Hit] -> Result(outcome)    (in its own process)
file_article   article awaiting filing -> cluster -> Story + ReviewItem      (one process, in a fixed order)

Nothing here knows who runs it: cron, the worker, the desk and a fleet are callers.
"""
