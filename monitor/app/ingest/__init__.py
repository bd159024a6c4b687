"""One cycle of the line as cron and the worker run it."""
