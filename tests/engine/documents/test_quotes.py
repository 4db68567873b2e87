"""A quoted sentence is found on its page however the two are written."""

from engine.documents.quotes import create_key, find_quote


def find(quote: str, page: str, before: str = "") -> list[str]:
    """The parts of the page that were found."""
    return [page[first:end] for first, end in find_quote(quote, page, create_key(page), before=before)]


def test_white_space_and_line_ends_do_not_matter():
    assert find("The notice period is long.", "…\r\nThe  notice\r\nperiod is\nlong. Next.") == [
        "The  notice\r\nperiod is\nlong."
    ]


def test_a_word_divided_at_a_line_end_is_the_same_word():
    assert find("The radiators are cold.", "The radi-\r\nators are cold.") == ["The radi-\r\nators are cold."]
    assert find("The radiators are cold.", "The radi\ufffeators are cold.") == ["The radi\ufffeators are cold."]


def test_ligatures_accents_and_full_width_letters_are_what_they_stand_for():
    assert find("The final office.", "The \ufb01nal o\ufb03ce.") == ["The \ufb01nal o\ufb03ce."]
    assert find("Caf\u00e9 cr\u00e8me.", "Cafe\u0301 cre\u0300me.") == ["Cafe\u0301 cre\u0300me."]


def test_the_marks_around_a_sentence_belong_to_it():
    assert find("“It is paid.”", "He said: “It is paid.” Then") == ["“It is paid.”"]
    assert find("It is paid", "(It is paid.)") == ["It is paid"]


def test_leaders_of_dots_are_no_letters():
    assert find("Rent … 640", "Rent ........ 640") == ["Rent ........ 640"]


def test_a_sentence_with_a_running_head_inside_is_found_in_two_pieces():
    page = "The notice period is three months\r\nLEASE 4\r\nto the end of a quarter."
    assert find("The notice period is three months to the end of a quarter.", page) == [
        "The notice period is three months",
        "to the end of a quarter.",
    ]


def test_a_sentence_that_began_on_the_page_before_is_found_by_its_end():
    page = "to the end of a quarter. The deposit is paid."
    assert find("The notice period is three months to the end of a quarter.", page) == ["to the end of a quarter."]


def test_what_is_not_there_is_not_found():
    assert find("The cat sat on the mat.", "The notice period is three months.") == []
    assert find("…", "… and so on") == []
    assert find("", "anything") == []


def test_of_equal_sentences_the_one_in_its_surroundings_is_meant():
    page = "Heating. It is included. Water. It is included."
    found = find_quote("It is included.", page, create_key(page), before="Water. ")
    assert found[0][0] == page.rindex("It is")


def test_other_scripts_are_found():
    assert find("通知期間は三か月です。", "前文。通知期間は\r\n三か月です。次。") == ["通知期間は\r\n三か月です。"]
