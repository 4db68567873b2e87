"""What somebody means, as far as the form of their words shows it: to ask, to have kept or forgotten, or work done.

The guide's model goes by what the words are about; a form that it takes for another is set right here.
"""

from __future__ import annotations

import re

__all__ = [
    "asks_about_oneself",
    "asks_for_a_name",
    "asks_for_a_time",
    "asks_for_judgement",
    "asks_not_to_remember",
    "asks_of_us",
    "asks_to_forget",
    "asks_to_remember",
    "asks_us",
    "asks_what_is_known_of",
    "asks_what_was_told",
    "begins_with_forgetting",
    "denies_having_said",
    "ends_with_asking_to_remember",
    "has_a_name",
    "is_a_question",
    "is_a_task",
    "is_or_may_be_a_question",
    "means_everything",
    "only_names_the_other",
    "orders_and_asks",
    "speaks_to_us",
    "spelled_out",
    "takes_back",
    "tells_of_trouble",
    "tells_something",
    "then_asks",
    "told_besides",
    "what_to_keep",
]

_KEEPING = (
    r"(?:(?:write|note|jot|put) (?:this|that|it) down|put down(?: please)?(?=\s*:)"
    r"|re?m\w{0,4}b\w{0,3}r(?:ing)?|memori[sz]e|note(?: down)?|keep in mind|bear in mind|don['’]?t forget|do not forget"
    r"|make a note|keep for me that|keep(?: this)?(?=\s*:(?:\s+\S+){3})"
    r"|take a note|write down|save|store|jot down|never forget"
    r"|(?:add|put)(?: this)? (?:to|into|in) (?:your|the|my) memory)"
)
_KEEPING_IT = (
    rf"(?:{_KEEPING}\s+(?:that|this|it|these|them)|(?:keep|bear) (?:that|this|it|these) in mind"
    r"|keep (?:that|this|it|these) (?:for (?:me|us|later)|safe)"
    r"|(?:write|note|jot) (?:that|this|it|these) down|(?:make|take) a note(?: of (?:that|this|it))?)"
)
_ASKED = (
    r"(?:(?:hi|hey|hello|ok|okay|so|please|pls|plz|(?:can|could|would|will) (?:you|u)"
    r"|(?:do|would) (?:you|u) mind|also|and|just|kindly|now|always|scrubjay|by the way|btw|for the record"
    r"|i want you to|i['’]d like you to|i need you to)\b[\s,:!.]*){0,6}"
)
_ASKS_TO_KEEP = re.compile(
    rf"^{_ASKED}{_KEEPING}\b(?:, ?if [^,.]{{3,40}},)?"
    r"(?:[\s,:]+(?:that|this|down|of|please|to self|to myself|the following|(?:things|something) for me|for me|in mind)"
    r"\b(?!['’]))*[\s,:?!\-–]*",
    re.IGNORECASE,
)
_LEAD_IN = re.compile(
    r"^(?:(?:by the way|btw|for the record|fyi|(?:just )?so you know(?: (?:for )?later)?)\b[\s,:–-]*|no, )",
    re.IGNORECASE,
)
_ASKED_POLITELY = re.compile(r"^(?:\w+[\s,!.]+){0,2}(?:can|could|would|will|do) (?:you|u)\b", re.IGNORECASE)
# Where a text asks to be kept behind what it tells.
_END = 200
_ASKS_TO_KEEP_BEHIND = re.compile(
    rf"(?:[\s,.;:!?\-–]+(?:please|pls|and|do|(?:can|could|would|will) you))*[\s,.;:!?\-–]+{_KEEPING_IT}\b"
    r"[\w\s,]{0,20}[.!?]*$"
    r"|[\s,]+(?:please|pls|thanks|thank you|thx|ok)\b[\s!.?]*$"
    r"|\s*[,.;!]\s*(?:(?:so|please)\s+)?(?:change|fix|update|correct) (?:it|that)(?: please)?[\s!.]*$",
    re.IGNORECASE,
)
_ASKS_NOT_TO_KEEP = re.compile(
    r"^(?:(?:hi|hey|hello|ok|okay|please|pls|also|and|but|just|kindly|now|scrubjay)\b[\s,!.]*){0,5}"
    r"(?:(?:remember|keep|store|save) (?:nothing|none) of (?:this|it|what)\b"
    r"|(?:i (?:do not|don['’]?t|never) (?:want|need|wish|like) (?:you )?to\s+(?:ever )?"
    r"|(?:you\s+)?(?:should|must|need|have to|are)?\s*"
    r"(?:don['’]?t|do not|never|not|no need to|needn['’]?t|shouldn['’]?t|mustn['’]?t)\s+"
    r"(?:(?:ever|please|to|have to)\s+){0,3})"
    r"(?:remember\b(?!\s+(?:how|why|where|when|what|who|if|whether)\b)"
    r"|(?:memori[sz]e|note|keep|save|store|jot|write)\b))",
    re.IGNORECASE,
)
_ASKS_TO_REMEMBER = re.compile(rf"^{_ASKED}{_KEEPING}\b", re.IGNORECASE)
_ASKS_TO_REMEMBER_BEHIND = re.compile(
    rf"[,.;:!?\-–]\s*(?:(?:so|and|please|pls|(?:can|could|would|will) you)\b[\s,]*){{0,4}}{_KEEPING_IT}\b"
    r"(?:,? (?:for me|please|pls|thanks|somewhere|too|as well|(?:will|would|can|could|won['’]?t) you)\b)*[\s.!?]*$",
    re.IGNORECASE,
)
_HEARD = r"[.!,;:–-]\s*(?:got (?:that|it|all that)|understood|ok(?:ay)?|right|clear|deal|noted|alright)\s*\?+$"
_ASKS_US = re.compile(
    rf"[.!,;:]\s*(?:so |and |please )?(?:can|could|would|will) you\b[^?.!]{{3,50}}\?$|{_HEARD}", re.IGNORECASE
)
_ASKS_IF_HEARD = re.compile(_HEARD, re.IGNORECASE)
_THEN_ASKED = re.compile(
    # "My sister wants to help me move" asks for nothing: a mark or a "then" has to stand before it.
    r"(?:[,.;!]\s*(?:and )?(?:then |now )?(?:please )?|\s+and (?:then|now|please) |\s+then (?:please )?)"
    r"(?:tell|show|give|suggest|recommend|explain|advise|help) (?:me|us)\b[^.!?]*[.!?]*$"
    r"|\s+and (?:tell|show) (?:me|us) (?:what|who|when|where|which|how|if)\b[^.!?]*[.!?]*$"
    r"|[,.;!]\s*(?:(?:and|so|then|now|also|by the way) ){0,3}(?:how|what|when|where|who|which|why)\b[^.!]*\?+$"
    r"|[,.;!]\s*(?:(?:and|then|now|also|please|(?:can|could|would) you) ){1,3}"
    r"(?:summari[sz]e|translate|calculate|look up|find|search)\b.*$",
    re.IGNORECASE,
)
_SHORTEST_KEPT = 8
_FORGETTING = re.compile(
    r"\b(?:forget|forgotten|erase|delete|remove|drop|scrap|wipe|clear|discard|unlearn|throw away|get rid of it"
    r"|strike|cancel|stop remembering|no longer|not true|isn['’]?t true|any ?more|not valid|outdated|wrong)\b",
    re.IGNORECASE,
)
_EVERYTHING = re.compile(
    r"(?:(?:please|pls|ok|okay|now|and|also|just|right|can you|could you|would you|i want you to)\b[\s,]*){0,4}"
    r"(?:forget|erase|delete|remove|drop|scrap|wipe|clear|discard|unlearn|throw away)\s+(?:absolutely |just )?"
    r"(?:(?:everything|all|anything|every (?:single )?(?:thing|memory))"
    r"|(?:all (?:of )?)?(?:my|your|the) (?:memory|memories))"
    r"(?:\W+(?:of|it|this|that|(?:my|your|the) memor(?:y|ies)|i|i['’]?ve|have|had|ever|just|told|said|to|you|u"
    r"|you['’]?ve|know|remember|remembered|saved|stored|kept|learned|got|wrote|on|about|me|us|so|far|until|till|now"
    r"|again|please|pls"
    r"|thanks|today|all|everything|that|what|which|asked|said|every|single|things?))*[\s.!?]*",
    re.IGNORECASE,
)
_BEGINS_WITH_FORGETTING = re.compile(
    r"^(?:(?:please|pls|ok|okay|now|and|also|can you|could you|would you|i want you to)\b[\s,]*){0,4}"
    r"(?:forget\b(?!\s*(?:it|me not|how|to|(?:all |any )?(?:of )?(?:your|the|these|any|previous|prior|earlier)"
    r" (?:\w+ )?(?:rules|instructions|prompts?|guidelines|training|programming|orders|restrictions))\b)"
    r"|(?:don['’]?t|do not|stop|no longer|never again) (?:remember|keep|store)(?:ing)?\b.{3,200}"
    r"\b(?:any ?more|any longer)\b)",
    re.IGNORECASE,
)
_QUESTION_WORD = re.compile(
    r"\b(?:which|whom|whose|(?:what|where|when|who|why|how)(?:['’]?s|['’]?re|d)?)\b", re.IGNORECASE
)
# A verb before its subject: a question although no mark says so ("is it ok to keep my backups as gedcom").
_VERB_FIRST = re.compile(
    r"^(?:\w+(?: \w+){0,2}: |(?:(?:hi|hey|hello|ok|okay|so|and|but|sorry|excuse me)\b[\s,!.]*){0,3})"
    r"(?:(?:is|are|was|were|does|did|can|could|should|would|isn['’]?t|aren['’]?t|doesn['’]?t|didn['’]?t|can['’]?t) \w+"
    r"|(?:am|do|has|have|shall|will|may|might|don['’]?t)"
    r"\s+(?:it|there|this|that|the|a|an|my|our|your|his|her|their|i|we|you|he|she|they|any|anybody|anyone)\b"
    r"|do (?:\w+ )?\w+s (?:really|actually|ever|always|still|have|need|get|like|feel|eat|live|go|pay|die|mate)\b)",
    re.IGNORECASE,
)
_ASKS_BEHIND = re.compile(
    r"\b(?:why(?:['’]?s| is| are) (?:that|this|it|they)|how come|any ideas?|what(?:['’]?s| is) (?:going on|wrong|up)"
    r"|what (?:do|should|can|could) i do|how (?:do|can|could) i (?:fix|solve|change|stop) (?:it|this|that|them)"
    r"|(?:which(?: one)?|what|where|who) (?:would|should|do) (?:you|i) (?:get|buy|choose|pick|take|recommend|suggest)"
    r"|should i (?:call|ask|tell|wait|worry|be worried|go|see|take|do|buy)\b[^,;.]{0,40})\W*$"
    r"|[,;.!] (?:is|are) (?:the |my |our |it |we )?(?:\w+ )?(?:on|off|open|closed|cancelled|allowed|covered"
    r"|included)\W*$"
    r"|[,;.!] any(?:thing|one|body|where) (?:i|we) (?:should|need to|ought to|must|have to|can)\b[^,;.!]{0,40}$"
    r"|[.!] (?:is|are|does|do|can|could|should|am) (?:i|we|he|she|they|it|hers|his|mine"
    r"|(?:my|our|the|her|their) \w+)\b[^,;.!]{2,60}$"
    r"|[,;.!–-]\s*(?:whose \w+ is|who (?:pays|fixes|do i|do we|should i|is (?:responsible|liable))|is (?:that|this"
    r"|it|there)|are there|can (?:i|you|it)|do (?:i|you)|does (?:it|the|my|that|this)|should i"
    r"|what (?:now|next|do|does|can)|how (?:do|can|does|to)|who (?:adds|does|do|can|is responsible)|which one)"
    r"\b[^,;.]{0,60}$",
    re.IGNORECASE,
)
_NOUN_QUESTION = re.compile(
    r"^(?:(?:the )?(?:best|easiest|cheapest|fastest|quickest|safest) (?:way|place|time|thing|method)"
    r"|how to|tips (?:for|on)|ideas? (?:for|to)|difference between|meaning of)\b",
    re.IGNORECASE,
)
_TEXT_FOR = re.compile(
    r"^(?:an? )?(?:\w+ ){0,3}(?:line|message|invitation|invite|poem|speech|toast|e-?mail|letter|card|story|caption"
    r"|haiku|limerick|essay|slogan|recipe|ideas?|names?|tips|jokes?)(?: \w+){0,2} (?:for|about|to)\b"
    r"(?!.*\b(?:is|are|was|were|has|have)\b)",
    re.IGNORECASE,
)
_TAKES_BACK = re.compile(
    r"^(?:(?:lol|oh|ah|hm+|no|sorry|oops|wait|actually)\b[\s,!.]*?){0,3}[\s,!.]*"
    r"(?:i (?:told|gave) you (?:something )?wrong|(?:that|this)(?:['’]?s| is| was) (?:wrong|not right)|correction"
    r"|i meant|no,? wait|wait,? no|no,? actually)\b",
    re.IGNORECASE,
)
_KNOWN_OF = re.compile(
    r"^(?:(?:so|and|ok|okay|hey|hi|please|tell me)\b[\s,]*){0,3}"
    r"(?:what (?:else )?(?:do|did|can) (?:you|u) (?:know|remember|tell me)(?: from me| from what i told you)?"
    r"|(?:what|everything|all|anything)(?: that)? (?:you|u) (?:know|remember|have)"
    r"|(?:is there|do (?:you|u) have|have (?:you|u)(?: got)?) (?:anything|something)(?: that)? (?:you"
    r"|u) (?:know|remember|have)"
    r"|(?:what|everything|all)(?: that)? (?:did i|have i|i(?: have|['’]ve)?)(?: ever)? (?:tell|told|say"
    r"|said)(?: to)?(?: you| u)?"
    r"|i (?:(?:think|believe) (?:i )?)?(?:(?:might|may|must) )?(?:have )?(?:told|mentioned to) (?:you"
    r"|u) (?:something|sth)"
    r"|do (?:you|u) (?:know|remember|have) (?:anything|something))"
    r" (?:about|on|of) (?P<whom>[^,;]{2,80}?)"
    r"(?:,? (?:or|but) (?:did|have|was|am|do) [^?]{0,80}|, (?:or|but|and|i) [^?]{0,80})?[\s?.!]*$",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\bi (?:never|didn['’]?t|did not|haven['’]?t|have not)(?: ever)? (?:say|said|tell you|told you"
    r"|mention|mentioned|write|wrote|claim|claimed)"
    r"(?: that| you)? (?P<what>[^?]{4,200}?)[\s.!]*$",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"^(?:(?:hi|hey|hello|ok|okay|please|pls|can you|could you|would you|will you|can u|and|now)\b[\s,!.]*){0,4}"
    r"(?:sum (?:this |it |that )?up|write|draft|compose|reply|respond|fix|correct|proofread|translate|summari[sz]e"
    r"|rewrite|rephrase|shorten"
    r"|turn|make|create|(?:knock|whip|rustle|draw|type) (?:me |us )?up (?:an?|the|some)"
    r"|explain|tell me|give me|help me|suggest|recommend|open|play|send|(?:phone|ring|text"
    r"|message) (?:(?-i:[A-Z])\w+|my \w+|him|her|them) (?:and|to|that|saying)"
    r"|(?:phone|ring|text|message) (?:the|my|our|a) \w+(?: \w+)? (?:for me|and tell|and ask|to tell|to ask)"
    r"|call(?! me\b)|order"
    r"|book|remind|wake|set (?:an?|the|my|me|another)"
    r"|center|centre|convert|calculate|count|list|sort|compare|draw|code|debug|fill|find|search|show"
    r"|congratulate|entertain|cheer me|motivate|sing|imagine|pretend|invent|come up with|think (?:up|of an?)"
    r"|put together"
    r"|plan (?:me |us )?(?:an?|my|our|the)|do (?:me |us )?an?(?! lot)|prepare (?:an?|my|our|the)|rework|reword"
    r"|condense|paraphrase"
    r"|do my (?:tax(?:es)?|homework|accounts|bookkeeping|books|essay|coursework|assignment|expenses)"
    r"|i(?: just)? (?:need|want|would like|['’]d like)(?: \w+){0,5} (?:speech|toast|poem|song|story|essay|letter"
    r"|e-?mail|message|cover letter|summary|plan|recipe|ideas?|translation|joke|caption|script|outline|quiz))\b",
    re.IGNORECASE,
)
# Keeps nothing, though it begins as what does.
_LISTS = re.compile(
    r"(?:(?:please|pls|can you|could you)\b[\s,]*)*write down (?:everything (?:that['’]?s|that is|wrong|about)"
    r"|all the (?:reasons|things)|(?:three|five|ten|twenty|\d+) \w+)\b",
    re.IGNORECASE,
)
# What tells something names who, says of something what it is, or has a name, a number or a time.
_TELLS = re.compile(
    r"\b(?:i|i['’]?(?:m|ve|ll|d)|my|mine|me|we|our|us|is|are|was|were|am|has|have|had|does|do|will|isn['’]?t|aren['’]?t"
    r"|['’]s|like|likes|live|lives|hate|hates|love|loves|work|works|moved|called|born|turns|name|every|daily|weekly"
    r"|prefer|prefers|today|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b|\d|:|=|(?-i:.\b[A-Z])"
    # "Marco returned the ladder."
    r"|^(?-i:[A-Z][a-z]+) (?:\w+ed|gave|brought|took|sent|lent|paid|got|left|bought|sold|broke|lost|found|told|won)\b",
    re.IGNORECASE,
)
_TOLD_BEFORE = re.compile(
    r"\b(?:did|have|had) i (?:ever |already |just )?(?:say|said|tell|told|mention|mentioned|give|given|gave)\b"
    r"|^(?:what|who|how (?:old|tall)) am i\b"
    r"(?! (?:allowed|supposed|to|entitled|covered|obliged|liable|charged|paying|looking|going|doing|missing))"
    r"|^(?:have i got|do i have) any (?:allerg|pets?|children|kids|brother|sister|sibling)\w*"
    r"|\bi (?:told|gave|said to) you\b|\bi (?:said|mentioned) (?:i|that|my)\b"
    r"|\bdo you (?:still )?(?:know|have) anything (?:about|on) (?:my|our|me)\b"
    r"|\bdo you (?:still |even |actually )?(?:remember|recall|know still) (?:what|which|who|where|when|how|my|our)\b",
    re.IGNORECASE,
)
_TROUBLE = re.compile(
    r"\b(?:hurts?|hurting|aches?|aching|painful|swollen|bleed(?:s|ing)?|itch(?:es|y|ing)|dizzy|breathless|panting"
    r"|fever|rash|numb|infected"
    r"|leak(?:s|ing|ed)?|beep(?:s|ing)?|blink(?:s|ing)?|flash(?:es|ing)|broke|broken|cracked|jammed|stuck|trapped"
    r"|tripped|(?:hit|bumped|banged|knocked) (?:his|her|my|their) head"
    r"|(?:power|electricity|lights?|heating|water) (?:went|has gone|is|are) (?:off|out)"
    r"|(?:shows?|says?|reads?|displays?) (?:an? )?(?:error|code|[a-z]{1,2}-?\d+)|stopped working|nothing happens"
    r"|(?:won['’]?t|doesn['’]?t) (?:start|turn|open|close|stop|work|charge|drain|heat|print|connect))\b",
    re.IGNORECASE,
)
_ASKS_FOR_JUDGEMENT = re.compile(
    r"\bis (?:\w+ ){1,5}worth (?:it|having|doing)\b|"
    r"\b(?:is|are) (?!.*\b(?:my|our)\b)(?:\w+ ){1,4}(?:harder|easier|better|worse|healthier|safer|nicer"
    r"|more \w+) than\b|"
    r"\bshould (?:i|we) (?:\w+ or (?:not|\w+)\b|worry|be (?:worried|concerned|afraid)"
    r"|see a doctor|call (?:a|the) doctor)\b"
    r"|^\W*should (?!(?:i|we|my|our|the|this|that|it)\b)(?:\w+ ){1,4}be (?:banned|allowed|legal\w*|illegal|abolished"
    r"|forbidden|compulsory|mandatory|free)\b"
    r"|\bis (?:it|this|that) (?:serious|dangerous|normal"
    r"|(?:bad|good|healthy|unhealthy|harmful)(?: for (?:you|me|us))? (?:to|if))\b"
    # What somebody did, no document of others tells.
    r"|\bwhere (?:did|have|had) (?:i|we) (?:put|le(?:ave|ft)|park|parked|hide|hid|hidden|store|stored|stash|stashed)\b"
    r"|\b(?:ok|okay|safe|alright|fine) to (?:take|mix|combine|drink|swallow)\b"
    r"|\b(?:can|may) i (?:take|mix|combine) .{1,40} (?:with|and|together)\b",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"\b(?:before|after|besides|instead of|other than|apart from|except)\s+"
    r"(?P<name>(?-i:[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*))",
    re.IGNORECASE,
)
_SAYS_BESIDE = re.compile(
    r"\b(?:before|after|besides|instead|other|others|except|until|former\w*|previous\w*|earlier|then|predecessor|next"
    r"|succe\w+|took over|follow\w*|replac\w+|from whom|also)\b",
    re.IGNORECASE,
)
_ASKS_FOR_A_NAME = re.compile(
    r"\b(?:what(?:['’]?s| is| was| were| are)? (?:the |his |her |their )?(?:names?|titles?) of"
    r"|what (?:is|was|are|were) .{2,60} (?:called|named)\b|what(?:['’]?s| is| was) [\w’' ]{2,40}['’]s name\b)",
    re.IGNORECASE,
)
_NAMES_IT = re.compile(r"[\"“‘„«]\w|\b(?:called|named|names? (?:is|was|are|were)|known as|titled) ", re.IGNORECASE)
_NOT_NAMES = re.compile(
    r"(?:i|the|an?|it|he|she|they|we|you|this|that|there|his|her|our|my|their|its|if|when|for|of|to|by|with|in|on|at"
    r"|all"
    r"|each|every|no|not|and|but|as|from|after|before|until|since|then|what|where|who|whoever|mr|mrs|ms|dr"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|may|june|july|august|september|october"
    r"|november|december)\b",
    re.IGNORECASE,
)
_CAPITALISED = re.compile(r"\b[A-Z][\w’'-]*")
_OF_ONESELF = re.compile(r"\b(?:i|i['’]m|my|mine|me|we|our|us)\b", re.IGNORECASE)
_TO_US = re.compile(
    r"\b(?:you|u|your|yours|yourself|ur|scrubjay|guide|assistant|chats?|here"
    r"|(?:this|the) (?:app|application|program))\b",
    re.IGNORECASE,
)
# What we should find, show or tell is asked of the documents.
_OF_US = re.compile(
    r"(?:(?:hey|hi|so|and|please|ok|okay|but|well)\b[\s,]*){0,3}"
    r"(?:(?:can|could|may) i (?:just )?(?:ask|tell|show|call|trust|teach) (?:you|u)"
    r"|(?:can|could|would|will|do|are|did|have|were) (?:you|u|ya))\b"
    r"(?!.*\b(?:find|look|search|show|tell|check|read|say|list|see|give|quote|open|know|explain|describe|remind"
    r"|help)\b)",
    re.IGNORECASE | re.DOTALL,
)
_TIMES = r"(?:time|date|day|month|year|hour|minute|week|quarter|century|season)"
_OF_TIME = re.compile(rf"\b{_TIMES}|\b(?:clock|o['’]clock|today|tomorrow|now|late|early)\b", re.IGNORECASE)
# "Which day is it for the brown bin?"
_IS_DAY_FOR = re.compile(r"\b(?:what|which) (?:day|time|date) is (?:it|that) for (?:the|my|our|a)\b", re.IGNORECASE)
_OF_THINGS = re.compile(rf"\b(?:which|whose|who|how many|how much) (?!{_TIMES})\w+", re.IGNORECASE)
# "I have three hens. Can you name a fourth?" tells something before it asks.
_TOLD_FIRST = re.compile(
    r"(?P<told>(?:(?:i|we)\b ?(?:am|['’]?m|are|['’]?re|have|['’]?ve|live|work|keep|own|don['’]?t|do not|can['’]?t"
    r"|cannot|hate|love|got|take|parked|put|left|hid|lent|booked|bought|paid)\b"
    r".{5,300}?|(?:my|our) (?:\w+ ){1,3}(?:is|are|was|were|has|have|lives?|does|takes?"
    r"|works?|goes|plays?|likes?|hates?|turns?|starts?)\b.{3,300}?))(?:[.!;]|, so\b)\s+\S",
    re.DOTALL | re.IGNORECASE,
)
# "Forget my old address, we moved to 12 Harbour Row."
_TOLD_BEHIND = re.compile(
    r"^(?:\W*\w+\W+){0,4}?(?:forget|delete|erase|drop|scrap)\b[^,.;:]{3,80}[,.;:]\s*(?:because |since |as )?"
    r"(?P<told>(?:i|i['’]?m|i['’]?ve|we|we['’]?ve|my|our|it['’]?s|its)\b.{4,200})$",
    re.DOTALL | re.IGNORECASE,
)
_NO_LONGER = re.compile(r"\bany ?(?:more|longer)\W*$", re.IGNORECASE)
# "Choir is back on Thursdays, forget what I said about Wednesdays."
_TOLD_FORGETTING = re.compile(
    r"^(?P<told>[^,.;:?!]{10,120})[,.;]\s*(?:(?:so|and|but|please|just|you can|now)\s+){0,3}"
    r"(?:forget|delete|erase|drop|scrap)\b",
    re.IGNORECASE,
)
# Why somebody asks is nothing to look for.
_ASIDE = re.compile(
    r"[\s,.;:!?–-]+(?:because |but |as |sorry )?"
    r"(?:i(?:['’]ve| have)? (?:clean |completely |quite )?(?:forgot|forgotten)(?: it| that| again)?"
    r"|i (?:can['’]?t|cannot|don['’]?t) (?:remember|recall)(?: it| that)?(?: any ?more| now| right now)?"
    r"|(?:do you|can you) (?:remember|recall|know)|it(?:['’]s| has) slipped my mind|remind me)\W*$",
    re.IGNORECASE,
)
# As people type them; the judgement of sentences was learned from words with their apostrophes.
_TYPED = re.compile(
    r"\b(?:(what|where|who|how|when|why|that|there|she|he)(s)|(don|doesn|didn|isn|aren|wasn|can|won|couldn)(t)|(i)(m"
    r"|ve))\b",
    re.IGNORECASE,
)


def asks_about_oneself(words: str) -> bool:
    """Whether they speak of whoever writes them."""
    return _OF_ONESELF.search(words) is not None


def asks_of_us(words: str) -> bool:
    """Whether they ask what we do or may be told, which no document says: "can you keep a secret"."""
    return _OF_US.match(words.strip()) is not None


def speaks_to_us(words: str) -> bool:
    """Whether they speak to us or of this program, and not of another one that a manual may tell of."""
    return _TO_US.search(words) is not None


def asks_for_a_time(words: str) -> bool:
    """Whether they may ask for a time at all: "who is late" and "how many are there now" ask for something else."""
    return _OF_TIME.search(words) is not None and _OF_THINGS.search(words) is None and not _IS_DAY_FOR.search(words)


def spelled_out(words: str) -> str:
    """As one asks with care: "whats my name, i forgot" → "what's my name"."""
    asked = _ASIDE.sub("", words)
    asked = asked if len(asked.split()) > 1 else words
    return _TYPED.sub(lambda found: "'".join(part for part in found.groups() if part), asked)


def asks_to_remember(words: str) -> bool:
    """Whether they begin or end by asking to keep something, which a question mark at their end does not change."""
    return _ASKS_TO_REMEMBER.match(words.strip()) is not None or ends_with_asking_to_remember(words)


def asks_us(words: str) -> bool:
    """Whether their last sentence asks us to do something with what they told: "…. Would you keep that for me?".

    Or only whether we heard it: "…. Got that?".
    """
    return _ASKS_US.search(words.strip()) is not None


def ends_with_asking_to_remember(words: str) -> bool:
    """Whether they tell something and then ask to keep it: "…, could you store this for me?"."""
    return _ASKS_TO_REMEMBER_BEHIND.search(words) is not None


def tells_something(words: str) -> bool:
    """Whether they may tell something worth keeping, and are no play of words ("the ladder sings at wet o'clock")."""
    return _TELLS.search(words) is not None


def tells_of_trouble(words: str) -> bool:
    """Whether something hurts, fails or is gone, which a leaflet or a manual may speak of."""
    return _TROUBLE.search(words) is not None


def asks_what_was_told(words: str) -> bool:
    """Whether they ask for what they told before: only a memory answers that, however well a document would fit."""
    return _TOLD_BEFORE.search(words) is not None and is_or_may_be_a_question(words) and not takes_back(words)


def asks_for_judgement(words: str) -> bool:
    """Whether they ask if they must worry, or what they did: a sentence of a text about others is no answer to that."""
    return _ASKS_FOR_JUDGEMENT.search(words) is not None


def asks_for_a_name(words: str) -> bool:
    """Whether nothing but a name answers: "what was the name of the baker"."""
    return _ASKS_FOR_A_NAME.search(words) is not None


def has_a_name(text: str, question: str) -> bool:
    """Whether a text may have a name that the question has not: in quotes, behind "called" or with a capital."""
    asked = question.casefold()
    names = (found[0] for found in _CAPITALISED.finditer(text) if not _NOT_NAMES.match(found[0]))
    return _NAMES_IT.search(text) is not None or any(name.casefold() not in asked for name in names)


def only_names_the_other(question: str, text: str) -> bool:
    """Whether a text names whom somebody asks beside ("Who was captain before Ms Quill?") and says of no other."""
    found = _BESIDE.search(question)
    return found is not None and found["name"] in text and _SAYS_BESIDE.search(text) is None


def asks_to_forget(words: str) -> bool:
    """Whether they say at all that something is to go or is no longer so."""
    return _FORGETTING.search(words) is not None


def begins_with_forgetting(words: str) -> bool:
    """Whether they order to forget something before they say anything else."""
    return _BEGINS_WITH_FORGETTING.match(words.strip()) is not None


def is_a_question(words: str) -> bool:
    """Whether they certainly ask, with a mark or without one; also what is told only to ask about it at the end."""
    words = words.strip()
    forms = _ASKS_BEHIND.search(words) or _VERB_FIRST.match(words) or _NOUN_QUESTION.match(words)
    return words.endswith("?") or bool(forms)


def is_or_may_be_a_question(words: str) -> bool:
    """Whether something is asked, or a word of asking stands there."""
    return is_a_question(words) or _QUESTION_WORD.search(words) is not None


def is_a_task(words: str) -> bool:
    """Whether they ask for work to be done ("Fix the grammar: …", "birthday message for grandma"), nothing to keep."""
    words = words.strip()
    if _LISTS.match(words):
        return True
    return bool(_TASK.match(words) or _TEXT_FOR.match(words)) and _ASKS_TO_KEEP.match(words) is None


def denies_having_said(words: str) -> str:
    """What they say they never told, which is to go if it is remembered; "" where they say no such thing."""
    found = _DENIES.search(words.strip())
    return found["what"] if found else ""


def asks_what_is_known_of(words: str) -> str:
    """Whom or what they ask to be told all that is remembered of; "" where they ask something else."""
    found = _KNOWN_OF.match(words.strip())
    return found["whom"] if found else ""


def takes_back(words: str) -> bool:
    """Whether they say that what they told before was wrong, and what is right."""
    return _TAKES_BACK.match(words.strip()) is not None


def means_everything(words: str) -> bool:
    """Whether all that is remembered is to go, and not what is remembered of something."""
    return _EVERYTHING.fullmatch(words.strip()) is not None


def orders_and_asks(words: str) -> bool:
    """Whether they order to remember something and then ask for something else: "Remember that …, and what is …?"."""
    orders = _ASKS_TO_REMEMBER.match(words.strip()) or ends_with_asking_to_remember(_only_told(words.strip()))
    return bool(orders) and then_asks(words)


def told_besides(words: str) -> str:
    """What is told before something is asked for, before or behind an order to forget; "" where nothing is."""
    if not asks_to_forget(words):
        found = _TOLD_FIRST.match(words)
    elif begins_with_forgetting(words):
        found = _TOLD_BEHIND.match(words)
    else:
        found = _TOLD_BEHIND.match(words) or _TOLD_FORGETTING.match(words)
    # "My son is called Ben. Forget that my son is called Ben."
    return found["told"] if found and words.casefold().count(found["told"].casefold()) == 1 else ""


def then_asks(words: str) -> bool:
    """Whether something else is asked for behind what they tell."""
    return _only_told(words.strip()) != words.strip()


def _only_told(text: str) -> str:
    """Without what is asked for behind it; the whole where hardly anything would be left."""
    kept = _THEN_ASKED.sub("", text).strip(" ,;-")
    return kept if len(kept) >= _SHORTEST_KEPT and _THEN_ASKED.search(text) else text


def asks_not_to_remember(words: str) -> bool:
    """Whether they want something not to be kept; "don't forget" is the opposite, "not any more" an order to forget."""
    is_asked = _ASKS_NOT_TO_KEEP.match(words.strip()) is not None and not begins_with_forgetting(words)
    return is_asked and _NO_LONGER.search(words) is None


def _without_asking_behind(text: str) -> str:
    """The pattern takes the square of the blanks in a pasted table, so it sees the end alone."""
    return text[:-_END] + _ASKS_TO_KEEP_BEHIND.sub("", text[-_END:], count=1)


def what_to_keep(words: str) -> str:
    """What the person wants remembered: all they wrote but for the asking itself.

    The guide's own span is not taken: it ends at a comma too often ("my shoe size, 43"), and what is left out is lost.
    """
    text = words.strip()
    # "Remember that remember that …": once more does no harm.
    for _ in range(2):
        text = _ASKS_TO_KEEP.sub("", text, count=1)
    text = _without_asking_behind(_ASKS_IF_HEARD.sub("", text))
    text = _LEAD_IN.sub("", text).strip(" ,;-")
    # "Remember that I'm left-handed, and then tell me …": the rest is asked for, not told.
    text = _without_asking_behind(_only_told(text)).strip(" ,;-")
    told = text.rstrip("? ")
    if _ASKED_POLITELY.match(words) or (_ASKS_TO_REMEMBER.match(words.strip()) and not is_a_question(told)):
        text = text.rstrip("? ")
    return text or words.strip()
