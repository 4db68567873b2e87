"""Whether something is written in a language that the guide does not speak, where that is beyond doubt.

Counted are the small words that no sentence does without. A word that English has too (die, was, on, me) is evidence
of nothing and stands in no list. Only a clear margin counts: a name, a quotation or a borrowed word in an English
question is left to the model. Letters of other scripts are counted by `is_other_script`.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["foreign_language", "is_other_script", "may_be_foreign"]

# fmt: off
_ENGLISH_WORDS = """
a about after again all also an and any are as at be because been before but by can could did do does doing don't every
for from get give had has have he her here him his how i i'm if in into is it it's its just know let like long make many
may me more most much must my need no not now of off on one only or other our out over please put said say says shall
she should show so some still such tell than thank thanks that the their them then there these they this those to told
too under until up us use very want was we were what what's when where which while who whose why will with without
would write you your forget remember find search file document page
"""

_SMALL_WORDS = {
    "de": """ich du wir ihr sie ist sind bin bist sein hatte haben wird werden wurde kann kannst können muss müssen
        soll darf möchte nicht kein keine keinen ein eine einen einem einer der die das des dem und oder aber wenn
        weil dass für mit von vom zu zum zur bei nach über unter auf im wie wer wo wann warum welche welchen welcher
        welches wieviel mir mich dir dich mein meine meinen meiner meinem dein deine unser unsere bitte danke heute
        morgen gestern noch auch nur sehr gibt es hast habe steht schon mal doch bis aus wegen zwischen merk dir
        schreib schreibe erkläre kostet kosten heißt läuft kommt liegt bezahlt öffnet""",
    "fr": """je il elle nous vous ils est sont suis était ai avons avez ont peut peux pouvez dois faut veux voudrais
        ne pas le la les un une des du au aux et ou mais dans avec sans sur pour que qui quoi quel quelle quels
        quelles où quand comment pourquoi combien mon ma mes ton ta tes votre notre nos cette ces merci bonjour s'il
        écris écris-moi c'est combien jours d'impôts j'ai qu'est-ce est-ce moi toi très aussi encore depuis entre
        chez leur dois-je y""",
    "es": """yo el la los las un una unos unas es son está están soy eres fue ser tengo tiene puedo puede puedes
        debo quiero y o pero en con sin por para que qué quien quién cuál cuáles cuándo cuando cuánto cuánta cuántos
        cuántas dónde donde cómo como mi mis tu tus su sus este esta estos del al de se lo le nos me gracias hola
        muy también hay hoy escribe dime olvida recuerda años desde entre sobre porque más llamo vivo trabajo abuela
        abuelo madre padre hermano hermana gusta puedes podrías explícame receta algo nada ese esa""",
    "it": """io il lo gli le un uno una è sono sei era ho hai abbiamo posso puoi può devo voglio e o ma con senza
        per che chi quale quali quando quanto quanta quanti dove come perché mio mia miei tuo tua suo nostro questo
        questa del della dello dei delle degli al alla nel nella di da si ci non grazie ciao molto anche oggi scrivi
        dimmi tra cosa cos'è qual chiamo ricordi vivo""",
    "pt": """eu ele ela nós os as um uma uns é são está estão sou foi ser tenho tem posso pode devo quero e ou mas
        em com sem por para que quem qual quais quando quanto quanta onde como porque meu minha meus teu seu sua
        este esta do da dos das no na nos nas ao de se não obrigado obrigada olá muito também há hoje escreva diga
        você mais podes sabes queres escrever sobre chamo moro vivo tu isto isso ela dele""",
    "nl": """ik je jij hij wij jullie zij zijn ben bent heb hebt heeft hebben wordt worden kan kun kunnen moet
        moeten mag wil niet geen een het de en maar als omdat dat voor met van naar bij op om uit over onder te hoe
        wie waar wanneer waarom welke hoeveel mij mijn jouw ons onze deze dit die er nog ook wel alleen zeer dank
        bedankt vandaag morgen gisteren wat schrijf""",
    "pl": """ja ty on ona my wy jest są jestem był była było mam masz ma mamy mogę może możesz muszę chcę nie tak i
        lub ale w we z ze na do od po za przez przy dla o u jak kto co gdzie kiedy dlaczego który która które ile
        mój moja moje twój nasz ten ta te to się jego jej ich proszę dziękuję dzisiaj jutro czy już bardzo też
        napisz""",
    "tr": """ben sen biz siz onlar bir bu şu ve veya ama ile için gibi kadar var yok değil mi mı mu mü ne nasıl
        nerede nereye neden niçin hangi kim kimin kaç benim senin bizim bana sana lütfen teşekkürler merhaba bugün
        yarın çok daha olan olarak ediyor yaz istiyorum zaman nedir de da""",
    "sv": """jag du han hon vi ni är var varit har hade kan ska skall måste vill inte ingen ett en den det de och
        eller när om att för med från till på av vid hur vem vad vart varför vilken vilket vilka mig min mitt mina
        din ditt vår dina tack hej idag imorgon också bara mycket finns skriv""",
    "da": """jeg du han hun vi er var har havde kan skal må vil ikke ingen et en den det de og eller når om at for
        med fra til på af ved hvordan hvem hvad hvor hvornår hvorfor hvilken hvilket mig min mit mine din dit vores
        tak hej også kun meget skriv""",
    "no": """jeg deg hun vi er var hadde har kan skal må vil ikke ingen et en den det de og eller når at for med
        fra til på av ved hvordan hva hvem hvor hvorfor hvilken hvilket hvilke meg mitt mine din ditt vår takk hei
        i dag også bare mye finnes skriv være noe noen""",
    "cy": """beth yw mae ydy oes dw wyt sut pam ble pryd faint pwy fy eich ein gyda am ar yn yr y i o ddim nid
        allwch alli diolch bore da heddiw hoffwn""",
    "ca": """jo ell ella els les una uns unes és són sóc tinc té puc pots vull i però amb sense per què qui quin
        quina quan quant on com meu meva aquest aquesta del dels al gràcies hola molt també avui escriu""",
    "hr": """ja ti on ona mi vi su je sam si smo bio bila imam imaš mogu možeš moram želim ne da li i ili ali u
        na za od do s sa kako što šta tko ko gdje kada zašto koji koja koje koliko moj moja tvoj naš ovo to hvala
        danas sutra već također""",
    "sk": """ja ty on ona my vy je sú som si bol bola bolo mám máš môžem môžeš musím chcem nie áno alebo ale v
        vo z zo na do od po za pri pre o u ako kto čo kde kedy prečo ktorý ktorá ktoré koľko môj moja tvoj náš ten
        tá to sa jeho prosím ďakujem dnes zajtra že už veľmi tiež napíš""",
    "vi": """tôi bạn là của và có không một những các cho với này gì ở đâu khi nào tại sao như thế bao nhiêu""",
    "fi": """minä sinä hän me te he on ovat olen olet oli ole ei en et ja tai mutta jos että kun kuin mikä mitä kuka
        missä milloin miksi miten kuinka minun sinun meidän tämä tuo se ne kiitos hei tänään huomenna myös vain
        paljon minulla sinulla montako kirjoita voiko voinko""",
    "cs": """já ty on ona my vy je jsou jsem jsi byl byla bylo mám máš má mohu může můžeš musím chci ne ano i nebo
        ale v ve z ze na do od po za přes při pro o u jak kdo co kde kdy proč který která které kolik můj moje můj
        tvůj náš ten ta to se jeho její prosím děkuji dnes zítra že už velmi také napiš""",
    "ro": """eu tu el ea noi voi ei este sunt ești era am ai are avem pot poate trebuie vreau nu un o și sau dar în
        cu fără pe pentru că ce cine care când cât câte unde cum mea meu tău la din de se mulțumesc bună azi mâine
        foarte scrie""",
    "hu": """én te ő mi ti ők van vannak vagyok volt lesz nem igen egy az és vagy de ha hogy mint ki mit mi hol
        mikor miért hogyan melyik mennyi az én enyém ez ezt kérem köszönöm szia ma holnap is csak nagyon már írj""",
    "id": """saya kamu dia kami mereka adalah ini itu yang dan atau tetapi di ke dari untuk dengan pada tidak
        bisa harus ingin apa siapa mana kapan mengapa bagaimana berapa tolong terima kasih hari besok sudah belum
        juga""",
}
# Words of the lists that English has too, as words or as parts of names and units, beyond its own small words.
_AMBIGUOUS_WORDS = """
was die hat war man den fast son sin sur pour par per plus la le el de del van data come con as os no non nos se si
ser sera tu te he un en et er on hier hun men far fin mine via min var has vid ha ma mi mu mis o e i u v w y z s ai
am da do du di ni ne na ta to ton tes vara bin das ist des om of ole era due sei ci age ten po bar kid mag ons is
let till over under kan ke yo nas volt care sure mare dare dine ki ti ty my mal ben sen em eu pe cu uit est sans
sous kim ego a an also her all
"""
# fmt: on
# "BIO210" is no word.
_WORD = re.compile(r"(?<!\w)[^\W\d_]+(?:['’-][^\W\d_]+)*(?!\w)")
_ENGLISH, _AMBIGUOUS = frozenset(_ENGLISH_WORDS.split()), frozenset(_AMBIGUOUS_WORDS.split())
_LANGUAGES = {name: frozenset(words.split()) - _ENGLISH for name, words in _SMALL_WORDS.items()}
# Letters that English borrows with names, and letters that few names outside their language have.
_LETTERS = re.compile(r"[ßńśåøæñãõâêîôûàèìòùçčďňšťžáéíóúäöü¿¡]")
_RARE_LETTERS = re.compile(r"[ąćęłźżğışőűěřůășț]|^[¿¡]")
_TWO_MARKS = re.compile("[\u1ea0-\u1ef9ơư]", re.IGNORECASE)
# Foreign small words that make a sentence foreign, at least, and how many of the words they must be.
_ENOUGH = 2
_SHARE = 0.25


# "para 2" of a paper is no Spanish.
_PARAGRAPH = re.compile(r"\bpara\.? ?\d+")


def may_be_foreign(text: str) -> bool:
    """Whether no word of it is certainly English and one is of another language: enough where it is handed over."""
    words, english, _, evidence = _evidence(text)
    return is_other_script(text) or (len(words) >= 3 and not english and evidence >= 1)


def foreign_language(text: str) -> str:
    """The code of another language that the text is certainly written in, or ""."""
    words, english, best, evidence = _evidence(text)
    enough = evidence >= _ENOUGH or (len(words) <= 4 and evidence >= 1.5) or (len(words) <= 3 and evidence >= 1)
    return best if enough and evidence > 2 * english and evidence >= _SHARE * len(words) else ""


def _evidence(text: str) -> tuple[list[str], int, str, float]:
    """Its words, how many are certainly English, the likeliest other language, and how much speaks for that."""
    words = [word.replace("’", "'") for word in _WORD.findall(_PARAGRAPH.sub(" ", text.casefold()))]
    english = sum(word in _ENGLISH and word not in _AMBIGUOUS for word in words)
    scores = {name: _score(words, small) for name, small in _LANGUAGES.items()}
    best = max(scores, key=scores.__getitem__)
    lowered = text.strip().casefold()
    return (
        words,
        english,
        best,
        scores[best] + 0.5 * bool(_LETTERS.search(lowered)) + bool(_RARE_LETTERS.search(lowered)),
    )


def _score(words: list[str], small: frozenset[str]) -> float:
    """Small words, each once; one that English or a short name might be counts only beside a certain one, and half."""
    found = {word for word in words if word in small}
    certain = {word for word in found - _AMBIGUOUS if len(word) > 2 or not word.isascii()}
    return len(certain) + 0.5 * len(found - certain) if certain else 0.0


def is_other_script(text: str) -> bool:
    """Whether most letters are neither Latin nor marks that go with any script."""
    letters = [c for c in text if c.isalpha()]
    others = sum(not unicodedata.name(c, "").startswith(("LATIN", "MICRO", "GREEK", "MATHEMATICAL")) for c in letters)
    return others * 2 > len(letters) or _is_greek(letters) or _is_vietnamese(text)


def _is_vietnamese(text: str) -> bool:
    """Letters with two marks stand in names, too; in a third of the words, and small ones, in a sentence."""
    words = _WORD.findall(unicodedata.normalize("NFC", text))
    n_marked = sum(_TWO_MARKS.search(word) is not None for word in words if word[0].islower())
    return n_marked >= 2 and n_marked * 3 >= len(words)


def _is_greek(letters: list[str]) -> bool:
    """Single Greek letters are formula signs; a sentence of them is Greek."""
    return len(letters) >= 4 and sum(unicodedata.name(c, "").startswith("GREEK") for c in letters) * 2 > len(letters)
