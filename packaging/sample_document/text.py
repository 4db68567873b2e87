"""The words of the sample document: Scrubjay's own help, in sentences that answer by themselves.

Each page is a list of sections (heading, paragraphs). Sentences are short and complete, because one of them
is what the guide quotes. Names of menus are those of desktop/actions.py; a test compares them.
"""

TITLE = "Welcome to Scrubjay"
SUBTITLE = "What it does, what it keeps, and how to ask. Three pages; this is the first thing you can ask about."

PAGES = (
    (
        (
            "What Scrubjay does",
            (
                "Scrubjay reads your documents, remembers what you tell it, and answers with the exact sentence and the "
                "place where it stands. It is named after a bird that hides thousands of things and remembers what, "
                "where and when.",
            ),
        ),
        (
            "What stays on this computer",
            (
                "Everything stays on this computer: your documents, your chats, your memories and your questions. "
                "Scrubjay has no account, sends no statistics and looks for no updates. Only one thing can leave this "
                "computer: if you choose a model on a server yourself, your question and the passages that belong to it "
                "go to that server. The line at the foot of the window always says who is asked.",
            ),
        ),
        (
            "How to ask",
            (
                "Write a question into the field at the foot of the chat and press Enter. Ask in whole words, as you "
                "would ask a person: \"How long is the notice period?\" works better than \"notice\". Each answer has "
                "small numbers behind it. Click a number to see the page with the sentence marked on it. With Alt+Right "
                "and Alt+Left you go from one source of an answer to the next.",
            ),
        ),
        (
            "How to add documents",
            (
                "To add a document, drop the file anywhere on the window, or choose \"Open file\" in the File menu. To "
                "add a folder, drop it on the window, or choose \"Add folder\" in the File menu. A folder is added once: "
                "files that come into it later must be added by you. Scrubjay reads PDF, Word, Markdown, web pages, "
                "e-mails, tables, plain text and source code. The files stay where they are and are not changed.",
                "A scan is a picture of a page and has no text in it. Scrubjay says so and does not guess; run the scan "
                "through a text recogniser (OCR) and add the result. A file that could not be read is listed in the "
                "Documents panel, with the reason and what to do.",
            ),
        ),
        (
            "How to take a document out",
            (
                "To take a document out, choose it in the Documents panel and press Delete. The file itself stays where "
                "it is. A document that you took out by mistake comes back with \"Undo\" in the Edit menu.",
            ),
        ),
    ),
    (
        (
            "How to make Scrubjay remember something",
            (
                "To make Scrubjay remember something, write it as you would say it: \"Remember that my sister's birthday "
                "is 3 May.\" You can also choose \"Remember something\" in the Memory menu. Ask later and it answers with "
                "what you said and when you said it.",
            ),
        ),
        (
            "How to make Scrubjay forget something",
            (
                "To make Scrubjay forget something, choose it in the Memory panel and press Delete. What you forget goes "
                "to the trash, where it stays for 30 days. To undo this, choose \"Undo\" in the Edit menu, or take it back "
                "out of the trash. What you delete from the trash is gone for good, also from Scrubjay's own log.",
            ),
        ),
        (
            "Five kinds of memory",
            (
                "Scrubjay has five tiers of memory. The working tier holds what belongs to the question of the moment. "
                "The short-term tier holds the last hour. The episodic tier holds what was said in the last seven days. "
                "The long-term tier holds what proved important. The semantic tier holds what you asked Scrubjay to "
                "remember, and has no end date. A pinned memory is never thrown away by itself.",
            ),
        ),
        (
            "Where your data is",
            (
                "All data of Scrubjay is in one folder, and the Settings say which folder that is. Only you can open "
                "this folder. Your documents are not in it: Scrubjay keeps the text of their passages, not the files.",
            ),
        ),
        (
            "How to make a backup",
            (
                "To make a backup, quit Scrubjay and copy its data folder to another disk. The backup holds your "
                "chats, your memories and the text of your documents. To restore a backup, quit Scrubjay and copy the "
                "folder back to its place. Back up the documents themselves as well, because Scrubjay does not copy "
                "them. Models need no backup; they can be downloaded again.",
            ),
        ),
        (
            "If something goes wrong",
            (
                "After a crash or a power cut, start Scrubjay again: everything that was saved is there. If the disk is "
                "full, reading goes on and writing waits until there is space. \"Report a problem\" in the Help menu "
                "collects the details; nothing is sent by itself.",
            ),
        ),
    ),
    (
        (
            "The guide, and what it can do",
            (
                "The guide is the small model that comes with Scrubjay. It finds and quotes sentences of your documents, "
                "remembers, recalls, calculates, and tells the time. The guide never writes anything of its own about "
                "your documents: what you read between quotation marks stands in them, word for word.",
            ),
        ),
        (
            "What the guide cannot do",
            (
                "The guide cannot write letters or poems, sum up a text, translate, or answer from general knowledge. "
                "It understands English best. When you ask for such a thing, it says so and offers you a larger model. "
                "Your question is kept, and asked again by itself when the model is ready.",
            ),
        ),
        (
            "How to choose a larger model",
            (
                "To choose a larger model, open the Models panel. It lists the models that are already on this "
                "computer, also those of other programs, and says whether each fits into the memory. A model file (GGUF) "
                "can be dropped on the window. A model server is added with its address; your questions then go there.",
            ),
        ),
        (
            "When you close the window",
            (
                "When you close the window for the first time, Scrubjay asks whether to keep running in the tray. In the "
                "tray it waits without using the processor, and answers at once when you come back. To end it, choose "
                "\"Quit\" in the File menu or in the menu of the tray. Where there is no tray, closing minimises the "
                "window or quits, as you chose.",
            ),
        ),
        (
            "Keyboard shortcuts",
            (
                "Ctrl+N begins a new chat. Ctrl+K finds everything: chats, documents and memories. Ctrl+1 to Ctrl+5 "
                "open the panels. Ctrl+L goes to the field in which you write. Ctrl+O opens a file and Ctrl+Shift+O adds "
                "a folder. F6 goes from one part of the window to the next. Ctrl+Plus and Ctrl+Minus make everything "
                "larger or smaller. All shortcuts are listed under \"Keyboard shortcuts\" in the Help menu, and each can "
                "be changed. On a Mac, press Command where it says Ctrl.",
            ),
        ),
        (
            "Now try it",
            (
                "Ask \"What stays on this computer?\" or \"Where did I read about backups?\" The answer comes from these "
                "pages. Then drop a file of your own.",
            ),
        ),
    ),
)
