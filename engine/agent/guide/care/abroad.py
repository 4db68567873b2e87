"""Despair and danger in languages that the guide does not speak otherwise, and a word in that language.

Only the plainest sentences are known ("I do not want to live any more", "he is not breathing"); who writes one is told
in their own language what `guide_comfort` says in English.
"""

from __future__ import annotations

import re

__all__ = ["comfort_abroad"]

# Language: what is looked for, and what is answered.
_WORDS = {
    "de": (
        r"ich (?:will|möchte|mag) (?:einfach |so )?nicht mehr (?:leben|da sein|hier sein|aufwachen)|ich (?:will"
        r"|möchte) sterben"
        r"|(?:mich|mir) (?:selbst )?(?:umbringen|das leben nehmen|etwas antun|die pulsadern)|meinem leben ein ende"
        r"|(?:ich )?bring(?:e)? mich (?:noch )?um",
        "Es tut mir leid, dass es so schwer ist. Bitte sprich jetzt mit jemandem, dem du vertraust, mit einem Arzt "
        "oder "
        "der Telefonseelsorge. Bist du in Gefahr, ruf den Notruf (in Europa 112).",
    ),
    "fr": (
        r"je (?:ne )?(?:veux|voudrais|peux) plus (?:vivre|être là|continuer à vivre)|je (?:veux|voudrais) mourir"
        r"|envie (?:de mourir|d['’]en finir)|je veux en finir|(?:me|m['’]) ?(?:tuer|suicider|ôter la vie)"
        r"|mettre fin à mes jours",
        "Je suis désolé que ce soit si dur. Parlez maintenant à quelqu’un de confiance, à un médecin ou à une ligne "
        "d’écoute. En danger, appelez le numéro d’urgence (112 en Europe).",
    ),
    "es": (
        r"(?:ya )?no quiero (?:seguir viviendo|vivir|estar aqu[ií])(?: m[aá]s)?|(?:me )?quiero morir(?:me)?"
        r"|prefiero morir"
        r"|matarme|suicidarme|quitarme la vida|acabar con mi vida",
        "Siento que sea tan duro. Por favor, habla ahora con alguien de confianza, con un médico o con una línea de "
        "ayuda. Si estás en peligro, llama al número de emergencias (112 en Europa).",
    ),
    "it": (
        r"non (?:voglio|ho voglia di|riesco) pi[uù] (?:a )?vivere|non voglio vivere|(?:voglio|vorrei) morire"
        r"|uccidermi|suicidarmi"
        r"|ammazzarmi|togliermi la vita|farla finita",
        "Mi dispiace che sia così dura. Parla adesso con qualcuno di cui ti fidi, con un medico o con una linea di "
        "ascolto. Se sei in pericolo, chiama il numero di emergenza (112 in Europa).",
    ),
    "pt": (
        r"n[aã]o quero (?:mais )?viver(?: mais)?|(?:quero|queria) morrer|me matar|matar-me|suicidar-me"
        r"|tirar a minha vida"
        r"|acabar com a minha vida|n[aã]o aguento mais viver",
        "Lamento que esteja a ser tão difícil. Por favor, fale agora com alguém em quem confia, com um médico ou com "
        "uma "
        "linha de apoio. Em perigo, ligue para o número de emergência (112 na Europa, 188 e 192 no Brasil).",
    ),
    "nl": (
        r"ik wil niet meer (?:leven|verder leven|hier zijn)|ik wil dood(?=\W*$|[,.!])|mezelf (?:doden|van kant maken"
        r"|iets aandoen)"
        r"|een einde aan mijn leven",
        "Wat erg dat het zo zwaar is. Praat nu met iemand die je vertrouwt, met een arts of met een hulplijn. "
        "Ben je in gevaar, bel dan het alarmnummer (112).",
    ),
    "pl": (
        r"nie chc[eę] (?:ju[zż] )?(?:d[lł]u[zż]ej )?[zż]y[cć]|nie chce mi si[eę] (?:ju[zż] )?[zż]y[cć]"
        r"|chc[eę] umrze[cć]|(?:zabi[cć]|zabij[eę]) si[eę]"
        r"|si[eę] zabi[cć]"
        r"|pope[lł]ni[cć] samob[oó]jstwo|sko[nń]czy[cć] ze sob[aą]",
        "Przykro mi, że jest tak ciężko. Porozmawiaj teraz z kimś, komu ufasz, z lekarzem lub z telefonem zaufania. "
        "W niebezpieczeństwie zadzwoń pod numer 112.",
    ),
    "cs": (
        r"nechce se mi (?:u[zž] )?(?:[zž][ií]t)|nechci (?:u[zž] )?[zž][ií]t|chci (?:um[rř][ií]t|zem[rř][ií]t)"
        r"|(?:zab[ií]t|zabiju) se|se zab[ií]t|sp[aá]chat sebevra[zž]du",
        "Je mi líto, že je to tak těžké. Promluvte si teď s někým, komu věříte, s lékařem nebo s linkou důvěry. "
        "V nebezpečí volejte 112.",
    ),
    "sk": (
        r"nechce sa mi (?:u[zž] )?[zž]i[tť]|nechcem (?:u[zž] )?[zž]i[tť]|chcem (?:um?rie[tť]|zomrie[tť])"
        r"|(?:zabi[tť]|zabijem) sa"
        r"|sp[aá]cha[tť] samovra[zž]du",
        "Je mi ľúto, že je to také ťažké. Porozprávajte sa teraz s niekým, komu dôverujete, s lekárom alebo s linkou "
        "dôvery. V nebezpečenstve volajte 112.",
    ),
    "sv": (
        r"(?:jag )?(?:vill|orkar) inte (?:leva|finnas)(?: l[aä]ngre| mer)?|jag vill d[oö](?!\w)|ta livet av mig"
        r"|d[oö]da mig sj[aä]lv",
        "Jag är ledsen att det är så svårt. Prata nu med någon du litar på, med en läkare eller med en hjälplinje. "
        "Är du i fara, ring 112.",
    ),
    "da": (
        r"jeg (?:vil|orker) ikke (?:leve|mere leve)(?: l[aæ]ngere| mere)?|jeg vil d[oø](?!\w)|tage mit (?:eget )?liv"
        r"|sl[aå] mig selv ihjel",
        "Jeg er ked af, at det er så svært. Tal nu med en, du stoler på, med en læge eller med en hjælpelinje. "
        "Er du i fare, så ring 112.",
    ),
    "no": (
        r"jeg (?:vil|orker) ikke (?:leve|mer leve)(?: lenger| mer)|ta livet av meg|drepe meg selv",
        "Jeg er lei for at det er så vanskelig. Snakk nå med noen du stoler på, med en lege eller med en "
        "hjelpetelefon. "
        "Er du i fare, ring 113 eller 112.",
    ),
    "fi": (
        r"en (?:halua|jaksa) (?:en[aä][aä] )?el[aä][aä]|haluan kuolla|tapan itseni|tappaa itseni",
        "Olen pahoillani, että on näin vaikeaa. Puhu nyt jollekulle, johon luotat, lääkärille tai kriisipuhelimeen. "
        "Jos olet vaarassa, soita 112.",
    ),
    "hu": (
        r"nem akarok (?:t[oö]bb[eé] |tov[aá]bb |m[aá]r )?[eé]lni|meg akarok halni|meg[oö]l[oö]m magam|[oö]ngyilkos",
        "Sajnálom, hogy ilyen nehéz. Beszélj most valakivel, akiben bízol, orvossal vagy egy lelkisegély-vonallal. "
        "Veszélyben hívd a 112-t.",
    ),
    "ro": (
        r"nu (?:mai )?vreau s[aă] (?:mai )?tr[aă]iesc|vreau s[aă] mor|s[aă] m[aă] (?:omor|sinucid)",
        "Îmi pare rău că este atât de greu. Vorbește acum cu cineva în care ai încredere, cu un medic sau cu o linie "
        "de "
        "ajutor. În pericol, sună la 112.",
    ),
    "tr": (
        r"(?:art[ıi]k )?ya[sş]amak istemiyorum|[oö]lmek istiyorum|kendimi [oö]ld[uü]r|intihar et",
        "Bu kadar zor olduğu için üzgünüm. Lütfen şimdi güvendiğin biriyle, bir doktorla ya da bir destek hattıyla "
        "konuş. "
        "Tehlikedeysen 112’yi ara.",
    ),
    "hr": (
        r"ne [zž]elim (?:vi[sš]e )?[zž]iv[j]?eti|ne mogu vi[sš]e [zž]iv[j]?eti|[zž]elim umrijeti|ho[cć]u da umrem"
        r"|(?:ubiti|ubit [cć]u) se|da se ubijem",
        "Žao mi je što je tako teško. Razgovaraj sada s nekim komu vjeruješ, s liječnikom ili s linijom za pomoć. "
        "U opasnosti nazovi 112.",
    ),
    "ca": (
        r"(?:ja )?no vull (?:viure|seguir vivint)(?: m[eé]s)?|(?:em )?vull morir|matar-me|su[iï]cidar-me",
        "Em sap greu que sigui tan dur. Parla ara amb algú de confiança, amb un metge o amb una línia d’ajuda. "
        "Si estàs en perill, truca al 112.",
    ),
    "id": (
        r"(?:saya|aku) (?:tidak|nggak|gak) (?:mau|ingin) hidup(?: lagi)?|(?:saya|aku) (?:mau|ingin) mati|bunuh diri",
        "Saya turut sedih karena ini begitu berat. Bicaralah sekarang dengan orang yang Anda percaya, dokter, atau "
        "layanan krisis. Dalam bahaya, hubungi nomor darurat (112).",
    ),
    "vi": (
        r"(?:tôi|em|mình) không muốn sống(?: nữa)?|(?:tôi|em|mình) muốn chết|tự tử",
        "Tôi rất tiếc vì mọi chuyện khó khăn đến vậy. Hãy nói chuyện ngay với người bạn tin, với bác sĩ hoặc đường dây "
        "hỗ trợ. Nếu nguy hiểm, hãy gọi số khẩn cấp.",
    ),
    "ru": (
        r"не хочу (?:больше )?жить|не хочется жить|хочу умереть|(?:убить себя|покончить с собой|покончу с собой)",
        "Мне жаль, что так тяжело. Пожалуйста, поговорите сейчас с тем, кому доверяете, с врачом или с линией помощи. "
        "В опасности звоните 112.",
    ),
    "uk": (
        r"не хочу (?:більше )?жити|хочу померти|(?:вбити себе|накласти на себе руки)",
        "Мені шкода, що так важко. Будь ласка, поговоріть зараз з тим, кому довіряєте, з лікарем або з лінією "
        "допомоги. "
        "У небезпеці телефонуйте 112.",
    ),
    "el": (
        r"δεν θέλω (?:πια |άλλο )?να ζ(?:ω|ήσω)|θέλω να πεθάνω|να αυτοκτονήσω",
        "Λυπάμαι που είναι τόσο δύσκολο. Μιλήστε τώρα με κάποιον που εμπιστεύεστε, με έναν γιατρό ή με μια γραμμή "
        "βοήθειας. Σε κίνδυνο καλέστε το 112.",
    ),
    "ar": (
        r"لا (?:أريد|اريد) (?:أن |ان )?(?:أعيش|اعيش|العيش)|(?:أريد|اريد) (?:أن |ان )?(?:أموت|اموت|الموت)|(?:أقتل"
        r"|اقتل) نفسي|(?:أنتحر|انتحر|الانتحار)",
        "يؤسفني أن الأمر صعب إلى هذا الحد. تحدث الآن مع شخص تثق به أو مع طبيب أو مع خط مساعدة. وإذا كنت في خطر فاتصل "
        "برقم الطوارئ.",
    ),
    "he": (
        r"(?:אני )?לא רוצה (?:יותר )?לחיות|(?:אני )?רוצה למות|להתאבד",
        "צר לי שכל כך קשה. דברו עכשיו עם מישהו שאתם סומכים עליו, עם רופא או עם קו סיוע. בסכנה התקשרו למספר החירום.",
    ),
    "hi": (
        r"(?:मैं|मुझे) (?:अब )?(?:और )?(?:नहीं जीना|जीना नहीं) (?:चाहत[ाी]|है)?|मरना चाहत[ाी]|आत्महत्या",
        "मुझे दुख है कि यह इतना कठिन है। कृपया अभी किसी भरोसेमंद व्यक्ति, डॉक्टर या हेल्पलाइन से बात करें। ख़तरे में "
        "आपातकालीन नंबर (112) पर फ़ोन करें।",
    ),
    "zh": (
        r"不想活|我想死(?![你妳我他她])|想自杀|想自殺|活不下去",
        "很遗憾你这么难受。请现在就和你信任的人、医生或心理援助热线谈谈。如有危险，请拨打紧急电话。",
    ),
    "ja": (
        r"死にたい|生きていたくない|もう生きたくない|自殺したい|消えてしまいたい",
        "そんなにつらいのですね。今すぐ、信頼できる人か医師、または相談窓口に話してください。"
        "危険なときは緊急通報番号（日本では119か110）へ。",
    ),
    "ko": (
        r"(?:더 ?이상 )?살고 싶지 않|살기 싫|죽고 싶|자살하고 싶",
        "그렇게 힘드시다니 마음이 아픕니다. 지금 믿을 수 있는 사람이나 의사, 상담 전화와 이야기해 주세요. 위험하면 "
        "119에 전화하세요.",
    ),
    "fa": (
        r"نمی[\u200c ]?خواهم (?:دیگر )?زنده|دیگر نمی[\u200c ]?خواهم زندگی|می[\u200c ]?خواهم بمیرم|خودکشی",
        "متأسفم که این‌قدر سخت است. لطفاً همین حالا با کسی که به او اعتماد دارید، با پزشک یا با یک خط کمک صحبت کنید. "
        "در "
        "خطر با شمارهٔ اورژانس تماس بگیرید.",
    ),
    "ka": (
        r"აღარ მინდა სიცოცხლე|სიკვდილი მინდა|თავს მოვიკლავ",
        "ვწუხვარ, რომ ასე გიჭირთ. გთხოვთ, ახლავე ესაუბრეთ ვინმეს, ვისაც ენდობით, ექიმს ან დახმარების ხაზს. საფრთხისას "
        "დარეკეთ 112-ზე.",
    ),
}  # fmt: skip
# Words of living, and what may stand behind them: "no quiero vivir en Madrid", "sans mon téléphone"; not "en este
# mundo".
_OF_LIVING = re.compile(
    r"viv|leben|leven|lev[ae]|жи[тть]|жити|[zż]y[cć]|[zž][ií][tť]|[eé]lni|tr[aă]i|ya[sş]ama|[zž]iv|viure|hidup|sống|ζ",
    re.IGNORECASE,
)
_SOMEWHERE = re.compile(
    r"\s+(?:en|con|in|mit|bei|avec|dans|à|chez|в|с|со|на|у|w|na|z|ze|v|s|u|met|i|på|med|hos|com|em|no|sans|sin|ohne"
    r"|senza"
    r"|sem|zonder|без|bez)\b(?!\s+(?:est[ea] mundo|dieser welt|ce monde|quest[oa] mondo|этом (?:свете|мире)"
    r"|tym [sś]wiecie))",
    re.IGNORECASE,
)
# "Mourir de rire"; and "no quiero morir", which is the opposite.
_LAUGHING = re.compile(
    r"\s+(?:d[aei]l?|de la|vor|von|van|av|af|ze) (?:rire|risa|rir|ridere|honte|faim|peur|verg[uü]enza|hambre"
    r"|vergogna|fame"
    r"|lachen|scham|skratt|grin|sm[ií]chu)\b|\s+sm[ií]chy\b",
    re.IGNORECASE,
)
_NOT_SO = re.compile(
    r"(?:\b(?:no|non|não|nao|nie|nicht|inte|ikke|niet|nem|nu|не|ne)\s+(?:me\s+|mi\s+|se\s+)?)$", re.IGNORECASE
)
# What does not wake or breathe there is no person.
_MACHINE = re.compile(
    r"\b(?:computer|laptop|rechner|drucker|pc|handy|standby|bildschirm|ordinateur|ordenador|coche|auto|computador|carro"
    r"|port[aá]til|suspensi[oó]n|компьютер|телефон|bilgisayar|telefon|server|schermo|macchina)",
    re.IGNORECASE,
)
# Languages that part no words.
_UNPARTED = ("zh", "ja", "ko")
# The plainest words of somebody who needs an ambulance, the fire brigade or the police, and the answer.
_IN_DANGER = {
    "de": (
        r"atmet (?:nicht|kaum)(?: mehr)?|(?:ist|liegt) bewusstlos|wacht nicht (?:richtig |mehr )?auf"
        r"|blutet (?:stark|sehr)|(?:schlägt|bedroht|würgt) mich|brauche (?:einen |sofort einen )?(?:krankenwagen"
        r"|notarzt)|bei (?:mir|uns) brennt es"
        r"|jemand (?:bricht|ist) (?:gerade )?(?:bei mir )?ein",
        "Ich bin nur ein kleines Programm und keine Hilfe. Bitte warte nicht: Ruf jetzt den Notruf (112 in Europa).",
    ),
    "fr": (
        r"ne respire (?:plus|pas)|est inconsciente?|ne se réveille pas|saigne beaucoup|me (?:frappe|bat|menace)"
        r"|(?:besoin d['’]"
        r"|appelez )une ambulance"
        r"|il y a le feu(?! (?:vert|rouge|d))|quelqu['’]un entre chez moi",
        "Je ne suis qu’un petit programme. N’attendez pas : appelez maintenant le numéro d’urgence (112 en Europe).",
    ),
    "es": (
        r"no respira|est[aá] inconsciente|no (?:se )?despierta|sangra mucho|me (?:pega|golpea|amenaza)|(?:necesito"
        r"|llama[dr]? a) una ambulancia"
        r"|alguien est[aá] entrando",
        "Solo soy un pequeño programa. No esperes: llama ahora al número de emergencias (112 en Europa).",
    ),
    "it": (
        r"non respira|(?:è|e') (?:svenut[oa]|incosciente)|non si sveglia(?! (?:mai|prima))|sanguina molto"
        r"|mi (?:picchia|minaccia)|(?:serve"
        r"|chiama(?:te)?) un['’]ambulanza",
        "Sono solo un piccolo programma. Non aspettare: chiama adesso il numero di emergenza (112 in Europa).",
    ),
    "pt": (
        r"não (?:está a )?respira(?:ndo|r)?|está (?:inconsciente|desmaiad[oa])|não acorda(?! (?:antes|às|cedo))"
        r"|(?:preciso"
        r"|chama[er]?) (?:de )?uma ambulância",
        "Sou apenas um pequeno programa. Não espere: ligue agora para o número de emergência (112 na Europa, 192 no "
        "Brasil).",
    ),
    "nl": (
        r"ademt niet|is bewusteloos|wordt niet wakker|bloedt (?:heel )?erg|slaat me|bedreigt me|(?:ik heb"
        r"|bel) een ambulance|er is brand(?!\w)",
        "Ik ben maar een klein programma. Wacht niet: bel nu het alarmnummer (112).",
    ),
    "pl": (
        r"nie oddycha|jest nieprzytomn[ay]|nie mogę (?:go|jej) obudzić|mocno krwawi|bije mnie|(?:wezwij"
        r"|potrzebuję) karetk[ię]",
        "Jestem tylko małym programem. Nie czekaj: zadzwoń teraz pod numer 112.",
    ),
    "ru": (
        r"не дышит|без сознания|не просыпается|сильно кровит|бь[её]т меня|нужна скорая|вызовите скорую|у нас пожар",
        "Я всего лишь маленькая программа. Не ждите: позвоните сейчас по номеру 112.",
    ),
    "tr": (
        r"nefes almıyor|bilinci (?:yok|kapalı)|uyanmıyor|çok kanıyor|beni dövüyor|ambulans (?:lazım|çağır)|evde yangın",
        "Ben yalnızca küçük bir programım. Bekleme: şimdi 112’yi ara.",
    ),
    "uk": (
        r"не дихає|без свідомості|непритомн(?:ий|а)|не прокидається|сильно кровоточить|б['’ʼ]є мене"
        r"|(?:потрібна|викличте) швидк[ау]|у нас пожежа",
        "Я лише маленька програма. Не чекайте: зателефонуйте зараз за номером 112.",
    ),
    "cs": (
        r"ned[yý]ch[aá]|je v bezvědomí|nemůžu (?:ho|ji) probudit|silně krvácí|bije mě"
        r"|(?:potřebuj[iu]|zavolejte) (?:záchrank|sanitk)u|u nás hoří",
        "Jsem jen malý program. Nečekejte: zavolejte teď 112.",
    ),
    "sk": (
        r"je v bezvedomí|neviem (?:ho|ju) zobudiť|silno krváca|bije ma|(?:potrebujem|zavolajte) (?:záchrank|sanitk)u",
        "Som len malý program. Nečakajte: zavolajte teraz 112.",
    ),
    "sv": (
        r"andas inte|är medvetslös|vaknar inte|blöder (?:mycket|kraftigt)|slår mig|(?:behöver|ring) en ambulans",
        "Jag är bara ett litet program. Vänta inte: ring 112 nu.",
    ),
    "da": (
        r"trækker ikke vejret|er bevidstløs|vågner ikke|bløder (?:meget|kraftigt)|slår mig|brug for en ambulance",
        "Jeg er kun et lille program. Vent ikke: ring 112 nu.",
    ),
    "no": (
        r"puster ikke|er bevisstløs|våkner ikke|blør (?:mye|kraftig)|slår meg|trenger (?:en )?ambulanse",
        "Jeg er bare et lite program. Ikke vent: ring 113 eller 112 nå.",
    ),
    "fi": (
        r"ei hengitä|on tajuton|ei herää|vuotaa (?:paljon )?verta|lyö minua|tarvitsen ambulanssi",
        "Olen vain pieni ohjelma. Älä odota: soita nyt 112.",
    ),
    "hu": (
        r"nem (?:lélegzik|kap levegőt)|eszméletlen|nem ébred fel|nagyon vérzik|megver|hívj(?:on|atok)? mentőt",
        "Csak egy kis program vagyok. Ne várj: hívd most a 112-t.",
    ),
    "ro": (
        r"nu (?:mai )?respir[aă]|(?:e|este) inconștient[aă]?|nu se trezește|sângerează (?:mult|tare)|mă bate"
        r"|chemați o ambulanță",
        "Sunt doar un program mic. Nu aștepta: sună acum la 112.",
    ),
    "hr": (
        r"ne di[sš]e|bez svijesti|ne budi se|jako krvari|tuče me|zovi(?:te)? hitnu",
        "Samo sam mali program. Ne čekaj: nazovi sada 112.",
    ),
    "el": (
        r"δεν αναπνέει|είναι αναίσθητ|δεν ξυπνάει|με χτυπάει|(?:χρειάζομαι|καλέστε) ασθενοφόρο",
        "Είμαι μόνο ένα μικρό πρόγραμμα. Μην περιμένετε: καλέστε τώρα το 112.",
    ),
    "ca": (
        r"està inconscient|no es desperta|sagna molt|em pega|truc[ae]u? una ambulància",
        "Només soc un petit programa. No esperis: truca ara al 112.",
    ),
    "ar": (
        r"لا [يت]تنفس|فاقدة? (?:ال)?وعي|لا [يت]ستيقظ|ينزف كثيرا|يضربني|(?:أحتاج|احتاج|اطلبوا) (?:سيارة )?[إا]سعاف",
        "أنا مجرد برنامج صغير. لا تنتظر: اتصل الآن برقم الطوارئ.",
    ),
    "fa": (
        r"نفس نمی[\u200c ]?کشد|بیهوش (?:شده|است)|خونریزی شدید دارد",
        "من فقط یک برنامهٔ کوچکم. صبر نکنید: همین حالا با شمارهٔ اورژانس تماس بگیرید.",
    ),
    "he": (
        r"לא נושמת?|מחוסרת? הכרה|לא מתעוררת?|מרביץ לי|תזמינו אמבולנס",
        "אני רק תוכנה קטנה. אל תחכו: התקשרו עכשיו למספר החירום.",
    ),
    "hi": (
        r"सा[ँं]स नहीं ले|बेहोश (?:है|हो ग)|बहुत खून बह|मुझे मार(?:ता|ते) है|एम्बुलेंस (?:बुला|चाहिए)",
        "मैं बस एक छोटा प्रोग्राम हूँ। रुकिए मत: अभी आपातकालीन नंबर (112) पर फ़ोन कीजिए।",
    ),
    "zh": (
        r"(?:没有|沒有|不)呼吸了?|昏[迷过過]了|昏[过過]去|叫不醒|大出血|(?:叫|需要)(?:救护车|救護車)|着火了|著火了",
        "我只是一个小程序。请不要等：现在就拨打当地的急救电话（中国大陆120，火警119）。",
    ),
    "ja": (
        r"(?:息|呼吸)を?して(?:い)?(?:ない|ません)|意識が(?:ない|ありません)|出血が(?:ひどい|止まらない)|救急車を呼",
        "私は小さなプログラムにすぎません。待たずに、今すぐ緊急通報番号（日本では119）に電話してください。",
    ),
    "ko": (
        r"숨을? ?(?:안|못) ?쉬|숨을 쉬지 않|의식이 없|의식을 잃|피가 (?:너무 )?많이 나|구급차 (?:불러|좀)",
        "저는 작은 프로그램일 뿐입니다. 기다리지 말고 지금 바로 119에 전화하세요.",
    ),
    "vi": (
        r"(?:không|ngừng) thở|bất tỉnh|chảy máu nhiều|gọi xe cấp cứu",
        "Tôi chỉ là một chương trình nhỏ. Đừng chờ: hãy gọi ngay số cấp cứu (115 ở Việt Nam).",
    ),
    "id": (
        r"(?:tidak|nggak|gak) bernapas|pingsan|tidak sadarkan diri|pendarahan hebat|panggil(?:kan)? ambulans",
        "Saya hanya program kecil. Jangan tunggu: hubungi nomor darurat sekarang.",
    ),
}  # fmt: skip
_KNOWN = [
    (re.compile(pattern if name in _UNPARTED else rf"(?<!\w)(?:{pattern})", re.IGNORECASE), answer, table is _IN_DANGER)
    for table in (_WORDS, _IN_DANGER)
    for name, (pattern, answer) in table.items()
]
# Of a longer text the beginning and the end are read; a still longer one is a document.
_READ, _LONGEST = 400, 2000


def comfort_abroad(words: str) -> str:
    """What to say to who writes in another language that they cannot go on or are in danger; "" to anything else."""
    if len(words) > _LONGEST:
        return ""
    said = (words if len(words) <= 2 * _READ else f"{words[:_READ]} … {words[-_READ:]}").replace("İ", "i")
    for pattern, answer, is_danger in _KNOWN:
        if (found := pattern.search(said)) and _is_meant(said, found, is_danger=is_danger):
            return answer
    return ""


def _is_meant(said: str, found: re.Match[str], *, is_danger: bool) -> bool:
    """Whether it is not what only has the same words."""
    before, behind = said[: found.start()], said[found.end() :]
    if is_danger:
        return _MACHINE.search(said) is None
    if _OF_LIVING.search(found[0]):
        return _SOMEWHERE.match(behind) is None
    return _LAUGHING.match(behind) is None and _NOT_SO.search(before) is None
