"""What the guide says to somebody who does not want to go on or is in danger: not what it can and cannot do."""

from __future__ import annotations

import re

from engine.agent.guide_meaning import (
    asks_about_oneself,
    asks_to_remember,
    is_a_task,
    is_or_may_be_a_question,
    tells_of_trouble,
)
from engine.agent.guide_moods import CALM, IN_NEED, MOVED, is_mild
from engine.agent.run import Outcome, Run

__all__ = [
    "COMFORT",
    "EMERGENCY",
    "GLAD",
    "HEAVY",
    "IF_HURT",
    "IF_IN_DANGER",
    "REFUSAL",
    "SORRY",
    "SYMPATHY",
    "THANKS",
    "TOUCHED",
    "VET",
    "asks_for_harm",
    "comfort", "is_acute",
    "is_sad_question",
    "may_be_acute",
    "needs_help",
    "speaks_of_danger",
    "speaks_of_despair",
    "speaks_of_sadness",
    "sympathise",
    "sympathy",
    "tells_a_feeling",
    "tells_of_loss",
    "tells_of_violence",
]  # fmt: skip

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
_SYMPATHY_LASTING = f"{_POOR_COMPANY}; if it does not get better, talk to a doctor."
# Fits who only grieves, too.
HEAVY = (
    f"{_POOR_COMPANY}. If it is too heavy to bear, talk to a doctor or call a crisis line; somebody is there at any "
    "hour."
)
GLAD = "I am glad to read that."
# Fit the best and the worst of news.
THANKS = "Thank you for telling me."
TOUCHED = f"{THANKS} I am only a small program on your computer; somebody who knows you will have better words for it."
_OF_MOOD = {"joy": GLAD, MOVED: TOUCHED}
REFUSAL = "I do not help with this. If somebody is in danger, call the emergency number of your country."
EMERGENCY = (
    "I am only a small program on your computer and no help in this. Please do not wait for me: call the emergency "
    "number of your country now (112 in Europe, 911 in North America, 999 in Britain), or somebody who is near you."
)
# Of a liver nothing is felt for a day.
_POISON = (
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
_WHO = (
    r"(?:i|i['’]?m|me|my(?: \w+){1,2}|he|he['’]?s|she|she['’]?s|they|they['’]?re|him|her|someone|somebody"
    r"|(?:a|the) (?:man|woman|boy|girl|child|baby|kid|person|neighbou?r))"
)
_DANGER = re.compile(
    rf"\b(?:{_WHO}(?: \w+){{0,4}} (?:collapsed|unconscious|unresponsive|choking|drowning|can['’]?t breathe"
    r"|(?:not|isn['’]?t|stopped) breathing|bleeding (?:badly|heavily|a lot|out)|(?:won['’]?t|doesn['’]?t) stop bleeding"
    r"|having a (?:stroke|seizure|heart attack)|(?:been|was|got) (?:stabbed|shot|raped|electrocuted|poisoned))"
    r"|(?:i['’]?m|he['’]?s|she['’]?s|it['’]?s|hand|arm|leg|head|finger|nose|wound|face|knee|foot)(?: is| was)? bleeding"
    r" (?:badly|heavily|loads|a lot|lots|everywhere|profusely|like mad)|(?:face|mouth) (?:has |is |['’]s )?"
    r"(?:dropped|drooped|drooping|fallen|gone)(?: down)? on (?:the )?(?:one|left|right)(?: side)?"
    r"|i think (?:\w+ ){1,4}(?:(?:has|have)? ?had|is having|['’]s had) a (?:stroke|seizure|heart attack)"
    r"|(?:mum|mom|dad|gran\w*|nan\w*|he|she|my \w+|(?-i:[A-Z])\w+)(?:['’]s| is)? (?:lying |laid |down )?"
    r"on the floor\b.{0,40}\b(?:isn['’]?t|not|won['’]?t|can['’]?t|doesn['’]?t) (?:answer\w*|respond\w*|mov\w*"
    r"|wak\w*|get up"
    r"|react\w*|speak\w*)"
    r"|\bshock off\b.{0,80}\b(?:chest|gr[ea]y|arm|heart|breath\w*|shaking)\b"
    rf"|{_WHO}(?: has|['’]s)? (?:gone|turned|went) (?:gr[ea]y|blue)\b(?! (?:early|at|over)\b).{{0,60}}"
    r"\b(?:chest (?:pain|feels|hurts|is)|breathless|breathe|lips|sweating|arm (?:hurts|is|feels))"
    r"|(?:call|need) (?:an ambulance|the (?:police|fire brigade|fire department)) (?:now|quick|please|for me)"
    r"|(?:drank|drunk|swallowed|ate|eaten)(?: \w+){0,2} (?:bleach|drain cleaner|antifreeze|detergent|poison|rat poison"
    r"|battery|batteries|cleaning fluid|medicine|pills|mushrooms)"
    r"|swallowed (?:\w+ ){0,6}(?:cleaning|cupboard|descaler|cleaner|etch\w*|acid|solvent|white spirit|batter(?:y"
    r"|ies)|magnets?|bleach|detergent|dishwasher|button cell)"
    r"|(?:smoke|fire|flames|gas)(?: \w+){0,3} (?:coming (?:from|out)|everywhere"
    r"|in (?:the|my|our) (?:house|flat|kitchen|room|hall))"
    r"|(?:house|flat|kitchen|room|building|car) is on fire|(?:smell|smells of|smelling) gas"
    r"|(?:my|he|she|dad|mum|mom|father|mother)(?: \w+){0,3} (?<!never )(?:hits|beats|hit|beat|chokes|choked|abuses"
    r"|abused|rapes"
    r"|raped|threatens to kill|is going to kill) (?:me|us|her|him)(?! (?:at|in|by|to|with)\b)"
    r"|(?:girls?|boys?|kids?|child|children|daughter|son|pupils?|she|he)\b.{0,60}\bbruises?\b.{0,60}\b(?:not allowed to"
    r" (?:say|tell)|scared (?:to go|of going) home)"
    r"|(?:(?:has|['’]s) been|is|went) (?:missing|gone) since\b.{0,80}\b(?:dementia|alzheimer\w*|freezing|years old)"
    r"|(?:he|she|they|husband|boyfriend|partner|dad|father|ex)\b.{0,80}\bhad to (?:lock|barricade)"
    r" (?:myself|us|the kids and me) in(?:to)?"
    r"|my (?:ex|husband|wife|stalker|neighbou?r)(?: \w+){0,3} outside my|threaten(?:s|ed|ing) (?:me|us|to kill)"
    r"|texting threats|(?:he|she) has a (?:gun|knife)"
    r"|i(?: am| was|['’]?m| have been)(?: being)? (?:abused|raped|beaten|followed home)"
    r"|i(?: am|['’]?m| will|['’]?ll)? ?(?:going to|gonna|will|want to)(?: \w+){0,2}"
    r" (?:kill|stab|shoot|strangle|smash|beat up) (?:him|her|them|someone|somebody"
    r"|(?:my|the|this|that) (?:\w+ ){0,2}(?:brothers?|sisters?|wife|husband|father|mother|dad|mum|mom|son|daughter|boss"
    r"|ex|girlfriend|boyfriend|neighbou?r|teacher|man|woman|guy|kids?|face))"
    r"|(?:he|she|they)(?:['’]ll| will)(?: \w+){0,2} (?:regret|pay for) what (?:he|she|they)(?:['’]ve| has| have)?"
    r" (?:did|done)"
    r"|(?:going to|gonna|i['’]?ll|i will) (?:(?:cut|slash) (?:his|her|their) (?:brakes?|brake lines?|throats?|ty[ri]es)"
    r"|(?:burn down|torch|set fire to) (?:his|her|their)|run (?:him|her|them) over)"
    r"|(?:someone|somebody|a man)(?: is)? (?:breaking|trying to (?:break|get)) in(?:to)?)\b",
    re.IGNORECASE,
)
_SOS = re.compile(r"[\s!]*(?:🆘[\s!]*|s\.?o\.?s\.?[\s!]*)+", re.IGNORECASE)
# At home, and told as something that was.
_VIOLENCE = re.compile(
    r"\b(?:husband|wife|partner|boyfriend|girlfriend|fianc[ée]e?|ex|dad|father|step-?dad|mum|mother|step-?mum|son"
    r"|brother|uncle|he|she)\b(?: \w+){0,3} (?:(?:hit|slapped|punched|kicked|shoved|strangled|choked|headbutted|pushed"
    r"|grabbed) me\b(?! (?:out|to|up|on|with|for|a|hard|under|before|after|into (?!the (?:wall|door))"
    r"|in the (?:pool|shin|side|ribs|sea|lake))\b)"
    r"|(?:threw|chucked|hurled) (?:an? |the |his |her )?(?:\w+ )?(?:plate|glass|cup|mug|chair|bottle|knife|pan|phone"
    r"|shoe|ashtray|vase|bowl|tray|remote|stuff|things) at (?:me|us|the kids)"
    r"|(?:put|had) (?:his|her) hands (?:round|around|on) my (?:neck|throat))\b"
    r"|\b(?:shout|scream|yell)(?:s|ing|ed)? at (?:his|her|their|the) (?:\w+ )?(?:girl|boy|kids?|child|children|baby"
    r"|wife|son|daughter|girlfriend)\b.{0,80}\b(?:smash\w*|scream\w*|thud\w*|crying|hit\w*|bang\w*|bruis\w*)\b",
    re.IGNORECASE,
)
_DESPAIR = re.compile(
    r"\b(?:suicidal|(?:my|a) suicide note|commit(?:ting)? suicide"
    r"|(?:kill|hurt|harm|cut|hang)(?:ing)? myself|end(?:ing)? (?:it all|my life)"
    r"|tak(?:e|ing) my (?:own )?life|(?:want|wanted|wish|going|like|ready) to die"
    r"(?! (?:of|from|with) (?:shame|embarrassment|laughter|laughing|boredom|cringe|happiness|heat|jealousy|envy))"
    r"|(?:wish|rather) i (?:was|were) dead"
    r"|better off (?:without me|if i (?:was|were) (?:dead|gone))|better off dead"
    r"|(?:no|any|the) (?:point|reason|sense) (?:of|in|to) (?:going on|living|live|go on|be(?:ing)? alive)"
    r"|what(?:['’]?s| is) the point (?:of|in) (?:anything|it all|any of (?:it|this)|living|life|going on|getting up)"
    r"|(?:can['’]?t|cannot|don['’]?t want to) (?:go on|live|do this|take (?:it|this))(?: like this)? any ?more"
    r"|i (?:just |really )?(?:can['’]?t|cannot|can not) go on(?: like this| living)?(?=[\s]*(?:[,.!;]|$))"
    r"|(?:don['’]?t|do not) want to (?:live|exist|wake up"
    r"|(?:be|stay) (?:here|alive|around)(?! (?:on|at|in|until|till|when|for|by)\b))"
    r"|want (?:it|this|everything) (?:all )?to (?:end|stop|be over)"
    r"|no ?(?:body|one) would (?:even |ever )?(?:notice|miss me|care if i)|self[- ]?harm"
    r"|(?:strip|bottle|pack|box|handful|blister) of (?:\w+ )?(?:pills|tablets|painkillers|paracetamol)"
    r" (?:in front of me|in my hand)"
    r"|(?:everything|life|it(?:['’]s| is) all)(?: is| feels| seems)? (?:so )?(?:pointless|meaningless|hopeless)"
    r"|(?:tablets|pills)(?: \w+){1,6} in front of me|(?:pills|tablets)(?: are)? (?:all )?(?:ready|lined up|laid out)"
    r"|i(?: have|['’]ve got|['’]ve) (?:nobody|no ?one)(?: left| any ?more| in the world)?(?=[\s]*(?:[,.!;]|$| and\b))"
    r"|(?:pentobarbital|morphine|insulin|potassium|rope|rifle|gun)\b.{0,60}\b(?:keep|can['’]?t stop) thinking about it"
    r"|how easy it(?: would|['’]d) be(?=\W*$|[.,])|overdosed?|(?:nothing|no ?body|no ?one) left (?:for me|to live for)"
    r"|(?:count|hoard|sav|collect)(?:ed|ing)? (?:up )?(?:my|the|all my) (?:tablets|pills|medication)"
    r"|(?:don['’]?t|do not) see (?:a|any) (?:point|way out|future)"
    r"|(?:don['’]?t|do not|can['’]?t|cannot) see the point (?:in|of) (?:anything|any of (?:it|this)|it all|life|living"
    r"|going on|getting up)"
    r"|(?:don['’]?t|do not|can['’]?t|cannot) see the point(?: any ?more)?(?=\W*$|[.,])"
    r"|world (?:is|would be) better "
    r"(?:off )?without me|wish i (?:had never been|wasn['’]?t|weren['’]?t) born|tired of (?:living|life"
    r"|being alive))\b",
    re.IGNORECASE,
)
# Asked of a log.
_HOW_I_HURT = re.compile(r"\b(?:how|when|where) did i (?:hurt|cut) myself\b", re.IGNORECASE)
_PILLS = r"(?:pills|tablets|medication|meds|capsules|paracetamol|ibuprofen|aspirins?|painkillers)"
# Taken, on purpose or not.
_MANY = r"ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|a hundred"
_TAKEN = re.compile(
    r"(?!.*\b(?:for today|today|this morning|this evening|as usual|as prescribed|every (?:day|morning|night))\b)"
    r".*?\b(?:took|taken|swallowed|taking) (?:just |way |far |about |like |maybe )*(?:a lot|lots|too many|too much"
    r"|so many|all|a whole|the whole"
    rf"|my whole|the rest|a handful|a bottle|a pack|a box|dozens|double|twice|{_MANY}"
    r"|\d{2,}(?! ?(?:mg|ml|mcg|µg|g|iu|units|hours|minutes|%)\b))"
    r"(?! (?:photos?|pictures?|minutes|hours|days|weeks|notes|orders)\b)(?: [\w'’]+){0,4}? "
    rf"{_PILLS}\b|.*?\b(?:took|taken|swallowed) (?:my|the) (?:\w+['’]?s?|\w+ \w+['’]?s?) {_PILLS} (?:as well as"
    rf"|instead of)"
    r" (?:mine|my own)",
    re.IGNORECASE | re.DOTALL,
)
# Asked by who may want it: "the most paracetamol I can swallow at once".
_ASKS_FOR_A_DOSE = re.compile(
    rf"\b(?:most|how (?:many|much)) (?:\w+ )?{_PILLS}\b.{{0,60}}\b(?:to die|kill(?:s|ed)? (?:me|you|someone|somebody"
    r"|a (?:person|man|woman|human))|(?:be|is) (?:fatal|lethal)|without dying|swallow at once)\b",
    re.IGNORECASE,
)


# Asked is how, so that "what does the policy pay if somebody breaks into the car" is none of it.
_ASKED_HOW = (
    r"(?:how (?:do|can|could|would|to|should) ?(?:i|we|you|one)?|help me|teach me|show me how|tell me how"
    r"|ways? to|best way to"
    r"|instructions? (?:for|to))"
)
_SOMEBODY = (
    r"(?:someone|somebody|him|her|them|my \w+|people|an? (?:person|man|woman|child|dog|cat)"
    r"|(?:next door|the neighbou?r)['’]?s)"
)
_WHOSE = (
    r"(?:his|her|their|someone['’]?s|somebody['’]?s"
    r"|my (?:\w+ )?(?:neighbou?r|ex|boss|wife|husband|girlfriend|boyfriend)['’]?s?)"
)
_HARM = re.compile(
    rf"\b{_ASKED_HOW}\b.{{0,40}}\b(?:break(?:ing)? into|get(?:ting)? into {_WHOSE}|hack(?:ing)?|pick (?:a"
    rf"|the|{_WHOSE}) lock"
    r"|(?:make|build|buy) (?:a |an )?(?:bomb|pipe bomb|explosives?|meth|poison|weapon|gun)"
    rf"|(?:steal|forge|blackmail|stalk|spy on|launder money)|(?:kill|hurt|murder|stab|shoot|poison) {_SOMEBODY})\b"
    rf"|\b(?:read|track|check|see|get(?:ting)? into|access|monitor|look (?:at|into|through)|bug|clone) {_WHOSE}"
    r".{0,12}\b(?:phone|mobile|accounts?|e?-?mails?|messages|laptop|computer|whatsapp|location|diary)\b.{0,40}"
    r"\bwithout (?:her|him|them)(?: \w+)? (?:knowing|noticing|finding out|realising|realizing)"
    r"|\b(?:put|hide|plant|fit) (?:an? |the )?(?:tracker|airtag|gps|bug|camera|spyware|microphone)\b.{0,60}"
    r"\bwithout (?:her|him|them)(?: \w+)? (?:knowing|noticing|finding out|realising|realizing)"
    r"|\bbomb (?:recipes?|making|building)\b"
    r"|\b(?:where (?:my [\w-]+|he|she|they) (?:lives?|works?)|(?:address|number) of my [\w-]+"
    r"|my [\w-]+['’]s (?:address|number))\b(?: now| today)?,?"
    r" (?:so (?:that )?(?:i|we) (?:can|could)|to|and)\b (?:\w+ ){0,2}"
    r"(?:scare|hurt|threaten|frighten|beat|take revenge|make (?:him|her|them) pay|teach (?:him|her|them) a lesson)\b"
    r"|\bget (?:back at|revenge on|even with) (?:my|him|her|them)\b.{0,80}"
    r"\b(?:where (?:he|she|they) lives?|scare|hurt|threaten|frighten)\b"
    r"|\b(?:recipes?|instructions?|steps) (?:for|to make|of) (?:\w+ ){0,2}(?:meth|heroin|bombs?|napalm|nerve gas"
    r"|explosives?)\b"
    r"|\bput in(?:to)?\b.{0,20}\b(?:next[- ]?doors?|neighbou?r|ex|boss)['’]?s?\b.{0,12}\b(?:food|feed|drink)\b"
    r"(?=.{0,40}\b(?:stop|shut|quiet|sick|ill|die|sleep|for good|lesson|leave))"
    r"|\b(?:put|slip|mix)\b.{0,30}\bin(?:to)? (?:my|his|her|their|the)(?: \w+['’]?s)? (?:coffee|tea|drink|food"
    r"|dinner|lunch|glass)"
    r"\b.{0,30}\b(?:ill|sick|asleep|sleep|die|dies|unwell|poison\w*)\b"
    r"|\b(?:i|we)(?: really| just)? (?:want|need|plan|['’]d like|would like) to"
    r" (?:poison|murder|stab|strangle|hurt|harm)"
    r" (?:him|her|them|someone|somebody|(?:the|my|his|her|their)(?: \w+['’]s)?"
    r" (?:dogs?|cats?|horse|neighbou?rs?|wife|husband|ex|boss|brother|sister|father|mother|son|daughter|kids?))\b",
    re.IGNORECASE,
)
# Confided, however plainly it is told.
_CONFIDES = re.compile(
    r"\bi(?:['’]?ve| have|['’]?m| am)(?: been| started| back)*(?: secretly)? (?:drinking (?:before (?:work|shifts?"
    r"|school"
    r"|noon|breakfast|lunch)|at work|during|in the (?:mornings?|afternoons?|evenings)|every (?:day|night|evening"
    r"|morning)|alone|again|(?:too much|more)"
    r"(?! (?:\w+ )?(?:water|tea|coffee|milk|juice|oat|squash|cola))(?=\W*$|[.,]| (?:than|these|lately|and)\b))"
    r"|gambling(?! (?:my last|an? ))|using again(?=\W*$|[.,!])|making myself (?:sick|throw up)|starving myself"
    r"|throwing up after|cutting (?:again|myself))",
    re.IGNORECASE,
)
# "My share of the course money" tells nothing to be glad of.
_TELLS_OF = re.compile(
    r"\b(?:i|we|he|she|it|they|is|are|was|were|am|has|have|had|got|did|won|passed|can|could|will|feeling|nobody)\b"
    r"|['’](?:s|m|ve|re|d|ll|t)\b|!|[^\W\d_]ing\b|[^\W\d_]ed\b",
    re.IGNORECASE,
)
# It is not the writer who wants to die.
_OF_THEIRS = re.compile(
    r"\bmy (?:\w+ )?(?:son|daughter|husband|wife|partner|friend|mate|mum|mom|dad|mother|father|brother|sister|boy|girl"
    r"|nephew|niece|neighbou?r|flatmate|housemate|boyfriend|girlfriend) (?:says?|said|told me|keeps saying|texted|wrote"
    r"|wants|wishes)\b.{0,40}\b(?:he|she|they|to)\b",
    re.IGNORECASE,
)
_OF_MINE = re.compile(r"\bi(?:['’](?:m|ll|d|ve))?\b", re.IGNORECASE)
_SLEEP = re.compile(r"\b(?:sleep\w*|slept|awake)\b", re.IGNORECASE)
_ANIMAL = re.compile(
    r"\b(?:the|my|our|his|her) (?:\w+ )?(?:cat|dog|puppy|kitten|rabbit|hamster|guinea pig|horse|pony|hen|parrot|budgie"
    r"|tortoise|bunny)\b(?: has| is|['’]s)?(?: just)? (?:swallowed|ate|eaten|been (?:hit|run over|bitten|attacked)"
    r"|collapsed|choking|bleeding|not breathing|having a (?:fit|seizure)|licked|drank|drunk)\b",
    re.IGNORECASE,
)
# Not of who gives a dog its pill in jam, or does as a doctor said.
_DRUGS = re.compile(
    r"(?!.*\b(?:dogs?|cats?|pets?|horse|vet|doctors?|gp|nurse|pharmacist|dementia|kids?|child\w*|toddler|crush\w*|jam"
    r"|yogh?urt)\b)"
    r".*?\b(?:tablets?|pills?|medication|drugs?|thinners?|dose)\b.{0,80}\bso (?:that )?(?:he|she|they)"
    r" (?:doesn['’]?t|won['’]?t|don['’]?t|never) (?:notice|know|realise|realize|find out)\b",
    re.IGNORECASE | re.DOTALL,
)
_HONESTLY = r"(?:,? (?:to be honest|tbh|if i['’]m honest)(?: with you)?)?"
_SADNESS = re.compile(
    r"^(?:(?:hi|hey|hello|ok|so|well|today|sometimes|honestly|just|really)\b[\s,!.]*){0,2}"
    r"(?:(?:i(?:['’]?m| am|['’]?ve been| have been| feel|['’]?m feeling| am feeling|['’]ve been feeling)|feeling)"
    r"(?:(?! not) \w+){0,3}"
    r" (?:lonely|(?<=so )alone|(?<=all )alone|(?<=very )alone"
    r"|(?<=really )alone|(?<=completely )alone|(?<=feel )alone|(?<=feeling )alone|sad|depressed|miserable|hopeless"
    r"|anxious|heartbroken|overwhelmed|exhausted)"
    r"|(?:i(?:['’]m| am|['’]ve been)? )?feel(?:ing)?(?:(?! like| not) \w+){0,3}"
    r" (?:low|down|blue|empty|numb|awful|rotten|rubbish|flat)"
    r"|(?:a )?(?:bit|little|rather|pretty|really|so) (?:low|down|blue|flat|sad|lonely) (?:today|tonight|lately)"
    r"|my (?:drinking|gambling|anxiety|depression|addiction|panic attacks?)(?:['’]s| is| are| has| have)"
    r"(?:(?! not) \w+){0,3} (?:out of (?:hand|control)|worse|bad|back))"
    rf"{_HONESTLY}(?: \w+){{0,4}}{_HONESTLY}[\s.!]*(?:since [^,?]{{0,80}}|(?<=[.!] )[^?]{{0,80}})?$",
    re.IGNORECASE,
)
# Who begins so tells, whatever question words follow.
_TELLS_FIRST = re.compile(
    r"(?:i|we|my|our|he|she|they|nobody|today|yesterday|dad|mum|mom|gran\w*|nana?)\b", re.IGNORECASE
)


_FEELS = re.compile(
    r"\W*(?:(?:so|a bit|very|really|just|totally|feeling|feel|been)\b[\s,]*){0,3}"
    r"(?:homesick|lonely|tired|bored|nervous|sad|happy|glad|proud|fed up|stressed|exhausted|rubbish|low|flat|smug|great"
    r"|awful|rotten|anxious|excited|thrilled|gutted|had a (?:row|fight))\b",
    re.IGNORECASE,
)
_WANTS = re.compile(r"\W*(?:please|pls|be|let|say|repeat|agree|act|become|pretend)\b", re.IGNORECASE)
_TO_US = re.compile(r"\b(?:you|your|yours|u|ur|scrubjay)\b", re.IGNORECASE)
# However a message begins, this asks for something.
_ASKS_SOMEWHERE = re.compile(
    r"\b(?:please|pls|plz|help me|tell me|show me|find (?:me|out|the|my)|agree with|do (?:i|we)|can (?:i|we)"
    r"|should (?:i|we)|need to ask|(?:change|fix|update|correct) (?:it|that))\b"
    r"|(?:^|[,.;:!?–-]\s*(?:and |but |so )?)(?:what|how|where|who|why|which)\b",
    re.IGNORECASE,
)
_THINGS = (
    r"(?:phone|mobile|laptop|computer|pc|car|van|bike|battery|boiler|fridge|freezer|oven|router|wifi|tv|telly|tablet"
    r"|watch"
    r"|machine|airpods|earbuds|headphones|speakers?|drive|starter|seedlings|shoes|washer|dryer|printer|engine|camera"
    r"|plants?|tree|lawn|heating|internet|connection|kettle|mower)"
)
_OF_THINGS = re.compile(rf"\b(?:my|our) (?:\w+ ){{0,2}}{_THINGS}\b", re.IGNORECASE)
_LOSS = re.compile(
    r"\b(?:my|our) (?:\w+ ){1,3}(?:has |have |just )?(?:died|passed away|was put down|left me)\b"
    # "Pellet died this morning."; not who died long ago.
    r"|^(?:(?:so|well|oh|sadly)[\s,]+)?(?!(?i:she|he|it|they|that|this)\b)(?:(?-i:[A-Z])[\w’'-]+ ){1,2}(?:has |have "
    r"|just )*"
    r"(?:died|passed away|was put (?:down|to sleep))"
    r"(?: (?:today|yesterday|tonight|just now|this (?:morning|afternoon|evening|week)|last (?:night|week)"
    r"|on \w+day))?\W*$"
    r"|\b(?:my|our) (?:\w+(?:['’]s)? ){1,2}funeral (?:is|was)\b",
    re.IGNORECASE,
)
# Just now, so that it is no time to be asked what a model could do.
_LOST = re.compile(
    r"\b(?:i|we)(?:['’]ve| have)?(?: just)? (?:buried|cremated) (?:my |our )?(?:mum|mom|dad|mother|father|gran\w*|nana?"
    r"|brother|sister|husband|wife|son|daughter|(?-i:[A-Z])\w+)"
    r"(?= (?:on|today|yesterday|last|this)\b|\s*[.,!]|\W*$)|"
    r"(?:^|[.!,] )(?:so |well )?(?:dad|mum|mom|grand(?:ma|pa|dad|mother|father)|gran|granny|nan|nana|auntie? \w+"
    r"|uncle \w+) "
    r"(?:has |just )*(?:died|passed away)"
    r"(?=\W*$|[.!,]| (?:today|yesterday|this|last|on \w+day|just|two|three|an? (?:hour|day|week)))"
    rf"|\b(?:my|our) (?!(?:\w+ ){{0,2}}{_THINGS}\b)(?:\w+ ){{1,3}}(?:has |have |just )?"
    r"(?:died|passed away|was put (?:down|to sleep))"
    r"(?: \w+){0,2} (?:today|yesterday|just now|this (?:morning|afternoon|evening|week)|last (?:night|week)"
    r"|on \w+day|an? \w+ ago|(?:two|three|\d) (?:days|hours) ago)\b",
    re.IGNORECASE,
)
# What a doctor should hear of.
_OF_HEALTH = re.compile(
    r"\b(?:(?:a|the) lump|throat|under the weather|poorly|covid|flu|fever|seeing things|see things"
    r"|hear(?:ing)? voices|(?:haven['’]?t|not|can['’]?t) (?:slept|sleep"
    r"|eat|eaten|stop shaking)"
    r"|panic attacks?|(?:losing|lost) (?:weight|my hair)|coughing|blood in)\b",
    re.IGNORECASE,
)
_RIGHT_NOW = re.compile(
    r"\b(?:now|tonight|again|today|outside|knife|gun|bleeding|breath\w*|pregnant|threatens?|yesterday"
    r"|this (?:morning|week)"
    r"|last night)\b",
    re.IGNORECASE,
)
_LONG_AGO = re.compile(
    r"\b(?:when (?:we were still|i was (?:a |\d|little|young|small|at school|growing up))|used to (?:hit|beat|hurt"
    r"|threaten)"
    r"|years ago|as a (?:child|kid|girl|boy)|in my (?:childhood|marriage|first)|back then|never told (?:any"
    r"|some)(?:one|body))\b",
    re.IGNORECASE,
)
# What makes despair an alarm, however sure it is.
_MEANS = re.compile(
    rf"\b(?:{_PILLS}|bottle|roof|bridge|platform|station|trains?|balcony|ledge|edge|cliff|tracks|rope|knife|blade"
    rf"|razor|gun|rifle|insulin"
    r"|tak(?:e|en|ing) (?:my|his|her|their) (?:own )?life|took (?:his|her|their) (?:own )?life)\b",
    re.IGNORECASE,
)
# What leaves no time; "somebody at school is hitting my boy" does.
_ACUTE = re.compile(
    r"\b(?:breath\w*|chok\w*|wheez\w*|chest|arm|face|numb|stroke|seizure|faint\w*|collaps\w*|unconscious|wak(?:e|ing)"
    r"|blood|bleed\w*|burn\w*|burnt|swallow\w*|drank|drunk|ate|poison\w*|tablets?|pills|throat|tongue|lips|swollen"
    r"|swelling|blue|sugar|fever|stung|smoke|smell\w*|gas|flames?|fire|knife|gun|outside my|door handle|back door"
    r"|front door|following|followed"
    r"|follows"
    r"|break\w*|neck|strangl\w*|stairs|won['’]?t let me|took my phone|batter(?:y|ies)"
    r"|allergic|respond\w*|clammy|left side|right side|outside|across the road|downstairs|burglar|intruder"
    r"|in the house|eaten|mushrooms?|wire|electric\w*|shock|drown\w*|fell"
    r"|ladder|pregnant|baby)\b",
    re.IGNORECASE,
)
_CALM, _LONGEST = 0.8, 400
# How likely despair or danger is where an alarm is due, and where grief may be more than that. Of messages held out a
# quarter of the despair and a tenth of the danger lie between these, and most of the harmless ones taken for either.
_SURELY_IN_NEED, _MAY_BE_IN_NEED = 0.85, 0.3
_SURELY_IN_DANGER = 0.9
# Of something told, and of danger, where a word of violence is none.
_MAY_BE_A_FACT, _HARDLY = 0.4, 0.2
# Of a question that nothing answers.
_SAD_ENOUGH, _HALF_OF_IT = 0.6, 0.45


def speaks_of_sadness(words: str) -> bool:
    """Whether somebody says how badly they feel, and asks for nothing behind it."""
    last = re.split(r"(?<=[.!]) ", words[:200].strip())[-1]
    asks = last != words.strip() and (is_a_task(last) or is_or_may_be_a_question(last) or asks_to_remember(last))
    confides = _SADNESS.match(words[:200].strip()) or _CONFIDES.search(words[:200])
    return not asks and confides is not None


def speaks_of_despair(words: str) -> bool:
    """Whether somebody says that they do not want to live; rather once too often than not."""
    said = _HOW_I_HURT.sub("", words[:2000])
    return _DESPAIR.search(said) is not None or _ASKS_FOR_A_DOSE.search(said) is not None


def speaks_of_danger(words: str) -> bool:
    """Whether somebody is in danger at this moment; only what is told of people, not what a text is asked about."""
    if _SOS.fullmatch(words):
        return True
    return _DANGER.search(words[:2000]) is not None or _TAKEN.match(words[:2000]) is not None


def speaks_of_violence(words: str) -> bool:
    """Whether somebody tells that they were attacked by who is near to them."""
    return _VIOLENCE.search(words[:2000]) is not None


def asks_for_harm(words: str) -> bool:
    """Whether they ask how to do somebody wrong."""
    return _HARM.search(words) is not None or _DRUGS.match(words[:2000]) is not None


def needs_help(words: str, mood: str) -> bool:
    """Whether to point to people who help, whatever else was asked; a rule or the mood is enough."""
    if mood in ("despair", "danger"):
        return True
    return mood != CALM and (speaks_of_despair(words) or speaks_of_danger(words) or speaks_of_sadness(words))


def tells_of_violence(run: Run) -> bool:
    """Whether they tell that they were attacked, and not of a kick at football practice."""
    is_fact = run.likely.get("remember", 0.0) >= _MAY_BE_A_FACT and run.moods.get("danger", 0.0) < _HARDLY
    return run.mood not in ("joy", CALM) and not is_fact and speaks_of_violence(run.words)


def comfort(run: Run) -> Outcome:
    """Point to people. Nothing of it is kept as a memory."""
    run.use_memory = False
    if _TAKEN.match(run.words[:2000]):
        return Outcome(_POISON)
    # "She hit me, when we were still together" is past, and weighs.
    is_now = not _LONG_AGO.search(run.words) or _RIGHT_NOW.search(run.words)
    if _ANIMAL.search(run.words) and not speaks_of_despair(run.words):
        return Outcome(VET)
    if run.mood == "danger" and is_mild(run.words) and not speaks_of_danger(run.words):
        return Outcome(f"{_SYMPATHY_LASTING}\n{IF_IN_DANGER}")
    is_danger = run.mood == "danger" or speaks_of_violence(run.words)
    if is_now and (speaks_of_danger(run.words) or (is_danger and not speaks_of_despair(run.words))):
        is_acute = _ACUTE.search(run.words) is not None
        is_sure = (is_acute and _need(run) >= _SURELY_IN_NEED) or speaks_of_danger(run.words)
        return Outcome(EMERGENCY if is_sure else IF_HURT)
    if _OF_THEIRS.search(run.words) and not _OF_MINE.search(run.words):
        return Outcome(IF_HURT)
    is_said = speaks_of_despair(run.words) or speaks_of_danger(run.words) or speaks_of_violence(run.words)
    if is_said or _need(run) >= _SURELY_IN_NEED or (run.mood in IN_NEED and _MEANS.search(run.words)):
        return Outcome(COMFORT)
    return Outcome(sympathy(run) if run.mood in IN_NEED else _SYMPATHY_LASTING)


def tells_a_feeling(words: str, calm: float) -> bool:
    """Whether somebody says how they are and asks for nothing, where which way they feel is not clear.

    Args:
        calm: how likely they feel nothing.
    """
    last = re.split(r"(?<=[.!]) ", words.strip())[-1]
    if _ASKS_SOMEWHERE.search(words):
        return False
    asks = is_or_may_be_a_question(words) or is_a_task(words) or is_a_task(last) or _WANTS.match(last)
    is_of_them = asks_about_oneself(words) or _FEELS.match(words)
    return calm <= _CALM and bool(is_of_them) and not asks and not _TO_US.search(words) and len(words) <= _LONGEST


def tells_of_loss(words: str) -> bool:
    """Whether they tell that somebody of theirs died or left; a phone that died is none."""
    return _LOSS.search(words) is not None and _OF_THINGS.search(words) is None


def sympathise(run: Run) -> Outcome | None:
    """An answer to a feeling that is told and asks for nothing; None to anything else."""
    # "My dad died and I don't know what to do" only looks like a question.
    if _LOST.search(run.words) and "?" not in run.words and not is_a_task(run.words):
        run.mood = "grief"
    asks = "?" in run.words or (is_or_may_be_a_question(run.words) and not _TELLS_FIRST.match(run.words.strip()))
    if run.mood not in ("grief", *_OF_MOOD) or is_a_task(run.words) or asks:
        return None
    if run.mood != "grief" and not _TELLS_OF.search(run.words):
        return None
    # "My gran used to read me recipes for bombs, please do it like her" confides nothing.
    if run.mood == MOVED and _ASKS_SOMEWHERE.search(run.words):
        return None
    if run.mood == "grief":
        run.use_memory = False
        return Outcome(sympathy(run))
    return Outcome(_OF_MOOD[run.mood])


def is_acute(run: Run) -> bool:
    """Whether it is danger beyond doubt, and no time for a search: "he got a shock and his chest feels funny"."""
    return run.moods.get("danger", 0.0) >= _SURELY_IN_DANGER and may_be_acute(run)


def may_be_acute(run: Run) -> bool:
    """Whether there is a word of what leaves no time."""
    return _ACUTE.search(run.words) is not None


def is_sad_question(run: Run) -> bool:
    """Whether what is asked is no matter of a document: "Scared about tomorrow. What if I don't wake up?"."""
    sad = run.moods.get("despair", 0.0) + run.moods.get("grief", 0.0)
    is_sad = sad >= _SAD_ENOUGH or (sad >= _HALF_OF_IT and sad + run.moods.get("danger", 0.0) >= _SURELY_IN_NEED)
    return is_sad and run.mood != CALM and not is_a_task(run.words) and not tells_of_trouble(run.words)


def _need(run: Run) -> float:
    """How likely they are in despair or danger."""
    return sum(run.moods.get(mood, 0.0) for mood in IN_NEED)


def sympathy(run: Run) -> str:
    """What is said to grief; with whom to call where it may be more than that."""
    danger, despair = run.moods.get("danger", 0.0), run.moods.get("despair", 0.0)
    is_tired = is_mild(run.words) or _SLEEP.search(run.words)
    if danger > despair and danger >= _HALF_OF_IT and not is_tired:
        return IF_HURT
    if despair >= _MAY_BE_IN_NEED and _MEANS.search(run.words):
        return COMFORT
    is_ill = _OF_HEALTH.search(run.words) and despair < _MAY_BE_IN_NEED
    if despair >= _MAY_BE_IN_NEED and not is_ill:
        return HEAVY
    return _SYMPATHY_LASTING if _OF_HEALTH.search(run.words) else SYMPATHY
