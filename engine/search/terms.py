"""Words as the search sees them: which runs of characters are terms, and which say nothing.

Scripts that write no spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) are cut into overlapping pairs
of characters; a trigram index, as SQLite has one, finds no word of two characters, and most Chinese words
have two. Everything else is left to the index's own tokenizer.
"""

from __future__ import annotations

import re

# Han, Hiragana, Katakana, Thai, Lao, Burmese, Khmer and the Han extensions of the higher planes.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def word_set(text: str) -> frozenset[str]:
    """The words of a list that is written as running text."""
    return frozenset(text.split())


# Words that carry a question and not its subject. Not a stop list of the index: they stay searchable in
# "quotes" of themselves, because a query in which nothing else is left is searched as it is.
FUNCTION_WORDS = word_set(
    """
    a about above after again all also am an and any are as at be because been before being below between both but
    by can cannot could did do does doing don't down during each every few for from further get gets give given
    gives go had has have having he her here hers him his how i if in into is isn't it it's its itself just let me
    more most much my myself no nor not of off often on once one only or other our ours out over own please same she
    should so some such tell than that the their theirs them then there these they this those through to too under
    until up us very was we were what what's when where where's which while who who's whom whose why will with
    would you your yours aber als auch auf aus bei bin bis bitte da damit dann das dass dem den der des dich die
    dir doch du durch ein eine einem einen einer eines er es für gegen hat hatte hätte ich ihm ihn ihr ihre im ist
    ja kann kein keine können man mein meine mich mir mit muss nach nicht noch nur ob oder ohne sein seine sich
    sie sind soll über um und uns unser unter vom von vor wann warum wegen welche welchem welchen welcher welches
    wenn wer wie wir wird wo wohin worden wurde zu zum zur au aux avec ce ces cette combien comment dans de elle
    en est et il ils je la le les leur lui mais mes mon ne nos notre nous ou où par pas pour pourquoi quand que
    quel quelle quelles quels qui sa se ses son sont sur ta tes ton tu un une vos votre vous à al como con cómo
    cuando cuál cuándo cuánto del donde dónde el ella ellos esta este esto las lo los más mi muy o para pero por
    porque qué quién si sin sobre su sus te una y yo che chi come cosa cui dal dei della di dove e gli ha io ma
    nel nella non per perché quale quando quanto sono sua suo tra
    """
)


def words_of(text: str) -> list[str]:
    """The words of spaced scripts in the text, lower case, in order."""
    return [m.group().lower() for m in _WORD.finditer(_UNSPACED_RUN.sub(" ", text))]


def pairs_of(text: str) -> list[str]:
    """Overlapping pairs of characters of all unspaced runs in the text; a lone character as itself."""
    pairs: list[str] = []
    for run in _UNSPACED_RUN.findall(text):
        pairs += [run[i : i + 2] for i in range(len(run) - 1)] or [run]
    return pairs


def subject_words(text: str) -> list[str]:
    """The distinct words of a question that name its subject, in order; all words if none does.

    "l'eau" and "boiler's" give "eau" and "boiler".
    """
    subject: list[str] = []
    for word in words_of(text):
        if word.replace("’", "'") in FUNCTION_WORDS:
            continue
        parts = re.split("['’]", word)
        subject += (
            [p for p in parts if len(p) > 1 or p.isdigit()] if len(parts) == 1 else [p for p in parts if len(p) > 2]
        )
    return list(dict.fromkeys(subject)) or list(dict.fromkeys(words_of(text)))
