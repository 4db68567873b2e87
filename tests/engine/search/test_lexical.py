from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.search import lexical
from engine.search.lexical import COMMON_AT_LEAST, LexicalIndex, Stemmer
from engine.search.terms import pairs_of, subject_words


def create_index() -> tuple[sqlite3.Connection, LexicalIndex]:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("CREATE TABLE entries (row INTEGER PRIMARY KEY)")
    return db, LexicalIndex(db)


def fill(db: sqlite3.Connection, index: LexicalIndex, *texts: str, context: str = "") -> None:
    for text in texts:
        row = db.execute("INSERT INTO entries DEFAULT VALUES").lastrowid or 0
        index.put(row, text, context)


def find(index: LexicalIndex, query: str) -> list[int]:
    scores = index.search(index.terms(query), "1", [], 50)
    return sorted(scores, key=lambda row: (-scores[row], row))


TEXTS = (
    "The boilers were serviced in May.",
    "Der Mietvertrag läuft bis Dezember; die Kaution beträgt zwei Mieten.",
    "租赁合同将于十二月到期。押金为两个月的房租。",
    "สัญญาเช่าหมดอายุในเดือนธันวาคม",
    "Le café de l'été est fermé.",
    "賃貸契約は12月に終了します。",
)


@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("boiler", 1),
        ("When was the boiler serviced?", 1),
        ("SERVICING", 1),
        ("Vertrag", 2),
        ("Mietvertrag", 2),
        ("lauft", 2),
        ("合同", 3),
        ("合同什么时候到期？", 3),
        ("押金", 3),
        ("หมดอายุ", 4),
        ("cafe", 5),
        ("ÉTÉ", 5),
        ("契約", 6),
    ],
)
def test_a_word_finds_its_text_whatever_its_form_or_script(query: str, row: int) -> None:
    db, index = create_index()
    fill(db, index, *TEXTS)
    assert find(index, query)[0] == row


def test_a_word_itself_counts_more_than_a_compound_with_it() -> None:
    db, index = create_index()
    fill(db, index, "Der Mietvertrag ist da.", "Der Vertrag ist da.", "Nichts davon.", "Und noch etwas.", "Leer.")
    assert find(index, "Vertrag") == [2, 1]


def test_context_leads_to_a_text_with_less_weight_than_its_own_words() -> None:
    db, index = create_index()
    fill(db, index, "It is 5 years.", context="warranty.pdf")
    fill(db, index, "The warranty is 5 years.", "Nothing here.", "Nor here at all.", "Nor there.")
    assert find(index, "warranty") == [2, 1]


def test_words_that_most_texts_have_are_dropped_unless_nothing_else_is_left() -> None:
    db, index = create_index()
    fill(db, index, *[f"machine number {i}" for i in range(COMMON_AT_LEAST + 30)], "a machine with a turbine")
    assert len(find(index, "machine turbine")) == 1
    assert len(find(index, "machine")) == 50


def test_terms_that_no_text_has_are_told() -> None:
    db, index = create_index()
    fill(db, index, *TEXTS)
    assert [t.n_entries for t in index.terms("boiler xylophone")] == [0, 1]


HOSTILE = [
    '"', "'", "NEAR(", "a AND", "OR", "NOT x", "*", "foo*", "col:val", "text : x", "(", ")", "^", "-", "{a b}", "\\",
    '"unclosed', "%", ";DROP TABLE words", "\x00", "a\x00b", "\ud800", "", " ", "𠮷", "e\u0301",
    "_", "___", "’", "a'b'c",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_no_text_of_a_person_is_a_syntax_error(query: str) -> None:
    db, index = create_index()
    fill(db, index, *TEXTS, query)
    find(index, query)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_any_text_can_be_put_searched_and_removed(text: str) -> None:
    db, index = create_index()
    fill(db, index, "something else", text)
    find(index, text)
    index.remove([1, 2])
    assert index.n_entries == 0
    assert db.execute("SELECT count(*) FROM long_words").fetchone() == (0,)


def test_a_page_pasted_as_a_query_is_cut_to_its_rarest_words() -> None:
    db, index = create_index()
    fill(db, index, *TEXTS)
    assert find(index, " ".join(f"word{i}" for i in range(5000)) + " boiler") == []
    assert find(index, "boiler " + " ".join(f"word{i}" for i in range(5000))) in ([1], [])


def test_a_replaced_text_is_no_longer_found_by_its_old_words() -> None:
    db, index = create_index()
    fill(db, index, "The wolverine sleeps.")
    index.put(1, "The badger sleeps.", "")
    assert find(index, "wolverine") == []
    assert find(index, "badger") == [1]
    assert index.n_entries == 1


def test_removing_forgets_the_long_words_that_nothing_else_has() -> None:
    db, index = create_index()
    fill(db, index, "Kellerabteil Steuererklärung", "Die Steuererklärung ist fertig.")
    index.remove([1])
    words = {w for (w,) in db.execute("SELECT word FROM long_words")}
    assert words == {"steuererklärung"}


def test_optimising_leaves_no_word_of_a_removed_text_in_the_index() -> None:
    db, index = create_index()
    fill(db, index, "The combination is swordfish.", "The other text stays.")
    index.remove([1])
    index.optimise()
    blocks = b"".join(bytes(b) for (b,) in db.execute("SELECT block FROM words_data"))
    assert b"swordfish" not in blocks


def test_clear_leaves_nothing() -> None:
    db, index = create_index()
    fill(db, index, *TEXTS)
    index.clear()
    assert index.n_entries == 0
    assert find(index, "boiler") == []


def test_stems_are_those_of_the_index() -> None:
    stemmer = Stemmer()
    assert stemmer.stems(["Serviced boilers", "", "押金为"]) == [["servic", "boiler"], [], ["押金", "金为"]]
    assert stemmer.stems(["running"]) == [["run"]]
    stemmer.close()


def test_subject_words_leave_out_what_only_asks() -> None:
    assert subject_words("What's the boiler's pressure, please?") == ["boiler", "pressure"]
    assert subject_words("Où est l'eau?") == ["eau"]
    assert subject_words("to be or not to be") == ["to", "be", "or", "not"]


def test_pairs_cover_a_run_and_keep_a_lone_character() -> None:
    assert pairs_of("押金 and 茶") == ["押金", "茶"]


def test_the_commonest_of_many_words_only_add_to_what_the_rarer_ones_find(monkeypatch: pytest.MonkeyPatch) -> None:
    db, index = create_index()
    fill(db, index, "boiler pressure", "boiler garden", "boiler garden fence", *["garden"] * 40, *["letter"] * 60)
    monkeypatch.setattr(lexical, "MAX_MATCHES", 4)
    assert find(index, "boiler garden fence") == [3, 2, 1]
    assert len(find(index, "garden")) == 42  # a lone word is searched for however many have it


def test_a_condition_that_few_fulfil_is_asked_of_every_match() -> None:
    db, index = create_index()
    fill(db, index, *["boiler"] * 300, *["boiler far down the list of all that was said in the year"] * 3)
    found = index.search(index.terms("boiler"), "entries.row > ?", [300], 2)
    assert len(found) == 2
    assert min(found) > 300
