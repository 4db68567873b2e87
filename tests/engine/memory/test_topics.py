from __future__ import annotations

import pytest

from engine.memory.topics import belongs_to


@pytest.mark.parametrize(
    ("topic", "text", "belongs"),
    [
        ("my health", "I'm allergic to hazelnuts", True),
        ("my health", "i take my blood pressure tablet at 7", True),
        ("my health", "I like jazz", False),
        ("my medication", "i take my blood pressure tablet at 7", True),
        ("my medication", "I'm allergic to hazelnuts", False),
        ("my sister", "my sister Greta lives in Oslo", True),
        ("my sister", "my brother Tom lives in Rome", False),
        ("my sister's birthday", "my sister Greta lives in Oslo", False),
        ("Greta", "my sister Greta lives in Oslo", True),
        ("the boat", "our boats lie at pier 4", True),
        ("my family", "my brother Tom lives in Rome", True),
        ("Katrin's husband's job", "The password hint for the tourist office portal is 'first goat'.", False),
        ("Katrin's husband's job", "Katrin's husband works at the dairy", True),
        ("my health and my diet", "i take my blood pressure tablet at 7", True),
        ("Ben and Ida", "Ida is left-handed", True),
        ("me", "I like jazz", False),
        ("", "I like jazz", False),
        ("?!", "I like jazz", False),
    ],
)
def test_what_belongs_to_a_topic(topic: str, text: str, belongs: bool) -> None:
    assert belongs_to(topic, text) == belongs
