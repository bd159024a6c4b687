"""Who gets a mail with sensitive names, and who gets none of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kit.articles import COURT, DOCTOR
from kit.home import WATCHLIST
from kit.mailings import office, outlet, smtp
from kit.office import ANNA, EIGHT, EVENING, Died, Office
from kit.outlets import Piece
from monitor import failpoints
from monitor.app.doctor import check_installation

__all__ = ["office", "outlet"]


# ---- names that are marked sensitive -----------------------------------------------------------------------------------

ROOT = "root@ngo.example"
HIDDEN = """Aizada Hidden was taken from her flat at dawn, a neighbour said, and nobody was told where she is held now.
Her son waited at the gate of the building until the evening, and was sent away without an answer by the guards.
A lawyer who asked for her at two offices was told in both that no such person had been brought in that day."""
BOTH = f"{COURT}\nAizada Hidden was not brought before the court, and her lawyer asked the judge in vain where she is held."


@pytest.fixture
def guarded(office: Office) -> Office:
    """Three stories: of Melis Tokoev, of him and Aizada Hidden, of her alone; her name is marked sensitive."""
    office.web.outlets["post"].pieces.clear()
    office.add(Piece("doctor", "Refused a doctor", DOCTOR))
    office.add(Piece("court", "Court extends arrest", BOTH))
    office.add(Piece("dawn", "Taken at dawn", HIDDEN))
    secret = "  - {id: aizada, name: Aizada Hidden, sensitive: true}\n"
    (office.folder / "watchlist.yaml").write_text(WATCHLIST + secret, "utf-8")
    return office


@pytest.mark.parametrize("to", [ANNA, f"{ANNA},{ROOT}"])
def test_who_may_see_sensitive_names_gets_one_mail_with_them_and_the_others_theirs(guarded: Office, to: str):
    smtp(guarded, to=to, sensitive_to=ROOT)
    guarded.ingest(EVENING)
    guarded.send(EIGHT)
    guarded.send(EIGHT + timedelta(minutes=10))
    assert sorted(mail.to for mail in guarded.mailbox.received) == [ANNA, ROOT]
    (ordinary,), (full,) = guarded.mailbox.to(ANNA), guarded.mailbox.to(ROOT)
    assert "izada" not in ordinary.raw.decode() and "Waiting for you: 2" in ordinary.text
    assert full.mail["Subject"].startswith("[monitor] 3 new")
    assert "Aizada Hidden" in full.text and "Aizada Hidden" in full.html and "Taken at dawn" in full.text
    assert "Waiting for you: 3" in full.text and "+4 by watchlist.yaml" in full.text


def test_the_full_digest_is_mailed_where_nobody_gets_the_other_one(guarded: Office):
    smtp(guarded, to="", sensitive_to=ROOT)
    guarded.ingest(EVENING)
    assert guarded.send(EIGHT) == []
    assert [mail.to for mail in guarded.mailbox.received] == [ROOT]


@pytest.mark.check
@pytest.mark.parametrize("who", [ANNA, ROOT])
def test_after_a_crash_each_gets_the_very_rendering_of_before(guarded: Office, who: str):
    smtp(guarded, to=ANNA, sensitive_to=ROOT)
    guarded.ingest(EVENING)
    handed_over: list[str] = []

    def die(point: str) -> None:
        if point == "delivery: after it was handed over":
            handed_over.append(guarded.mailbox.received[-1].to)
            if handed_over[-1] == who:
                failpoints.arm(None)
                raise Died(point)

    failpoints.arm(die)
    with pytest.raises(Died):
        guarded.send(EIGHT)
    guarded.send(EIGHT + timedelta(minutes=10))
    first, again = guarded.mailbox.to(who)
    assert first.raw == again.raw
    assert ("izada" in first.text) is (who == ROOT)


# ---- a file that was broken ----------------------------------------------------------------------------------------------


def test_doctor_says_whose_mail_holds_sensitive_names(guarded: Office):
    guarded.ingest(EVENING)

    def says() -> list[str]:
        found = check_installation(guarded.app.settings, guarded.app)
        return [result.message for result in found if result.subject == "sensitive names" and result.is_ok]

    assert says() == ["in nobody's mail; MONITOR_DIGEST_SENSITIVE_TO says whose"]
    smtp(guarded, sensitive_to=ROOT)
    assert says() == [f"by mail they go to {ROOT}"]
