"""What a process keeps between the questions of planning: no more than it should, and nothing of what failed."""

import pytest
from django.utils import timezone
from faces.desk.builders import PACK, Desk

from linli.domain.places import queries as places
from linli.faces.components import bases
from linli.faces.components.bases import Asked, Kept


def test_the_values_used_last_are_kept_and_no_more() -> None:
    kept: Kept[int] = Kept(2)
    for key in (1, 2, 1, 3):
        kept.get(key, lambda key=key: key)

    assert sorted(kept.values()) == [1, 3]


def test_what_could_not_be_made_leaves_nothing_behind() -> None:
    kept: Kept[int] = Kept(2)
    for key in range(50):
        with pytest.raises(ZeroDivisionError):
            kept.get(key, lambda: 1 // 0)

    assert kept.values() == ()
    assert not kept._making
    assert kept.get(1, lambda: 7) == 7


@pytest.mark.slow
def test_questions_of_many_moments_share_their_answers(desk: Desk) -> None:
    edition = places.current(desk.scope(), desk.district)
    now = timezone.now()
    for second in range(5):
        bases.standing(desk.scope(), edition, Asked(PACK, desk.day, now.replace(second=second)))

    mine = [one.answers for one in bases._inputs.values()]
    assert len({id(one) for one in mine}) == len({one.fingerprint for one in mine})
