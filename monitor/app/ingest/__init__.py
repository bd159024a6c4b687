"""The ingest cycle, as run by cron and by the worker."""
