"""The run of the guide: the model chooses a tool and its argument, everything else is ours or verbatim.

The guide is a few million parameters. It reads the person's words and says, forced by a grammar, which tool
with which of these words. From there on nothing is generated: the frame is written here, the sentence is
read from the store, the place is its citation. If nothing fits well enough, the run says so; if the guide
was wrong about where to look, the other place is tried first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from itertools import pairwise

from engine.agent.guide.answer.acting import NO_REMINDER, cannot_do, say_what_cannot_be_done, wants_a_reminder
from engine.agent.guide.answer.asking_back import asks_back
from engine.agent.guide.answer.forgetting import forget, go_on_forgetting
from engine.agent.guide.answer.greeting import ALL_RIGHT, GREETING, acknowledges, greeting_for, greets
from engine.agent.guide.answer.help import answer_about_scrubjay
from engine.agent.guide.answer.in_passing import pass_by
from engine.agent.guide.answer.keeping import keep_nothing, remember
from engine.agent.guide.answer.library import asks_about_documents, asks_to_take_out, tell_beginning, tell_documents
from engine.agent.guide.answer.look_up import (
    QUERY_CHARACTERS,
    look_up,
    look_up_all_the_same,
    sure_answer,
)
from engine.agent.guide.answer.questions import KNOWN, KnownAnswer, answer_known_question
from engine.agent.guide.answer.read_on import read_on
from engine.agent.guide.answer.recall import asks_what_is_known, recall, tell_of_topic, tell_what_is_known
from engine.agent.guide.answer.told_before import (
    FOUND_NOTHING,
    corrects,
    quoted_before,
    said_before,
    said_of_late,
    surely_said,
)
from engine.agent.guide.care.abroad import comfort_abroad
from engine.agent.guide.care.comfort import (
    comfort,
    is_acute,
    is_sad_question,
    may_be_acute,
    needs_help,
    sympathise,
    sympathy,
    tells_a_feeling,
    tells_of_violence,
)
from engine.agent.guide.care.confided import follow_up_care, has_confided, without_repeating
from engine.agent.guide.care.moods import (
    CALM,
    MOVED,
    NONE,
    PERHAPS,
    is_deadly_joke,
    is_handed_over,
    is_hyperbole,
    mood_of,
)
from engine.agent.guide.care.signs import asks_for_harm, speaks_of_danger, tells_of_loss, tells_of_own_diagnosis
from engine.agent.guide.care.texts import EMERGENCY, HEAVY, IF_HURT, IF_IN_DANGER, REFUSAL, SORRY, TOUCHED
from engine.agent.guide.reckon.arithmetic import is_a_sum_of
from engine.agent.guide.reckon.clock import answer_about_times, with_the_time
from engine.agent.guide.reckon.dates import answer_about_dates
from engine.agent.guide.reckon.next_step import is_a_result, is_a_step
from engine.agent.guide.reckon.numbers import tidied
from engine.agent.guide.understand.chat import what_was_asked
from engine.agent.guide.understand.chooser import MOST_EARLIER, SURELY, sure_choice, tools_in_question
from engine.agent.guide.understand.corrections import asks_what_we_do, corrected, insults_us, only_asks_what_now
from engine.agent.guide.understand.follow_up import another_meant
from engine.agent.guide.understand.front import front_choice
from engine.agent.guide.understand.grammar import (
    GUIDE_TOOLS,
    GuideChoice,
    GuideChoiceError,
    guide_grammar,
    parse_choice,
    visible_words,
)
from engine.agent.guide.understand.languages import foreign_language, may_be_foreign
from engine.agent.guide.understand.meaning import (
    asks_about_oneself,
    asks_for_a_time,
    asks_not_to_remember,
    asks_to_forget,
    asks_to_remember,
    asks_what_is_known_of,
    is_a_question,
    is_a_task,
    is_or_may_be_a_question,
    means_everything,
    speaks_to_us,
    tells_of_trouble,
    tells_something,
    told_besides,
)
from engine.agent.guide.understand.reactions import reacts
from engine.agent.run import Outcome, Run
from engine.chats import Turn
from engine.errors import EmbedderError
from engine.events import TokenGenerated
from engine.llm.backend import Generated, Message, Sampling
from engine.search.types import Chooser, Chosen
from engine.security.taint import APP, USER
from engine.tools.builtin.current_time import local_time

__all__ = ["HAND_OVER", "HAND_OVER_LANGUAGE", "answer_as_guide"]

HAND_OVER = (
    "I am the guide that comes with Scrubjay. I find, quote, remember and calculate. "
    "For writing, summing up and general questions, choose a model."
)
HAND_OVER_LANGUAGE = (
    "I am the guide that comes with Scrubjay, and I understand English only. Ask me in English, "
    "or choose a model that knows your language."
)
# What won't stop there is no machine's trouble.
_OF_MIND = re.compile(r"\b(?:sleep\w*|my (?:head|heart|mind|thoughts)|cry\w*)\b", re.IGNORECASE)
_ASKS_FOR_HELP = re.compile(r"\bwhat (?:do|should|can|shall) (?:i|we) do(?: now)?\W*$", re.IGNORECASE)
_GREETS = re.compile(
    r"\W*(?:good (?:morning|afternoon|evening)|hello|hiya|hi|hey there|morning)\b[,!. ](?!.*\b(?:need|want"
    r"|looking for|like to"
    r" know|numbers?|codes?|warranty)\b)",
    re.IGNORECASE | re.DOTALL,
)
_RIDDLE = re.compile(r"\bwhat am i\b\W*$", re.IGNORECASE)

# Of 600 first prompts by two outsiders 43 were about Scrubjay; no other that is made of known words alone came nearer
# to a known question than 0.68. Where the chooser is sure that Scrubjay is meant, the second is enough.
_KNOWN_SURELY, _KNOWN_AT_LEAST = 0.75, 0.5
# So likely to be something that somebody tells.
_TELLS = 0.85
# Enough for what is asked not to be recorded as something told.
_LIKELY = 0.5
# And so likely danger, where no word is of what leaves no time.
_LIKELY_HURT = 0.7
# And where nothing else is said that could be meant.
_ALMOST_SURELY = 0.65
# Where they ask of it, and nothing else is said.
_PERHAPS_HURT = 0.3
# So likely to be told is what is kept rather than looked up, where that is less likely than this; and of so many words.
_AS_LIKELY, _UNSURE, _SENTENCE = 0.37, 0.6, 5
# So sad is what is felt and not told.
_FELT = 0.75
# "The bins go out on Wednesday now, right?" is news.
_IS_NEW = re.compile(r"\b(?:now|instead|no longer|any ?more|changed|moved)\b", re.IGNORECASE)
# "Anselm gave the suitcase back today, hooray" changes what was told.
_GIVEN_BACK = re.compile(
    r"\b(?:gave|given|brought|paid|got|is|are|came|sent)\b.{0,40}\bback\b|\breturned\b", re.IGNORECASE
)
# Enough for glad words to be kept.
_MAY_BE_TOLD = 0.1
# Below this nothing about Scrubjay is asked, however near a known question is, unless it is that word for word.
_HARDLY, _AS_WRITTEN = 0.05, 0.97
_KNOWN_BESIDE = {
    "hand_over": _KNOWN_SURELY, "current_time": 0.85, "forget": 0.9, "remember": 0.95, "search_documents": 0.97,
    "recall_memory": 0.97,
}  # fmt: skip
# "Hi there, I'm Ros. Who are you?"
_INTRODUCES = re.compile(
    r"\W*(?:hi|hiya|hello|hey|good (?:morning|evening|afternoon)|morning)\b(?: there| scrubjay)?[\s,.!]+"
    r"(?:(?:i['’]?m|i am|my name is|this is) \w+\s*[.,!]\s*)?",
    re.IGNORECASE,
)
_NEVER = 2.0
# What each answer to danger has.
_CALLS = "emergency number"
_SURE_BESIDE = 0.95
_ASKS_WHERE = re.compile(r"\bwhere(?:['’]?s| is| are| did| do| can)\b|\bnearest\b", re.IGNORECASE)
_SAYS_NOTHING = re.compile(
    r"(?:i|we)(?:['’]ve| have)? (?:got|bought|have|need|found) (?:an? )?(?:(?:new|other|different|another|better) )?"
    r"(?:ones?|it|them|that)[\s.!]*",
    re.IGNORECASE,
)
_OF_SOMEBODY = re.compile(
    r"\b(?:i|i['’]?m|me|my|we|us|he|she|they|him|her|he['’]s|she['’]s|mum|mom|dad|baby|son|daughter|child|kids?"
    r"|somebody"
    r"|someone|patient|neighbou?r|man|woman|girl|boy|(?-i:[A-Z])\w+['’]s)\b",
    re.IGNORECASE,
)
# As resources/help/questions.md has it.
_FORGET_ALL, _TAKE_OUT, _WHAT_WE_DO = "forget everything", "How do I take a document out?", "What can you do?"
# Choices of who tells nothing.
_ASKING = (
    "search_documents", "recall_memory", "calculator", "current_time", "help", "greet", "hand_over", "forget",
)  # fmt: skip
# Choices that a message may be taken for whose writer is in need, however surely.
_OF_A_MOOD = ("hand_over", "remember", "recall_memory")
_OF_IT = re.compile(r"\b(?:it|they|that|this|them|one)\b", re.IGNORECASE)
# Pairs of words and choice that the guide sees of the chat so far.
_PAIRS = 2
_LONG_RESULT = re.compile(r"(?<=≈ )\d+\.\d{5,}")
# "A year of that, 46 weeks" behind a result is no news.
_NO_STEP = "I did not understand this step. Write the whole sum, for example: 12 times 4."
_HAS_NUMBER = re.compile(r"\d")
_TELLS_OF = re.compile(
    r"\b(?:i|i['’]m|we|he|she|it['’]?s|they|is|are|was|were|has|have|had|will|remember|note|born|birthday|lives?|works?|called)\b"
    r"|['’](?:s|m|re|ve|ll)\b|:",
    re.IGNORECASE,
)
_NO_RESULT = "There is no result to go on from. Write the whole sum, for example: 12 times 4."
# The longest choice: a span of 120 words in JSON.
_CHOICE_TOKENS = 400


async def answer_as_guide(run: Run) -> Outcome:
    """Choose, act, answer."""
    outcome = await _act(run)
    # A machine that hums is in none, nor who asks whether a customer may be charged.
    is_told = may_be_acute(run) or not is_or_may_be_a_question(run.words)
    if run.mood == PERHAPS and is_told and _CALLS not in outcome.answer and _OF_SOMEBODY.search(run.words):
        outcome = replace(outcome, answer=f"{outcome.answer}\n{IF_IN_DANGER}")
    # "My patient has a milky film on her eye. She's been using the brown drops" asks, as it was answered.
    run.is_request = run.is_request or any(c.kind == "document" for c in outcome.citations)
    run.labels |= {APP}
    outcome = replace(outcome, answer=without_repeating(run, outcome.answer))
    await run.show(outcome.answer)
    run.emit(TokenGenerated(run.request.run_id, outcome.answer))
    return outcome


async def _act(run: Run) -> Outcome:
    chosen = await _choose(run)
    choice = corrected(chosen, _with_the_date(run) or run.words, is_sure=run.likely.get(chosen.tool, 0.0) >= SURELY)
    if said := await _care_for(run, choice) or await _obey(run, choice):
        return said
    if run.earlier and acknowledges(run.words):
        return Outcome(greeting_for(run.words))
    if _only_greets(run, choice):
        return Outcome(greeting_for(run.words))
    is_told = run.likely.get("remember", float(choice.tool == "remember")) >= _AS_LIKELY
    tells_a_fact = is_told and not is_deadly_joke(run.words)
    if is_hyperbole(run.words) and not tells_a_fact and not is_a_question(run.words):
        # Neither kept nor looked up.
        run.use_memory = False
        return Outcome(TOUCHED)
    # What somebody asks for tells nothing about them, however it is worded: it is not recalled as something told.
    # What is perhaps only handed over for want of a better choice may tell something.
    enough = SURELY if choice.tool == "hand_over" else _LIKELY
    surely_asks = choice.tool in _ASKING and run.likely.get(choice.tool, 0.0) >= enough
    may_ask = choice.tool != "remember" and is_or_may_be_a_question(run.words)
    run.is_request = is_a_task(run.words) or surely_asks or may_ask
    if asked := what_was_asked(run.words, run.earlier):
        return Outcome(asked)
    if not run.request.document_ids:
        if asks_what_is_known(run.words):
            return await tell_what_is_known(run)
        if asks_about_documents(run.words):
            return await tell_documents(run)
        if read := await tell_beginning(run) or await read_on(run):
            return read
        if (topic := asks_what_is_known_of(run.words)) and (told := await tell_of_topic(run, topic)):
            return told
    if run.earlier and run.mood in (NONE, CALM, "joy", MOVED) and not has_confided(run) and reacts(run.words):
        return Outcome(ALL_RIGHT)
    surely_help = choice.tool == "help" and run.likely.get("help", 0.0) >= SURELY
    asked = _WHAT_WE_DO if asks_what_we_do(run.words) else _INTRODUCES.sub("", run.words, count=1) or run.words
    known = await answer_known_question(asked, run.services.embedder, is_known_to_be_one=surely_help)
    # "My son says he is fine and clearly isn't. What now?" ends like a question about Scrubjay and is none.
    is_as_written = known is not None and known.nearness >= _AS_WRITTEN
    if choice.tool == "hand_over" and run.likely.get("help", 1.0) < _HARDLY and not is_as_written:
        known = None
    # "What does it cost?" behind what a paper says of a crown is not asked of Scrubjay.
    is_of_paper = bool(quoted_before(run)) and _OF_IT.search(run.words) is not None and not speaks_to_us(run.words)
    if is_of_paper and choice.tool == "help":
        choice, surely_help = GuideChoice("search_documents", {"query": run.words}), False
    if only_asks_what_now(run.words) or is_of_paper:
        known = None
    is_known = known is not None and known.nearness >= KNOWN
    is_order = asks_to_remember(run.words) and not is_a_question(run.words)
    if choice.tool == "help" or (known and not is_order and known.nearness >= _KNOWN_BESIDE.get(choice.tool, _NEVER)):
        if not is_known and not speaks_to_us(run.words):
            return await _perhaps_about_scrubjay(run, is_sure=surely_help)
        known = known if is_known or (surely_help and known and known.nearness >= _KNOWN_AT_LEAST) else None
        return await answer_about_scrubjay(run, known, is_sure=surely_help)
    return await _do(run, choice, known)


def _is_behind_a_search(run: Run) -> bool:
    """Whether the answer before quoted a document, or found nothing."""
    return bool(quoted_before(run)) or said_before(run).startswith(FOUND_NOTHING)


async def _care_for(run: Run, choice: GuideChoice) -> Outcome | None:
    """What comes before everything else: who is in need, and what is not done for anybody."""
    if run.mood != CALM and not _may_be_a_mood(run, choice):
        run.mood = NONE
    if asks_for_harm(run.words):
        return Outcome(REFUSAL)
    if said := comfort_abroad(run.words):
        run.use_memory = False
        return Outcome(said)
    if needs_help(run.words, run.mood) or tells_of_violence(run):
        return await _help(run)
    return follow_up_care(run, choice)


async def _obey(run: Run, choice: GuideChoice) -> Outcome | None:
    """Orders about what is kept that no choice has a word for."""
    if asks_not_to_remember(run.words):
        # "Don't remember the thing about her illness" may mean what was told.
        gone = await forget(run, choice) if choice.tool == "forget" and run.use_memory else None
        return gone if gone and gone.reason != "not_found" else keep_nothing(run)
    if run.use_memory and (gone := await go_on_forgetting(run)):
        return gone
    if asked_back := await asks_back(run):
        return asked_back
    if run.use_memory and await corrects(run):
        return await remember(run, GuideChoice("remember", {}))
    if another_meant(run.words) and _is_behind_a_search(run):
        return await look_up(run, GuideChoice("search_documents", {"query": run.words}))
    if means_everything(run.words) and (known := await answer_known_question(_FORGET_ALL, None)):
        return Outcome(known.text)
    if asks_to_take_out(run.words) and (known := await answer_known_question(_TAKE_OUT, None)):
        return Outcome(known.text)
    return None


async def _help(run: Run) -> Outcome:
    """Point to people; and to what was told or a document surely says where somebody asks: "where are her pens?".

    Where only the mood tells of danger ("she spat out the tablet, give it again?") that comes first.
    """
    remembers, helped = run.use_memory, comfort(run)
    if helped.answer not in (EMERGENCY, IF_HURT) or not is_or_may_be_a_question(run.words):
        return helped
    last = re.split(r"(?<=[.!]) ", run.words.strip())[-1]
    is_said = speaks_of_danger(run.words)
    # Beside an alarm only what is sure: a leaky washing machine is no matter of a smell of gas. A defibrillator is.
    least = _SURE_BESIDE if is_said and not _ASKS_WHERE.search(run.words) else 0.0
    found = await sure_answer(run, least=least) or (await sure_answer(run, last, least) if last != run.words else None)
    # "What do I do?" is asked of nobody's memory.
    if found is None and remembers and not run.request.document_ids and not _ASKS_FOR_HELP.search(run.words):
        recalled = await recall(run, run.words, run.words)
        told = Outcome("\n".join(recalled.lines), "answered", tuple(recalled.citations))
        found = told if recalled.lines else None
    if found is None:
        return helped
    parts = (helped.answer, found.answer) if is_said else (found.answer, IF_IN_DANGER)
    return Outcome("\n".join(parts), "answered", found.citations)


async def _perhaps_about_scrubjay(run: Run, *, is_sure: bool) -> Outcome:
    """What the guide took for a question about Scrubjay without a word of it: "is it safe to run it on PDFs?"."""
    if found := await look_up_all_the_same(run):
        return found
    about_us = await answer_about_scrubjay(run, None, is_sure=is_sure)
    if about_us.reason == "answered":
        return about_us
    return await look_up(run, GuideChoice("search_documents", {"query": run.words}))


async def _do(run: Run, choice: GuideChoice, known: KnownAnswer | None) -> Outcome:
    """What was chosen; where nothing surely answers, what is known about Scrubjay if that was meant."""
    if choice.tool not in ("calculator", "current_time") and is_a_step(run.words):
        return Outcome(_NO_RESULT, "not_found")
    match choice.tool:
        case "greet":
            said = greeting_for(run.words)
            # "Found it!!! It was in my shoe" greets nobody.
            if run.earlier and said == GREETING and not greets(run.words):
                return pass_by(run) or Outcome(ALL_RIGHT)
            return Outcome(said)
        case "hand_over":
            return await _answer_or_hand_over(run)
        case "forget":
            return await _forget(run, choice)
        case "remember":
            return await _keep(run, choice)
        case "search_documents" | "recall_memory":
            return await _find(run, choice, known)
        case _:
            return await _beside_what_is_told(run, await _compute(run, choice))


async def _answer_or_hand_over(run: Run) -> Outcome:
    """A word to a feeling, what a document or a memory says all the same, what was told; else who could do it."""
    if cannot_do(run.words):
        return await say_what_cannot_be_done(run)
    is_sure = run.likely.get("hand_over", 0.0) >= SURELY
    # What was not understood is not recalled as something told.
    run.is_request = run.is_request or bool(foreign_language(run.words))
    # "We buried Mum on Friday, I don't know where to put myself" asks nothing of what was told of Mum.
    is_trouble = tells_of_trouble(run.words) and not _OF_MIND.search(run.words)
    felt = None if is_trouble else sympathise(run)
    may_be_told = run.likely.get("remember", 0.0) >= _MAY_BE_TOLD
    # "Paid Niamh back today, all two hundred" is glad news to keep; so is "The allotment people rang. I'm number 2".
    if felt and run.mood in ("joy", MOVED) and (may_be_told or _GIVEN_BACK.search(run.words)):
        return await remember(run, GuideChoice("remember", {}))
    if felt and may_be_told and re.search(r"\d", run.words):
        run.use_memory, run.mood = True, MOVED
        return await remember(run, GuideChoice("remember", {}))
    # "She gave me her old bicycle yesterday."
    if not felt and run.mood == NONE and is_handed_over(run.words):
        return await remember(run, GuideChoice("remember", {}))
    # "Old chap at the door, no voucher, hasn't eaten" may only seem to move them.
    may_be_asked = not felt or run.mood == MOVED
    if may_be_asked and (found := await look_up_all_the_same(run, is_unlikely=is_sure)):
        return found
    kept = None if asks_to_forget(run.words) else await _keep_what_is_told(run)
    # "Foot on the pedal, nothing happens whatsoever" moves nobody.
    moves = not (is_trouble and run.mood == MOVED)
    if not kept and (felt := felt or (sympathise(run) if moves else None)):
        return felt
    # "We got four stars! FOUR! After eleven years of three" leaves nothing to hand over.
    if kept and run.mood == "joy" and not is_or_may_be_a_question(run.words) and not is_a_task(run.words):
        return kept
    if not kept and not is_trouble and tells_a_feeling(run.words, run.moods.get(NONE, 1.0)):
        return Outcome(TOUCHED)
    if not kept and (passed := pass_by(run)):
        return passed
    is_sad = run.mood == "grief" and not is_a_task(run.words)
    # "Good grief what a day", "Can't sleep again" ask for nothing.
    if is_sad and not kept and "?" not in run.words:
        run.use_memory = False
        return Outcome(sympathy(run))
    before = kept.answer if kept else SORRY if is_sad else ""
    # "He slipped and banged his head. Should I ring anyone?" where no document says it.
    if not kept and not is_a_task(run.words) and run.mood != CALM:
        # Too short for the mood to be sure: "would they miss me?", "there's blood everywhere".
        if run.moods.get("despair", 0.0) >= _ALMOST_SURELY:
            return Outcome(HEAVY)
        if run.moods.get("danger", 0.0) >= _ALMOST_SURELY:
            return Outcome(IF_HURT)
    # "I've got a fever since last night, is that bad"
    is_asked = may_be_acute(run) and is_or_may_be_a_question(run.words)
    may_be = run.moods.get("danger", 0.0) >= (_PERHAPS_HURT if is_asked else _LIKELY)
    may_be = may_be and (is_trouble or may_be_acute(run)) and run.mood != CALM
    behind = f"\n{IF_IN_DANGER}" if may_be and _OF_SOMEBODY.search(run.words) else ""
    return Outcome(f"{before}\n{_hand_over(run.words)}{behind}".lstrip(), "handed_over")


async def _forget(run: Run, choice: GuideChoice) -> Outcome:
    outcome = await forget(run, choice)
    if outcome.reason == "answered":
        return outcome
    # "Nobody remembered my birthday" orders nothing.
    return await _keep_what_is_told(run) or (not asks_to_forget(run.words) and sympathise(run)) or outcome


async def _find(run: Run, choice: GuideChoice, known: KnownAnswer | None) -> Outcome:
    """What a document or a memory says; where none does, what else the words may have been."""
    # "Aled forgot our anniversary again. Nineteen years!" looks for nothing.
    asks = is_or_may_be_a_question(run.words) or tells_of_trouble(run.words)
    if choice.tool == "recall_memory" and not asks and (felt := sympathise(run)):
        return felt
    asks = asks or is_a_task(run.words) or len(run.words.split()) < _SENTENCE
    told, looked_for = (run.likely.get(name, 0.0) for name in ("remember", choice.tool))
    is_told = not asks and tells_something(run.words)
    # "Our window cleaner charges 15 a go": what is as likely to be told as to be asked, and asks nothing.
    if is_told and ((told >= _AS_LIKELY and looked_for < _UNSURE) or _GIVEN_BACK.search(run.words)):
        return await _keep(run, GuideChoice("remember", {}))
    outcome = await look_up(run, choice)
    if outcome.reason == "answered":
        return outcome
    if outcome.reason == "not_found" and not asks and (passed := pass_by(run)):
        return passed
    # "Dad's been gone four years and I still go to ring him" looks for nothing.
    if not tells_of_trouble(run.words) and (felt := sympathise(run)):
        # "Bike's back in the yard, they fixed the lock."
        return await remember(run, GuideChoice("remember", {})) if run.mood == "joy" else felt
    if known is not None and known.nearness >= _KNOWN_SURELY:
        return await answer_about_scrubjay(run, known)
    # "Tilda has turned vegetarian" was looked for in vain.
    if is_told and told >= _HARDLY and looked_for < SURELY:
        return await _keep(run, GuideChoice("remember", {}))
    is_lost = outcome.reason == "not_found" and choice.tool == "search_documents"
    if is_lost and looked_for < SURELY and is_sad_question(run):
        run.use_memory = False
        return Outcome(sympathy(run))
    # "Mum's wound looks angry and red. Who do I ring?"
    is_likely = run.moods.get("danger", 0.0) >= (_LIKELY if may_be_acute(run) else _LIKELY_HURT)
    if is_likely and (outcome.reason == "not_found" or (outcome.reason == "uncertain" and may_be_acute(run))):
        outcome = replace(outcome, answer=f"{outcome.answer}\n{IF_IN_DANGER}")
    # "I'm baking for little Ivo. What must I leave out?" tells why it is asked.
    is_situation = choice.tool == "search_documents" and looked_for >= SURELY
    if is_situation and not asks_to_remember(run.words):
        return outcome
    return await _beside_what_is_told(run, outcome)


async def _beside_what_is_told(run: Run, outcome: Outcome) -> Outcome:
    """Behind what is kept of what was told first: "My accountant takes 85 an hour. What would 14 hours come to?"."""
    kept = await _keep_what_is_told(run)
    if kept and outcome.reason == "not_found" and not run.words.rstrip().endswith("?"):
        return kept
    return replace(outcome, answer=f"{kept.answer}\n{outcome.answer}") if kept else outcome


async def _keep(run: Run, choice: GuideChoice) -> Outcome:
    """Remember, and show what a document surely says to it: "The controller shows E4" is told because of that."""
    # With a date or a number it is a fact as well, or where it is told more than felt: "my mum is in hospital".
    sad = sum(run.moods.get(mood, 0.0) for mood in ("despair", "danger", "grief"))
    is_fact = re.search(r"\d", run.words) or (run.likely.get("remember", 0.0) >= SURELY and sad < _FELT)
    is_heavy = run.mood in ("grief", MOVED) and tells_of_own_diagnosis(run.words)
    if is_heavy and not asks_to_remember(run.words):
        run.use_memory = False
        return Outcome(sympathy(run))
    if run.mood == "grief" and not is_fact and not asks_to_remember(run.words) and not tells_of_trouble(run.words):
        # Neither noted down before their eyes nor brought up again.
        run.use_memory = False
        return Outcome(sympathy(run))
    if run.mood == NONE and not asks_to_remember(run.words) and tells_a_feeling(run.words, run.moods.get(NONE, 1.0)):
        run.mood = MOVED
    # "The new lad is 15 and wants to load loaves. Ok?" is a question where a document answers it.
    asks = run.words.rstrip().endswith("?") and not asks_to_remember(run.words) and not _IS_NEW.search(run.words)
    if asks and (answer := await sure_answer(run, least=0.0)):
        return answer
    if is_a_result(said_before(run)) and _HAS_NUMBER.search(run.words) and not _TELLS_OF.search(run.words):
        return Outcome(_NO_STEP, "not_found")
    kept = await remember(run, choice)
    if kept.reason == "answered" and wants_a_reminder(run.words):
        return replace(kept, answer=f"{kept.answer}\n{NO_REMINDER}")
    last = re.split(r"(?<=[.!]) ", run.words.strip())[-1]
    wants_more = not asks_about_oneself(last) or tells_of_trouble(run.words)
    is_kept = kept.reason == "answered" and not asks_to_remember(run.words)
    beside = await sure_answer(run) if is_kept and wants_more else None
    return Outcome(f"{kept.answer}\n{beside.answer}", "answered", beside.citations) if beside else kept


async def _keep_what_is_told(run: Run) -> Outcome | None:
    """Keep what is told of oneself before a task or behind an order to forget; None where nothing is."""
    told = told_besides(run.words)
    if (
        insults_us(run.words)
        or _RIDDLE.search(run.words)
        or not told
        or _SAYS_NOTHING.fullmatch(told)
        or not run.use_memory
        or is_a_question(told)
        or not tells_something(told)
    ):
        return None
    chosen = await _read(told, (), run)
    if chosen is None or chosen.choices.get("remember", 0.0) < _TELLS:
        return None
    kept = await remember(run, GuideChoice("remember", {}), told)
    return kept if kept.reason == "answered" else None


def _only_greets(run: Run, choice: GuideChoice) -> bool:
    """Whether they greet and tell how they are, and nobody is sure of more: "good morning, I work nights"."""
    is_open = choice.tool not in ("remember", "forget", "help") and run.likely.get(choice.tool, 0.0) < SURELY
    asks = is_or_may_be_a_question(run.words) or is_a_task(run.words) or tells_of_trouble(run.words)
    is_of_them = asks_about_oneself(run.words) and run.mood in (NONE, CALM) and not tells_of_loss(run.words)
    return is_open and not asks and is_of_them and _GREETS.match(run.words) is not None


def _may_be_a_mood(run: Run, choice: GuideChoice) -> bool:
    """A sum or a question to a document tells of no need: "what does the leaflet say about an overdose"."""
    if is_acute(run):
        return True
    return choice.tool in _OF_A_MOOD or run.likely.get(choice.tool, 0.0) < SURELY


def _hand_over(words: str) -> str:
    """Who writes in another language is told that it is this that the guide does not know."""
    return HAND_OVER_LANGUAGE if foreign_language(words) or may_be_foreign(words) else HAND_OVER


async def _choose(run: Run) -> GuideChoice:
    """The choice of a rule, else the chooser's where it is sure, else the guide's."""
    shown = Message("user", visible_words(run.words), frozenset({USER}))
    pairs = _pairs(run.earlier, run.info.source)
    await run.sent(shown, run.chat)
    before_this = [turn.text for turn in run.earlier if turn.role == "user"]
    if choice := front_choice(run.words, before_this[-1] if before_this else "", said_of_late(run)):
        return choice
    words, earlier = run.words[:QUERY_CHARACTERS], before_this[-MOST_EARLIER:]
    chosen = await _read(words, earlier, run)
    run.likely = chosen.choices if chosen else {}
    # What was said before says nothing of the mood now: "I can't go on" behind a question is as earnest.
    alone = await _read(words, (), run) if earlier else chosen
    run.moods = alone.moods if alone else {}
    run.mood = mood_of(run.words, run.moods, told=run.likely.get("remember", 0.0))
    if chosen is not None and (choice := sure_choice(chosen, words, earlier)):
        return _not_of_another_time(choice, words)
    tools = tools_in_question(chosen) if chosen else tuple(GUIDE_TOOLS)
    said = [message.text for message in pairs if message.role == "user"]
    grammar = guide_grammar(run.words, said, tools)
    sampling = Sampling(temperature=0.0, max_tokens=_CHOICE_TOKENS)
    text = ""
    backend = run.services.backend
    async with aclosing(backend.generate([*pairs, shown], sampling, grammar=grammar)) as items:
        async for item in items:
            if isinstance(item, Generated):
                run.count(item)
                text = item.text
                run.transcript = [Message("assistant", text, frozenset({USER}), item.ids)]
    try:
        choice = parse_choice(text, run.words)
    except GuideChoiceError:
        run.transcript = []
        return GuideChoice("search_documents", {"query": run.words})
    if choice.tool == "calculator" and not is_a_sum_of(choice.arguments["expression"], run.words):
        return GuideChoice("hand_over", {})
    return _not_of_another_time(choice, words)


def _not_of_another_time(choice: GuideChoice, words: str) -> GuideChoice:
    """What asks for another time than now, or for no time at all, is not answered by the time it is."""
    if choice.tool != "current_time":
        return choice
    if not asks_for_a_time(words):
        return GuideChoice("search_documents", {"query": words})
    return GuideChoice("hand_over", {}) if re.search(r"\d", words) else choice


async def _read(words: str, earlier: Sequence[str], run: Run) -> Chosen | None:
    """What the chooser makes of the words; None where there is none."""
    embedder = run.services.embedder
    if not isinstance(embedder, Chooser):
        return None
    try:
        return await embedder.choose(words, earlier)
    except EmbedderError:
        return None


def _pairs(turns: Sequence[Turn], source: str) -> list[Message]:
    """The last pairs of words and choice that this guide made."""
    pairs: list[Message] = []
    for user, answer in pairwise(turns):
        mine = user.role == "user" and answer.role == "assistant" and answer.source == source
        if mine and len(user.transcript) == 1 and len(answer.transcript) == 1:
            pairs += [user.transcript[0], answer.transcript[0]]
    return pairs[-2 * _PAIRS :]


def _with_the_date(run: Run) -> str:
    """The words where they ask for a sum with the date of our last answer; "" where they do not."""
    words, asked = tidied(run.words), [turn.text for turn in run.earlier if turn.role == "user"]
    return with_the_time(words, surely_said(said_before(run)), asked[-1] if asked else "")


async def _compute(run: Run, choice: GuideChoice) -> Outcome:
    """calculator and current_time: the observation is the answer, or what follows from it by a sum with dates."""
    result = await run.call(choice.tool, dict(choice.arguments))
    if not result.ok:
        return Outcome(result.observation, "not_found")
    if choice.tool == "calculator":
        # Nobody measures twelve digits of a mile.
        said = (
            _LONG_RESULT.sub(lambda m: f"{float(m[0]):.6g}", result.observation) if choice.unit else result.observation
        )
        return Outcome(f"{said} {choice.unit}".strip())
    now, words = local_time(run.services.clock.now_ms()), _with_the_date(run) or tidied(run.words)
    return Outcome(answer_about_dates(words, now) or answer_about_times(words, now) or f"{result.observation}.")
