"""Pure. Incidents against the press in a text: frames of an act, its victim, actor and place.

`frames.py` is the door. docs/design/incidents.md describes how it works; the words are in `tables/incidents_*.txt`.
"""
