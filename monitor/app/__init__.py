"""The use cases, which the command line, the web, cron and the worker call: functions and small services over a `Home`.

Callers may read through the roles of the store; they write through this package.
"""
