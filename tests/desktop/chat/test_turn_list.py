import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop.chat.turn import TurnData
from desktop.chat.view_turns import TurnList
from desktop.look.theme import Theme


def turns(first: int, n: int) -> list[TurnData]:
    return [
        TurnData("user" if i % 2 == 0 else "assistant", f"Turn {i}. " + "words " * (i % 60), id=str(i), position=i)
        for i in range(first, first + n)
    ]


@pytest.fixture
def page(app: QApplication) -> TurnList:
    found = TurnList(Theme(app, forced="light"))
    found.resize(700, 500)
    found.show()
    return found


def test_only_the_turns_near_the_view_have_widgets(page):
    page.set_turns(turns(0, 2000))
    assert 0 < len(page.views) < 30
    assert page.is_at_end
    bar = page.verticalScrollBar()
    for part in range(20):
        bar.setValue(bar.maximum() * part // 20)
    assert len(page.views) < 80


def test_what_is_seen_stays_when_earlier_turns_come(page):
    page.set_turns(turns(1000, 40))
    page.go_to(page.turns[4])
    view = page.view_of(page.turns[4])
    before = view.mapTo(page, view.rect().topLeft()).y()
    page.add_earlier(turns(960, 40))
    assert abs(view.mapTo(page, view.rect().topLeft()).y() - before) <= 1


def test_a_growing_answer_is_followed_only_from_the_end(page):
    page.set_turns(turns(0, 30))
    last = TurnData("assistant", "", state="live")
    page.add([TurnData("user", "Question"), last])
    assert page.is_at_end
    page.verticalScrollBar().setValue(0)
    last.text = "line\n\n" * 200
    page.refresh(last)
    page._place()
    assert page.verticalScrollBar().value() < 200
    assert page.to_latest.isVisible()
    page.to_latest.click()
    assert page.is_at_end
    assert not page.to_latest.isVisible()


def test_one_turn_at_a_time_is_reached_with_tab(page):
    page.set_turns(turns(0, 6))
    policies = [view.focusPolicy() & Qt.FocusPolicy.TabFocus for view in page.views]
    assert sum(map(bool, policies)) == 1
    page.step(-1)
    page.step(-1)
    assert page.current is page.turns[-2]


def test_each_turn_has_a_name(page):
    page.set_turns(turns(0, 2))
    names = [view.accessibleName() for view in page.views]
    assert names[0].startswith("You, ")
    assert names[1].startswith("Scrubjay, ")
