"""Whether a sentence speaks of another place, month, owner or thing than was asked about."""

from __future__ import annotations

import pytest

from engine.agent.guide.answer.of_another import is_of_another
from engine.search.query import SentenceHit
from engine.search.types import Hit


def found(*texts: str) -> list[SentenceHit]:
    return [
        SentenceHit(n, Hit(str(n), "document", text, 0.5), 1, text, 0, len(text), 0.9)
        for n, text in enumerate(texts, 1)
    ]


@pytest.mark.parametrize(
    ("question", "texts", "is_other"),
    [
        ("what is nell's best peak flow?", ("His best peak flow is 240.", "Nell starts swimming in May."), True),
        ("What is Nell's best peak flow?", ("His best peak flow is 240.",), True),
        ("what is jonah's best peak flow?", ("Jonah: his best peak flow is 240.", "Nell swims."), False),
        ("what is my sister's ward?", ("She lies in ward 7.", "Her sister Ines comes on Friday."), False),
        ("what is the landlord's number?", ("The number is 0555 0199.", "Heating is included."), False),
        ("What happens in November?", ("In February the valves are opened.", "In November they are shut."), True),
        ("The light blinks, two flashes", ("It flashes three times: too hot.", "It flashes twice: no oil."), True),
        ("The light blinks, two flashes", ("It flashes twice: no oil.", "It flashes three times: hot."), False),
        ("Two eggs for a cake?", ("Three eggs for a pie.", "A cake takes flour."), False),
        ("What does the BS-420 weigh?", ("The BS-620 weighs 12 kg.",), True),
    ],
)
def test_what_is_of_another_is_no_answer(question: str, texts: tuple[str, ...], is_other: bool) -> None:
    assert is_of_another(question, found(*texts)) is is_other
