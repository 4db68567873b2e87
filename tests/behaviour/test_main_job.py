"""The main job from the command line: add, ask, get the place, remember."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest
from command_line import Scrubjay
from papers import write_lease, write_manual, write_minutes

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Scrubjay:
    """A Scrubjay that has read three papers."""
    root = tmp_path_factory.mktemp("main-job")
    papers = root / "papers"
    papers.mkdir()
    write_lease(papers / "lease.pdf")
    write_manual(papers / "manual.docx")
    write_minutes(papers / "minutes.md")
    scrubjay = Scrubjay(root / "data")
    rows = scrubjay.json("ingest", papers)
    assert {Path(row["path"]).name: (row["state"], row["pages"]) for row in rows} == {
        "lease.pdf": ("added", 3),
        "manual.docx": ("added", None),
        "minutes.md": ("added", None),
    }
    return scrubjay


@pytest.mark.parametrize(
    ("question", "name", "page", "heading", "words"),
    [
        ("What is the notice period of the flat?", "lease.pdf", 2, "", "three months to the end of a quarter"),
        ("When is the boiler serviced?", "lease.pdf", 3, "", "September"),
        ("How often must the machine be descaled?", "manual.docx", None, "Descaling", "eight weeks"),
        ("How long does the guarantee last?", "manual.docx", None, "Guarantee", "thirty months"),
        ("Where does the summer concert take place?", "minutes.md", None, "Concert", "old grain hall"),
        ("How much money does the choir have?", "minutes.md", None, "Money", "2,310"),
    ],
)
def test_an_answer_quotes_the_right_sentence_and_place(
    filled: Scrubjay, question: str, name: str, page: int | None, heading: str, words: str
) -> None:
    answer = filled.ask(question)
    citation = answer["citations"][0]
    assert Path(citation["path"]).name == name
    assert citation["page"] == page
    assert citation["heading"].endswith(heading)
    assert words in citation["text"]
    assert words in answer["answer"]


def test_what_is_in_no_document_is_not_found(filled: Scrubjay) -> None:
    answer = filled.ask("Do my papers say which volcano erupted in Iceland?")
    assert answer["reason"] == "not_found"
    assert answer["citations"] == []


def test_what_was_remembered_is_recalled_in_another_chat(filled: Scrubjay) -> None:
    filled.ask("Remember that my sister's birthday is 3 May")
    answer = filled.ask("When is my sister's birthday?")
    assert "3 May" in answer["answer"]
    assert answer["citations"][0]["kind"] == "memory"
    [entry] = [e for e in filled.json_here("memory", "list") if "birthday" in e["text"]]
    assert (entry["tier"], entry["importance"], entry["provenance"]["source"]) == ("semantic", 0.8, "user")
    filled.run_here("memory", "forget", entry["id"], "--yes")
    assert not [e for e in filled.json_here("memory", "list") if "birthday" in e["text"]]
    assert filled.ask("When is my sister's birthday?")["reason"] == "not_found"


def test_without_memory_nothing_is_kept(filled: Scrubjay) -> None:
    filled.ask("Remember that the spare key hangs behind the clock", "--no-memory")
    assert not [e for e in filled.json_here("memory", "list") if "spare key" in e["text"]]


def test_a_calculation_is_exact(filled: Scrubjay) -> None:
    assert "391" in filled.ask("What is 17 * 23?")["answer"]


def test_a_chat_goes_on_in_the_next_process(filled: Scrubjay) -> None:
    chat = filled.json("ask", "What is 12 * 12?")[0]["chat_id"]
    assert "169" in filled.ask("What is 13 * 13?", "--chat", chat)["answer"]
    [shown] = filled.json_here("chats", "show", chat)
    assert [turn["role"] for turn in shown["turns"]] == ["user", "assistant"] * 2
    assert {turn["state"] for turn in shown["turns"]} == {"complete"}


def test_search_finds_in_documents_memory_and_chats(filled: Scrubjay) -> None:
    [found] = filled.json("search", "descaling with citric acid", "-k", "3", "--in", "documents")
    assert Path(found["hits"][0]["path"]).name == "manual.docx"
    filled.run_here("memory", "add", "The piano tuner is called Osvaldo Brecht")
    [found] = filled.json("search", "piano tuner", "--in", "memory")
    assert "Osvaldo" in found["hits"][0]["text"]
    filled.ask("Who is Osvaldo Brecht?")
    [found] = filled.json("search", "Osvaldo", "--in", "chats")
    assert found["hits"]


def test_the_same_file_again_is_unchanged_and_a_changed_one_replaced(filled: Scrubjay, tmp_path: Path) -> None:
    paper = write_minutes(tmp_path / "notes.md")
    paper.write_text(paper.read_text().replace("Ilse Brandt", "Konrad Vey"))
    assert filled.json("ingest", paper)[0]["state"] == "added"
    assert filled.json("ingest", paper)[0]["state"] == "unchanged"
    paper.write_text("# Choir committee\n\nNow Mathilde Orsolya conducts the choir on all days.\n")
    assert filled.json("ingest", paper)[0]["state"] == "replaced"
    [found] = filled.json("search", "Konrad Vey", "--in", "documents")
    assert not [hit for hit in found["hits"] if "Konrad Vey" in hit["text"]]
    filled.run("documents", "remove", paper)
    [found] = filled.json("search", "Mathilde Orsolya", "--in", "documents")
    assert not [hit for hit in found["hits"] if "Mathilde" in hit["text"]]


def test_a_file_given_with_the_question_is_read_and_searched_alone(filled: Scrubjay, tmp_path: Path) -> None:
    note = tmp_path / "trip.txt"
    note.write_text("The ferry to Helgoland leaves at 9:15 from pier four. Return is at 16:30.")
    answer = filled.ask("When does the ferry leave?", "--file", note)
    assert "9:15" in answer["answer"]
    assert Path(answer["citations"][0]["path"]).name == "trip.txt"


def test_a_second_process_uses_the_first_ones_store_and_takes_over_when_it_ends(filled: Scrubjay) -> None:
    first, second = filled.start("memory", "stats", "--json"), filled.start("memory", "list", "--json")
    outputs = [process.communicate(timeout=60) for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], outputs


def test_ctrl_c_stops_an_ingest_and_keeps_what_is_in(tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    for number in range(200):
        body = "\n\n".join(f"Paragraph {i} of paper {number}. " + "Words that fill the page. " * 30 for i in range(20))
        (papers / f"{number:03}.txt").write_text(body)
    scrubjay = Scrubjay(tmp_path / "data")
    process = scrubjay.start("ingest", papers, "--json")
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "Stopped" in err
    told = {first["path"], *(json.loads(line)["path"] for line in out.splitlines() if line.endswith("}"))}
    stored = {row["path"] for row in scrubjay.json("documents", "list")}
    assert told <= stored
