"""What every test stands on: a limit on each wait, and no ERROR in the log that nobody expected."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest


class _ErrorCollector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(level=logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def unexpected_errors_fail(request: pytest.FixtureRequest) -> Iterator[list[logging.LogRecord]]:
    """Fail a test that logs an ERROR; a test that expects some clears the list it is given."""
    collector = _ErrorCollector()
    logging.getLogger().addHandler(collector)
    yield collector.records
    logging.getLogger().removeHandler(collector)
    if collector.records:
        pytest.fail("unexpected ERROR in the log: " + "; ".join(r.getMessage() for r in collector.records))
