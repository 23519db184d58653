"""Makes the workbooks of this folder: python -m pip install xlwt odfpy; python make.py

The other kinds of file are written by the tests themselves; .xls and .ods have
no writer in Rust.
"""

import datetime
import io
import struct
import zipfile

import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

HEADER = ["Ref", "Record", "Service", "Keep for", "Legislation", "Next review date"]
ROWS = [
    ["H-1", "Tenancy files", "Housing", "6 years after end of tenancy agreement",
     "Limitation Act 1980 s.5", datetime.date(2027, 3, 31)],
    ["H-2", "Rent accounts", "Housing", "6 years after end of financial year",
     "Limitation Act 1980 s.5", datetime.date(2027, 3, 31)],
]
DATE = xlwt.easyxf(num_format_str="DD/MM/YYYY")


def sheet(book):
    made = book.add_sheet("Register")
    made.write(0, 0, "Trentside County Council")
    for column, heading in enumerate(HEADER):
        made.write(2, column, heading)
    for row, cells in enumerate(ROWS, start=3):
        for column, cell in enumerate(cells):
            if isinstance(cell, datetime.date):
                made.write(row, column, cell, DATE)
            else:
                made.write(row, column, cell)
    return made


def xls(dates_1904=False):
    book = xlwt.Workbook()
    book.dates_1904 = dates_1904
    sheet(book)
    return book


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def full_xls():
    book = xlwt.Workbook()
    made = sheet(book)
    made.write(65535, 0, "H-65533")
    return saved(book)


def wrapped(stream):
    out = io.BytesIO()
    xlwt.CompoundDoc.XlsDoc().save(out, stream)
    return out.getvalue()


def password_xls():
    """The plain stream with a FilePass record behind its first BOF."""
    stream = xls().get_biff_data()
    (length,) = struct.unpack_from("<H", stream, 2)
    after_bof = 4 + length
    file_pass = struct.pack("<HHHHH", 0x2F, 6, 1, 1, 1) 
    return wrapped(stream[:after_bof] + file_pass + stream[after_bof:])


def password_xlsx():
    """A compound file whose one stream is named as that of an encrypted .xlsx."""
    name = "EncryptedPackage".encode("utf-16-le")
    plain = "Workbook".encode("utf-16-le")
    data = bytearray(wrapped(b"\0" * 8192))
    at = data.index(plain)
    data[at:at + 64] = name.ljust(64, b"\0")
    struct.pack_into("<H", data, at + 64, len(name) + 2)
    return bytes(data)


def ods():
    book = OpenDocumentSpreadsheet()
    table = Table(name="Register")
    book.spreadsheet.addElement(table)
    for cells in [["Trentside County Council"], [], HEADER, *ROWS]:
        row = TableRow()
        table.addElement(row)
        for cell in cells:
            if isinstance(cell, datetime.date):
                made = TableCell(valuetype="date", datevalue=cell.isoformat())
                made.addElement(P(text=cell.strftime("%d/%m/%Y")))
            else:
                made = TableCell(valuetype="string")
                made.addElement(P(text=cell))
            row.addElement(made)
    out = io.BytesIO()
    book.write(out)
    return out.getvalue()


def password_ods():
    """The plain file, whose manifest says that its content is encrypted."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(ods())) as plain, zipfile.ZipFile(out, "w") as made:
        for part in plain.infolist():
            data = plain.read(part)
            if part.filename == "META-INF/manifest.xml":
                data = data.replace(
                    b"</manifest:manifest>",
                    b'<manifest:file-entry manifest:full-path="x" manifest:media-type="">'
                    b'<manifest:encryption-data/></manifest:file-entry></manifest:manifest>',
                )
            made.writestr(part, data)
    return out.getvalue()


FILES = {
    "register.xls": saved(xls()),
    "register-1904.xls": saved(xls(dates_1904=True)),
    "full.xls": full_xls(),
    "password.xls": password_xls(),
    "password.xlsx": password_xlsx(),
    "register.ods": ods(),
    "password.ods": password_ods(),
}

for file, content in FILES.items():
    with open(file, "wb") as made:
        made.write(content)
