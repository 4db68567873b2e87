"""Facts of an invented person, questions that they answer, and questions that they do not.

For the floor below which memory stays silent (engine/memory/recall.py). Written before the floor was set;
half of the pairs set it (`SETTING`), the other half only measure it.
"""

from __future__ import annotations

# (fact, a question that it answers)
ANSWERED: tuple[tuple[str, str], ...] = (
    ("My sister Anna moved to Antwerp in spring", "Where does my sister live now?"),
    ("I am allergic to hazelnuts", "What food must I avoid?"),
    ("The boiler was serviced by Janssens in March", "Who looked after the heating?"),
    ("My dentist is Dr Claes in the Veldstraat", "Which dentist do I go to?"),
    ("I prefer metric units", "Kilometres or miles for me?"),
    ("The Wi-Fi box is behind the bookshelf", "Where is the router?"),
    ("I am writing a thesis on salt marshes", "What is my thesis about?"),
    ("Our wedding anniversary is 14 September", "When did we marry, which day of the year?"),
    ("The car needs a new battery before winter", "What has to be done about the car?"),
    ("I quit smoking on 2 January", "When did I stop smoking?"),
    ("My favourite author is Ursula Le Guin", "Whose books do I like best?"),
    ("The landlord wants the rent by the third of the month", "When is the rent due?"),
    ("I run ten kilometres every Sunday", "How much do I exercise at the weekend?"),
    ("My passport expires in June 2027", "How long is my passport valid?"),
    ("Grandmother's soup has leek, celeriac and a spoon of mustard", "What goes into grandma's soup?"),
    ("The garden shed key hangs behind the kitchen door", "Where do I find the key to the shed?"),
    ("I decided against the heat pump because of the noise", "Why did I not buy the heat pump?"),
    ("My manager at the library is called Femke", "What is my boss's name?"),
    ("We feed the cat twice a day, never milk", "How often does the cat eat?"),
    ("The train to Ghent leaves at 7.12 from platform 4", "From which platform does my train go?"),
    ("I take my coffee without sugar", "How do I drink coffee?"),
    ("My blood type is A negative", "Which blood group am I?"),
    ("The violin lesson is on Thursday at five", "When do I have music lessons?"),
    ("Uncle Piet lent us 2,000 euros for the roof", "Whom do we owe money for the roof?"),
    ("I want to learn Portuguese before the trip to Porto", "Which language am I going to study?"),
    ("Bert broke his arm while skiing", "What happened to Bert?"),
    ("The blue folder has all the tax papers of 2023", "Where are last year's tax documents?"),
    ("I am the treasurer of the rowing club", "What do I do for the rowing club?"),
    ("The neighbours' dog is afraid of fireworks", "What is the dog next door scared of?"),
    ("Our internet contract ends on 31 October", "Until when does the broadband contract run?"),
    ("I sleep badly after red wine", "What does red wine do to me?"),
    ("The children's school starts at half past eight", "What time must the kids be at school?"),
    ("My shoe size is 43", "Which size of shoes do I wear?"),
    ("We painted the hall in a colour called old linen", "What colour is the hall?"),
    ("I met Sofia at the pottery course in Leuven", "How do I know Sofia?"),
    ("The washing machine leaks when it spins", "What is wrong with the washing machine?"),
    ("I keep the spare glasses in the car", "Where are my spare glasses?"),
    ("Dad's surgery is planned for the second week of May", "When will my father be operated?"),
    ("I vote by post because of the night shifts", "How do I vote?"),
    ("The tomatoes did best on the south wall", "Where should I plant the tomatoes?"),
)

# Questions of which the person never said anything.
UNANSWERED: tuple[str, ...] = (
    "What is the capital of Mongolia?", "How do I reset a forgotten password?", "Who won the match last night?",
    "What does photosynthesis need?", "Which version of Python is installed?", "How tall is the Eiffel Tower?",
    "Summarise the quarterly report", "What is the boiling point of ethanol?", "When was the printing press invented?",
    "How many employees does the company have?", "What are the opening hours of the museum?",
    "Explain the difference between TCP and UDP", "Is it going to rain tomorrow?",
    "What is the warranty of the laptop?",
    "Who is the author of the contract?", "How do I sort a list in Excel?", "What is the notice period of the lease?",
    "Translate good morning into Japanese", "Which planets have rings?", "How long does concrete take to set?",
    "What was the inflation rate in 1980?", "Where is the nearest pharmacy?", "Which bus goes to the airport?",
    "How is paper recycled?", "What is the recommended dose of ibuprofen?", "Who composed the Moonlight Sonata?",
    "How do vaccines work?", "What does the acronym NATO stand for?", "Which chapter treats backups?",
    "How do I change the oil filter of a lawn mower?", "What is 15 per cent of 230?", "Name three rivers in Africa",
    "What is the deadline of the grant proposal?", "How many moons has Jupiter?",
    "Which camera was used for the photo?",
    "What is my brother's phone number?", "Which hotel did I book in Lisbon?", "When is my next haircut?",
    "What did I give Lukas for his birthday?", "How much did the new sofa cost?",
)  # fmt: skip

SETTING = slice(0, None, 2)
MEASURING = slice(1, None, 2)
