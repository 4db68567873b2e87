"""Whether somebody is in need, glad, or neither, as the chooser reads it out of what they write.

Words alone do not tell ("I've got the pills in front of me", "the leaflet says 20 pills a pack"), so what the rules of
guide_comfort.py cannot see is learned from messages that others wrote (packaging/guide_model/wordings/moods.txt).
Without a chooser nobody's mood is known, and the rules are all there is.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["CALM", "MOODS", "NONE", "mood_of"]

NONE = "none"
MOODS = ("despair", "danger", "grief", "joy", NONE)
# Surely none, so that a rule that only sees the words is wrong: "what does the leaflet say about an overdose".
CALM = "calm"
_CALM_ENOUGH = 0.9
# How likely the likeliest has to be. Despair and danger count together: who writes is pointed to help in both.
_ENOUGH = 0.5
# A word or two ("maybe later") say little of anybody.
_SHORT, _ENOUGH_OF_SHORT = 4, 0.9


def mood_of(words: str, likely: Mapping[str, float]) -> str:
    """One of MOODS, or CALM.

    Args:
        likely: how likely each is; empty where nobody read it.
    """
    enough = _ENOUGH if len(words.split()) > _SHORT else _ENOUGH_OF_SHORT
    if likely.get("despair", 0.0) + likely.get("danger", 0.0) >= enough:
        return max(("despair", "danger"), key=likely.__getitem__)
    if likely.get(NONE, 0.0) >= _CALM_ENOUGH:
        return CALM
    return next((mood for mood in ("grief", "joy") if likely.get(mood, 0.0) >= enough), NONE)
