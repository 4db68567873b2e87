"""How documents are spoken of: counts, kinds, sizes, dates, states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

if TYPE_CHECKING:
    from engine.documents.types import Document
    from engine.events import FileIngested


def tr(text: str, n: int = -1) -> str:
    return QCoreApplication.translate("Documents", text, None, n)


def count(one: str, many: str, n: int) -> str:
    """`one` or `many`, which has the number as %n; both translated already in their singular and plural."""
    return one if n == 1 else many.replace("%n", QLocale().toString(n))


def n_files(n: int) -> str:
    return count(tr("1 file"), tr("%n files", -1), n)


def n_documents(n: int) -> str:
    return count(tr("1 document"), tr("%n documents", -1), n)


def n_pages(n: int) -> str:
    return count(tr("1 page"), tr("%n pages", -1), n)


def n_passages(n: int) -> str:
    return count(tr("1 passage"), tr("%n passages", -1), n)


def name_of(path: str) -> str:
    """The last part of a path, whatever system it came from."""
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] or path


def folder_of(path: str) -> str:
    """The path without its last part."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[0]


def kind_of(document: Document) -> str:
    """What kind of file it is, in a word."""
    ending = name_of(document.path).rpartition(".")[2]
    kinds = {
        "pdf": tr("PDF"),
        "docx": tr("Word"),
        "markdown": tr("Markdown"),
        "html": tr("Web page"),
        "mail": tr("E-mail"),
        "table": tr("Table"),
        "text": tr("Text"),
    }
    return kinds.get(document.format) or (ending.upper() if 0 < len(ending) <= 5 else tr("Text"))


def size(n_bytes: int) -> str:
    """A size as people say it, with a thin space before the unit."""
    words = QLocale().formattedDataSize(n_bytes, 1, QLocale.DataSizeFormat.DataSizeSIFormat)
    return words.replace(" ", "\u2009").replace(".0\u2009", "\u2009")


def when(at_ms: int) -> str:
    """A moment: the time if it was today, else the date."""
    moment = QDateTime.fromMSecsSinceEpoch(at_ms)
    days = moment.date().daysTo(QDateTime.currentDateTime().date())
    time = QLocale().toString(moment.time(), QLocale.FormatType.ShortFormat)
    if days == 0:
        return tr("today {time}").format(time=time)
    if days == 1:
        return tr("yesterday {time}").format(time=time)
    return QLocale().toString(moment.date(), QLocale.FormatType.ShortFormat)


def facts(document: Document) -> list[str]:
    """What a row says below the name."""
    pages = n_pages(document.pages) if document.pages else n_passages(document.n_passages)
    return [
        kind_of(document),
        pages,
        size(document.size_bytes),
        tr("added {when}").format(when=when(document.added_ms)),
    ]


def trouble_word(state: str) -> str:
    """Why something was not read, in a word or two."""
    words = {
        "scan": tr("A scan"),
        "empty": tr("Empty"),
        "encrypted": tr("Locked"),
        "unsupported": tr("Not readable"),
        "too_large": tr("Too large"),
    }
    return words.get(state) or tr("Not read")


def outcome(files: list[FileIngested], total: int, folders: list[str]) -> tuple[str, bool]:
    """What became of what was added, in a sentence, and whether the documents panel has more to say."""
    left_out = [file.note for file in files if file.state == "left_out"]
    read = [file for file in files if file.state != "left_out"]
    sentence, more = _outcome(read, total - len(left_out), folders)
    return " ".join([sentence, *left_out]), more


def _outcome(files: list[FileIngested], total: int, folders: list[str]) -> tuple[str, bool]:
    failed = [file for file in files if file.error]
    n_in = len(files) - len(failed)
    if total > len(files):
        stopped = tr("Stopped. {read} of {total} read; what is read stays.")
        return stopped.format(read=QLocale().toString(n_in), total=n_files(total)), False
    if len(failed) == 1 and not n_in:
        return f"{name_of(failed[0].path)}: {failed[0].error}", True
    if failed:
        rest = count(tr("1 could not be read"), tr("%n could not be read", -1), len(failed))
        return tr("{read} read; {rest}.").format(read=n_files(n_in), rest=rest), True
    if folders:
        name = name_of(folders[0])
        if not n_in:
            return tr("There is nothing to read in {name}.").format(name=name), False
        return tr("{name}: {read} read. Added once · keep in step later.").format(name=name, read=n_files(n_in)), False
    if n_in == 1:
        return _one(files[0]), False
    return tr("{read} read.").format(read=n_files(n_in)), False


def _one(file: FileIngested) -> str:
    name = name_of(file.path)
    if file.state == "unchanged":
        return file.note or tr("{name} is here already and has not changed.").format(name=name)
    length = n_pages(file.pages) if file.pages else n_passages(file.passages)
    words = tr("{name} is read: {length}.").format(name=name, length=length)
    return f"{words} {file.note}" if file.note else words
