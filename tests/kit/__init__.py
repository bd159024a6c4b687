"""Helpers that tests of several rooms share: homes, servers, databases, browsers."""
