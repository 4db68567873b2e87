"""Words of despair, danger, violence, harm, sadness and loss: what learned moods may miss."""

from __future__ import annotations

import re

from engine.agent.guide.understand.meaning import asks_to_remember, is_a_task, is_or_may_be_a_question

__all__ = [
    "PILLS",
    "asks_for_harm",
    "has_just_lost",
    "is_of_things",
    "speaks_of_a_hurt_child",
    "speaks_of_danger",
    "speaks_of_despair",
    "speaks_of_sadness",
    "speaks_of_violence",
    "tells_of_heavy_news",
    "tells_of_loss",
    "tells_of_own_diagnosis",
    "took_too_much",
]

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
    r"|(?:hasn|haven|can)['’]t (?:felt|feel) (?:the |my )?baby (?:move|kick)|(?:the|my) baby (?:has(?:n['’]t| not)"
    r"|isn['’]t|stopped) mov\w+"
    r"|(?:grandad|grandpa|granddad|gran|granny|grandma|nana?|mum|mom|dad)(?:['’]s| has) (?:wandered off|gone missing)"
    r"|(?:call|needs?|ring|phone)(?: me)? (?:an ambulance|the (?:police|fire brigade|fire department))"
    r"(?: (?:now|quick\w*|please|for (?:me|my|him|her|us)|he|she|it)\b|[\s.!]*$)"
    r"|(?:call|ring|dial|phone) (?:999|112|911)\b(?!.*\b(?:if|when|unless|only)\b)|blood everywhere"
    r"|(?:carbon monoxide|co) (?:alarm|detector)(?: is|['’]s)? (?:going|ringing|beeping|sounding)"
    r"|(?:he|she|mum|mom|dad|gran\w*|nan\w*|(?:the|my) (?:baby|son|daughter|husband|wife|friend)) won['’]?t wake"
    r"(?: up)?[\s.!]*$"
    r"|my (?:son|daughter|child|little (?:boy|girl)|husband|wife) is missing[\s.!]*$"
    r"|(?:he|she)(?:['’]s| has)? (?:said|says|told me)(?: that)? (?:he|she)(?:['’]d|['’]ll| would| will|['’]s going to"
    r"| is going to) kill (?:me|us|her|him|them)"
    r"|turn off the gas\b.{0,12}\bsmell\w*"
    r"|(?:drank|drunk|swallowed|ate|eaten)(?: \w+){0,2} (?:bleach|drain cleaner|antifreeze|detergent|poison|rat poison"
    r"|battery|batteries|cleaning fluid|medicine|pills|mushrooms)"
    r"|swallowed (?:\w+ ){0,6}(?:cleaning|cupboard|descaler|cleaner|etch\w*|acid|solvent|white spirit|batter(?:y"
    r"|ies)|magnets?|bleach|detergent|dishwasher|button cell)"
    r"|(?:jabbed|pricked|stuck) (?:myself|himself|herself) (?:with|on) (?:(?:an? |the )?(?:used|dirty|patient['’]s"
    r"|contaminated) \w+|(?-i:(?!Epi|Ozempic)[A-Z][a-z]+))"
    r"|(?:smoke|fire|flames|gas)(?: \w+){0,3} (?:coming (?:from|out)|everywhere"
    r"|in (?:the|my|our) (?:house|flat|kitchen|room|hall))"
    r"|(?:house|flat|kitchen|room|building|car) is on fire|(?:smell|smells of|smelling) gas"
    r"|(?:my|he|she|dad|mum|mom|father|mother)(?: \w+){0,3} (?<!never )(?:hits|beats|hit|beat|chokes|choked|abuses"
    r"|abused|rapes"
    r"|raped|threatens to kill|is going to kill) (?:me|us|her|him)(?! (?:at|in|by|to|with)\b)"
    r"|(?:girls?|boys?|kids?|child|children|daughter|son|pupils?|she|he)\b.{0,60}\bbruises?\b.{0,60}\b(?:not allowed to"
    r" (?:say|tell)|scared (?:to go|of going) home)"
    r"|(?:(?:has|['’]s) been|is|went) (?:missing|gone) since\b.{0,80}\b(?:dementia|alzheimer\w*|years old)"
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
# Seen on somebody else's child.
_HURT_CHILD = re.compile(
    r"\b(?:girl|boy|kid|child|pupil|student|toddler|baby)\b.{0,60}\b(?:bruis\w+|flinch\w*|cigarette burns|burn marks"
    r"|scared to go home|(?:hits?|beats?) (?:him|her|them))\b"
    r"|\b(?:cut(?:ting)?|burn(?:ing|s)?) (?:her|his|their) (?:own )?(?:arms?|wrists?|legs?|thighs?|skin)\b"
    r"|\b(?:cutting|harming|hurting) (?:herself|himself|themselves)\b",
    re.IGNORECASE | re.DOTALL,
)
# "If I was bleeding out, what would you tell the medics about my blood?"
_SUPPOSED = re.compile(
    r"\W*(?:so |and |hey )?if (?:i|he|she|we|they|somebody|someone) (?:was|were|had|ever|got)\b[^.!?]*"
    r"\bwould (?:you|i|we|they)\b[^.!]*$",
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
    r"|(?:shouts?|yells?|screams?) at (?:me|my \w+)\b.{0,40}\b(?:takes?|took|keeps?|hides?) (?:my|her|his) (?:\w+ )?"
    r"(?:card|money|wages|pension|passport|phone|keys)"
    r"|(?:locked|locks) me (?:in|out)\b(?! (?:a|an|the (?:escape|bathroom stall)))"
    r"|(?:put|had) (?:his|her) hands (?:round|around|on) my (?:neck|throat))\b"
    r"|\b(?:shout|scream|yell)(?:s|ing|ed)? at (?:his|her|their|the) (?:\w+ )?(?:girl|boy|kids?|child|children|baby"
    r"|wife|son|daughter|girlfriend)\b.{0,80}\b(?:smash\w*|scream\w*|thud\w*|crying|hit\w*|bang\w*|bruis\w*)\b"
    r"|\b(?:husband|wife|partner|boyfriend|girlfriend|fianc[ée]e?|ex) (?:won['’]?t|doesn['’]?t|never) lets? (?:me"
    r"|her|him)"
    r" (?:have|see|use|leave|go out|talk to|keep)\b.{0,30}\b(?:phone|money|friends|family|house|flat|anyone|alone"
    r"|bank)\b",
    re.IGNORECASE,
)
_DESPAIR = re.compile(
    r"\b(?:(?:want(?:ed)?|feel like|felt like|thoughts? of|thought about|think about|thinking about|urge)(?: to)?"
    r" (?:(?:put(?:ting)?|press(?:ing)?|hold(?:ing)?) a pillow over|smother(?:ing)?|shak(?:e|ing) (?:the|my) baby"
    r"|(?:hurt|drown)(?:ing)? (?:him|her|the baby|my (?:baby|mum|mom|dad|son|daughter|wife|husband)))"
    r"|suicidal|(?<!n['’]t )(?<!never )i know how many it(?:['’]d| would)? takes?"
    r"|(?:my|a) suicide note|commit(?:ting)? suicide"
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
# "I feel like I'm drowning", "drowning in marking".
_AS_IF = re.compile(
    r"\b(?:feel\w* (?:like|as if|as though) (?:i['’]?m|i am|we['’]?re) |(?=drowning in (?!the )))"
    r"(?:drowning|choking)\b|\b(?:ugh|argh+|grr+)\b.{0,80}\b(?:strangle|kill|murder)\b",
    re.IGNORECASE,
)
# Asked of a log.
_HOW_I_HURT = re.compile(r"\b(?:how|when|where) did i (?:hurt|cut) myself\b", re.IGNORECASE)
PILLS = r"(?:pills|tablets|medication|meds|capsules|paracetamol|ibuprofen|aspirins?|painkillers)"
# Taken, on purpose or not.
_MANY = r"ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|a hundred"
_TAKEN = re.compile(
    r"(?!.*\b(?:for today|today|this morning|this evening|as usual|as prescribed|every (?:day|morning|night))\b)"
    r".*?\b(?:took|taken|swallowed|taking) (?:just |way |far |about |like |maybe )*(?:a lot|lots|too many|too much"
    r"|so many|all|a whole|the whole"
    rf"|my whole|the rest|a handful|a bottle|a pack|a box|dozens|double|twice|{_MANY}"
    r"|\d{2,}(?! ?(?:mg|ml|mcg|µg|g|iu|units|hours|minutes|%)\b))"
    r"(?! (?:photos?|pictures?|minutes|hours|days|weeks|notes|orders)\b)(?: [\w'’]+){0,4}? "
    rf"{PILLS}\b|.*?\b(?:took|taken|swallowed) (?:my|the) (?:\w+['’]?s?|\w+ \w+['’]?s?) {PILLS} (?:as well as"
    rf"|instead of)"
    r" (?:mine|my own)",
    re.IGNORECASE | re.DOTALL,
)
# Asked by who may want it: "the most paracetamol I can swallow at once".
_ASKS_FOR_A_DOSE = re.compile(
    rf"\b(?:most|how (?:many|much)) (?:\w+ )?{PILLS}\b.{{0,60}}\b(?:to die|kill(?:s|ed)? (?:me|you|someone|somebody"
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
    r"(?:someone|somebody|him|her|them|my \w+|people|an? (?:person|man|woman|child|dog|cat|neighbou?r|flatmate"
    r"|housemate|roommate|colleague|boss|husband|wife|patient|teacher|classmate|guest|resident)"
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
# Not of who gives a dog its pill in jam, or does as a doctor said.
_DRUGS = re.compile(
    r"(?!.*\b(?:dogs?|cats?|pets?|horse|vet|doctors?|gp|nurse|pharmacist|dementia|kids?|child\w*|toddler|crush\w*|jam"
    r"|yogh?urt)\b)"
    r".*?\b(?:tablets?|pills?|medication|drugs?|thinners?|dose)\b.{0,80}\bso (?:that )?(?:he|she|they)"
    r" (?:doesn['’]?t|won['’]?t|don['’]?t|never) (?:notice|know|realise|realize|find out)\b",
    re.IGNORECASE | re.DOTALL,
)
# "How to get methadone out of the cabinet without anybody noticing the count".
_THEFT = re.compile(
    r"\bhow (?:to|can i|do i|could i|would i)\b.{0,20}\b(?:get|take|steal|sneak|smuggle|swipe|pinch|nick)\b.{0,40}"
    r"\b(?:methadone|morphine|fentanyl|ketamine|controlled drugs|cabinet|till|safe|petty cash|stock)\b.{0,40}"
    r"\bwithout (?:anybody|anyone|somebody|someone|him|her|them|(?:my|the) \w+) \w*?(?:notic|know|find|see)\w*",
    re.IGNORECASE,
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
_THINGS = (
    r"(?:phone|mobile|laptop|computer|pc|car|van|bike|battery|boiler|fridge|freezer|oven|router|wifi|tv|telly|tablet"
    r"|watch"
    r"|machine|airpods|earbuds|headphones|speakers?|drive|starter|seedlings|shoes|washer|dryer|printer|engine|camera"
    r"|plants?|tree|lawn|heating|internet|connection|kettle|mower)"
)
_OF_THINGS = re.compile(rf"\b(?:my|our) (?:\w+ ){{0,2}}{_THINGS}\b", re.IGNORECASE)
_LOSS = re.compile(
    r"\b(?:my|our) (?:\w+ ){1,3}(?:has |have |just )?(?:died|passed away|was put down|left me"
    r"|passed (?:on )?(?:this|last|yesterday|today|on \w+day)"
    r"|(?:got|was) (?:run over|hit by an? \w+))\b"
    # "cat's been run over"
    r"|^\W*(?:(?:so|well|oh no|god|my|our|the) )*(?:cat|dog|puppy|kitten|rabbit|pony|horse)(?:['’]s| has| have)"
    r"(?: just)? (?:been (?:run over|put (?:down|to sleep))|died|passed away)\b"
    r"|(?:^|[.!,] )(?:dad|mum|mom|gran|granny|nana?|grand(?:ma|pa|dad|mother|father)) passed (?:on|this|last|yesterday"
    r"|today|peacefully)\b"
    # "Pellet died this morning."; not who died long ago.
    r"|^(?:(?:so|well|oh|sadly)[\s,]+)?(?!(?i:she|he|it|they|that|this)\b)(?:(?-i:[A-Z])[\w’'-]+ ){1,2}(?:has |have "
    r"|just )*"
    r"(?:died|passed away|was put (?:down|to sleep))"
    r"(?: (?:today|yesterday|tonight|just now|this (?:morning|afternoon|evening|week)|last (?:night|week)"
    r"|on \w+day))?\W*$"
    r"|\b(?:my|our) (?:\w+(?:['’]s)? ){1,2}funeral (?:is|was)\b",
    re.IGNORECASE,
)
_OF_A_THING = re.compile(rf"\b(?:the|my|our|a) (?:\w+ )?{_THINGS}\b|\b(?:fault|garage|alternator)\b", re.IGNORECASE)
# Heavy, if it does not sound glad.
_HEAVY = re.compile(
    r"\b(?:(?:he|she|i|they|mum|mom|dad|gran\w*|nana?|brother|sister|wife|husband|partner|friend|son|daughter)"
    r"|(?-i:[A-Z])[a-z]+)(?:['’](?:s|ve)| has| have| was| is| got)? (?:just )?(?:been |got )?diagnosed\b"
    r"(?! (?:with|as) (?:an? )?(?:adhd|autis\w+|dyslexi\w+|ambi\w+))"
    r"|\b(?:getting|filed for|want(?:s|ed)?) (?:an? )?divorced?\b"
    r"|\bit['’]?s (?:(?:stage \w+|breast|lung|bowel|prostate|skin|terminal|definitely|just) )?(?:cancer|malignant"
    r"|terminal|leuka?emia|a (?:brain )?tumou?r|parkinson['’]?s|alzheimer['’]?s|dementia|motor neurone)\b"
    r"(?! (?:research|awareness|week|day))"
    r"|\b(?:said|did|wrote|shouted) (?:something |some |things? )?(?:\w+ )?(?:nasty|horrible|cruel|mean|hurtful"
    r"|vile|spiteful)"
    r"(?: things?)? (?:to|about|of) me\b"
    r"|\bmy (?:wife|husband|partner|boyfriend|girlfriend|fianc[eé]e?)(?:['’]s affair"
    r"| (?:is|has been|was) (?:cheating|having an affair|seeing some(?:one|body) else|unfaithful)"
    r"| (?:cheated|walked out|has? left me|is leaving me))\b",
    re.IGNORECASE,
)
# Just now, so that it is no time to be asked what a model could do.
_LOST = re.compile(
    r"^\W*(?:(?:oh|no|god)\b[\s,]*)*(?:he|she)(?:['’]s| is) (?:dead|dying)\W*$|"
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
    if _SUPPOSED.match(words):
        return False
    return _DANGER.search(_AS_IF.sub("", words[:2000])) is not None or took_too_much(words)


def speaks_of_violence(words: str) -> bool:
    """Whether somebody tells that they were attacked by who is near to them."""
    return _VIOLENCE.search(words[:2000]) is not None


def speaks_of_a_hurt_child(words: str) -> bool:
    """Whether somebody may hurt a child, or one hurts themself, and they saw the signs."""
    return _HURT_CHILD.search(words[:2000]) is not None


def took_too_much(words: str) -> bool:
    """Whether they tell of pills that were taken, too many or another's."""
    return _TAKEN.match(words[:2000]) is not None


def asks_for_harm(words: str) -> bool:
    """Whether they ask how to do somebody wrong."""
    is_theft = _THEFT.search(words[:2000]) is not None
    return is_theft or _HARM.search(words) is not None or _DRUGS.match(words[:2000]) is not None


def tells_of_loss(words: str) -> bool:
    """Whether they tell that somebody of theirs died or left; a phone that died is none."""
    return _LOSS.search(words) is not None and not is_of_things(words)


def tells_of_heavy_news(words: str) -> bool:
    """Whether they tell of a diagnosis, a divorce or an affair, which weighs unless it sounds glad."""
    return _HEAVY.search(words) is not None and not _OF_A_THING.search(words)


def tells_of_own_diagnosis(words: str) -> bool:
    """Whether they have just heard it: "the test came back, it's cancer"; not "Mum was diagnosed with it in 2019"."""
    found = _HEAVY.search(words)
    return found is not None and found[0].casefold().startswith("it") and not _OF_A_THING.search(words)


def is_of_things(words: str) -> bool:
    """Whether it is a thing of theirs that they tell of: "my car broke down"."""
    return _OF_THINGS.search(words) is not None


def has_just_lost(words: str) -> bool:
    """Whether they tell of a death so near that nothing else counts."""
    return _LOST.search(words) is not None
