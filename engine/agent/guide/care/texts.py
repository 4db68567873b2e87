"""What is said to somebody in need, in sorrow or in joy, weighed for whom each sentence may reach wrongly."""

from __future__ import annotations

__all__ = [
    "COMFORT",
    "EMERGENCY",
    "GLAD",
    "HEAVY",
    "IF_HURT",
    "IF_IN_DANGER",
    "POISON",
    "REFUSAL",
    "SORRY",
    "SYMPATHY",
    "SYMPATHY_LASTING",
    "THANKS",
    "THERE",
    "TOUCHED",
    "VET",
]

COMFORT = (
    "I am sorry that it is this hard. I am only a small program on your computer and no help in this, but people are: "
    "please talk now to somebody you trust, to a doctor, or to a crisis line. If you are in danger, call the emergency "
    "number of your country."
)
SORRY = "I am sorry to read that."
_POOR_COMPANY = (
    f"{SORRY} I am only a small program on your computer and poor company, but somebody you trust may be glad to hear "
    "from you"
)
SYMPATHY = f"{_POOR_COMPANY}."
# To who says how badly they feel; not to "the doctor says it's cancer".
SYMPATHY_LASTING = f"{_POOR_COMPANY}; if it does not get better, talk to a doctor."
# Fits who only grieves, too.
HEAVY = (
    f"{_POOR_COMPANY}. If it is too heavy to bear, talk to a doctor or call a crisis line; somebody is there at any "
    "hour."
)
# Behind what followed despair.
THERE = "A doctor or a crisis line is there at any hour, should you want one."
GLAD = "I am glad to read that."
# Fit the best and the worst of news.
THANKS = "Thank you for telling me."
TOUCHED = f"{THANKS} I am only a small program on your computer; somebody who knows you will have better words for it."
REFUSAL = "I do not help with this. If somebody is in danger, call the emergency number of your country."
EMERGENCY = (
    "I am only a small program on your computer and no help in this. Please do not wait for me: call the emergency "
    "number of your country now (112 in Europe, 911 in North America, 999 in Britain), or somebody who is near you."
)
# Of a liver nothing is felt for a day.
POISON = (
    "I am only a small program on your computer and no help in this. Please do not wait, even if nothing is felt yet: "
    "call the emergency number of your country now (112 in Europe, 911 in North America, 999 in Britain) or a poison "
    "line, and say what was taken and how much."
)
# Fits who is not hurt, too.
IF_HURT = (
    "I am only a small program on your computer and no help in this. If somebody is hurt, ill or in danger, do not "
    "wait: call the emergency number of your country (112 in Europe, 911 in North America, 999 in Britain). Else talk "
    "to a doctor, or to somebody you trust."
)
VET = (
    "I am only a small program on your computer and no help in this. Please call a vet now; at night and on Sundays an "
    "emergency vet."
)
IF_IN_DANGER = "If somebody may be in danger, do not wait: call the emergency number of your country."
