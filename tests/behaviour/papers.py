"""Papers about different things, in three formats, with a page or a heading for each fact."""

from __future__ import annotations

from pathlib import Path

import docx
from fpdf import FPDF

LEASE = [
    (
        "The flat in Orchard Lane",
        "The flat has three rooms and a cellar. The monthly rent is 870 euros and is due on the third working day. "
        "The deposit amounts to three monthly rents and is kept in a separate account at the Harbour Savings Bank.",
    ),
    (
        "Ending the lease",
        "The notice period is three months to the end of a quarter. Notice must be given in writing and signed by "
        "hand. A notice by electronic mail has no effect.",
    ),
    (
        "Repairs",
        "Small repairs up to 100 euros are paid by the tenant. The landlord has the boiler serviced every year in "
        "September. Damage by water must be reported within two days.",
    ),
]

HALL = (
    ("Booking the hall", "The village hall is booked through the caretaker, Mrs Oduya, on weekday mornings."),
    ("Prices", "A whole day costs 140 euros, an evening 85 euros, and clubs of the village pay half."),
    ("Deposit", "A deposit of 200 euros is paid in advance and returned within ten days if nothing is broken."),
    ("Kitchen", "The kitchen has plates and cutlery for ninety people; towels have to be brought along."),
    ("Heating", "The heating starts two hours before the event and must not be turned above 21 degrees."),
    ("Noise", "From ten at night windows and doors stay closed, and music ends at one in the morning."),
    ("Parking", "Forty cars find room behind the hall; the lane in front of it is kept free for the fire brigade."),
    ("Cleaning", "The floor is swept and the tables are wiped before the keys are handed back at noon."),
    ("Keys", "Two keys are handed out against a signature; a lost key costs 75 euros."),
    ("Cancelling", "Who cancels less than fourteen days before the date pays half of the price."),
)


def write_lease(path: Path) -> Path:
    """A PDF with three pages."""
    pdf = FPDF()
    for heading, body in LEASE:
        pdf.add_page()
        pdf.set_font("Helvetica", "B", 18)
        pdf.cell(0, 12, heading, new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("Helvetica", size=11)
        pdf.multi_cell(0, 6, body)
    pdf.output(str(path))
    return path


def write_manual(path: Path) -> Path:
    """A DOCX with headings and a table."""
    document = docx.Document()
    document.add_heading("Espresso machine Aurora 5", 1)
    document.add_heading("Descaling", 2)
    document.add_paragraph(
        "Descale the machine every eight weeks. Use citric acid and never vinegar, which attacks the seals. "
        "The programme takes about twenty-five minutes and must not be interrupted."
    )
    document.add_heading("Technical data", 2)
    table = document.add_table(rows=2, cols=2)
    for row, values in zip(table.rows, [("Pump pressure", "15 bar"), ("Water tank", "1.8 litres")], strict=True):
        for cell, value in zip(row.cells, values, strict=True):
            cell.text = value
    document.add_heading("Guarantee", 2)
    document.add_paragraph(
        "The guarantee lasts thirty months from the day of purchase. Keep the receipt. Wear of the grinder is excluded."
    )
    document.save(str(path))
    return path


def write_minutes(path: Path) -> Path:
    """A Markdown file with headings."""
    path.write_text(
        "# Choir committee\n\n## Concert\n\nThe summer concert takes place on 21 June in the old grain hall. "
        "Ilse Brandt conducts. Doors open at half past six.\n\n## Money\n\nThe choir has 2,310 euros. "
        "The committee decided to raise the yearly fee from 60 to 72 euros.\n",
        encoding="utf-8",
    )
    return path


def write_hall(path: Path) -> Path:
    """A PDF of twenty pages about a village hall: every other page says one thing worth asking for."""
    pdf = FPDF()
    for heading, sentence in HALL:
        for part in (1, 2):
            pdf.add_page()
            pdf.set_font("Helvetica", "B", 16)
            pdf.cell(0, 12, heading if part == 1 else f"{heading}, notes", new_x="LMARGIN", new_y="NEXT")
            pdf.set_font("Helvetica", size=11)
            filler = f"This page belongs to the chapter on {heading.lower()}. It was last read by the board in spring. "
            pdf.multi_cell(0, 6, (sentence + " " if part == 1 else "") + filler * 4)
    pdf.output(str(path))
    return path
