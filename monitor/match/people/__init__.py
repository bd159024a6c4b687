"""Pure. People whom texts name in full, listed or not, and how their names stand on a list: in the nominative.

`found_people.py` is the door: it has the matcher judge which nominative explains how a name stands in the texts.
"""
