"""Who may take which step alone, together, or only after somebody else?"""

from __future__ import annotations

import pytest

from api.roles import NEEDS, allowed
from riskengine.errors import NeedsSecondPerson

TWO = [step for step, need in NEEDS.items() if need == "two"]
ANOTHER = [step for step, need in NEEDS.items() if need == "another"]


def test_every_draw_takes_two_people_and_publishing_takes_another() -> None:
    assert {"draws", "rosters", "reviews"} == set(TWO)
    assert ANOTHER == ["bundles", "rulings"]


@pytest.mark.parametrize("step", NEEDS)
@pytest.mark.parametrize("by", [(), ("",), ("  ", "")])
def test_a_step_without_a_name_is_refused(step: str, by: tuple[str, ...]) -> None:
    with pytest.raises(NeedsSecondPerson, match="by"):
        allowed(step, *by)


@pytest.mark.parametrize("step", TWO)
@pytest.mark.parametrize("other", ["李娜", " 李 娜 ", ""])
def test_one_person_under_two_spellings_is_still_one(step: str, other: str) -> None:
    with pytest.raises(NeedsSecondPerson, match="李娜"):
        allowed(step, "李娜", other)


@pytest.mark.parametrize("step", TWO)
def test_two_people_are_enough(step: str) -> None:
    assert allowed(step, "李娜", "王强") == ("李娜", "王强")


def test_who_prepared_it_cannot_approve_it() -> None:
    with pytest.raises(NeedsSecondPerson, match="Li Na"):
        allowed("bundles", "Li Na", prepared_by=("王强", "ｌｉ ｎａ"))
    assert allowed("bundles", "赵敏", prepared_by=("王强", "李娜")) == ("赵敏",)


def test_who_prepared_a_list_may_grade_again() -> None:
    assert allowed("grades", "李娜", prepared_by=("李娜",)) == ("李娜",)
