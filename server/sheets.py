"""Excel files from and to rows of cells. The only module that knows openpyxl; imported when a file comes
or goes.

Only values are read: formulas are not computed, links not followed. A workbook is a zip, so what it
unpacks to is limited before it is opened. Text is written as text, also when it looks like a formula.
"""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from resources.interchange.columns import Cell
from resources.interchange.csv_text import BYTES_AT_MOST, NoTable

UNPACKED_AT_MOST = 60_000_000
ROWS_AT_MOST = 20_000
COLUMNS_AT_MOST = 100
MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def rows_of(data: bytes) -> list[list[Cell]]:
    """The cells of the first sheet. Raises NoTable."""
    if len(data) > BYTES_AT_MOST:
        raise NoTable("too large")
    try:
        with ZipFile(BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > UNPACKED_AT_MOST:
                raise NoTable("too large")
    except BadZipFile:
        raise NoTable("not an Excel file") from None
    from openpyxl import load_workbook

    try:
        book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
        rows = book.worksheets[0].iter_rows(max_row=ROWS_AT_MOST, max_col=COLUMNS_AT_MOST, values_only=True)
        return [[_cell(value) for value in row] for row in rows]
    except Exception as bad:
        raise NoTable(f"not a readable workbook: {type(bad).__name__}") from bad


def workbook_of(rows: Sequence[Sequence[Cell]], title: str) -> bytes:
    """One sheet; the first row is a heading that stays in view."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows):
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, value="" if value is None else value)
            if isinstance(value, str):
                cell.data_type = "s"
            if number == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(value: object) -> Cell:
    return value if value is None or isinstance(value, str | int | float | date) else str(value)
