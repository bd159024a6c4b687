"""Pure. What a list will and will not find, and why: for people who edit it."""
