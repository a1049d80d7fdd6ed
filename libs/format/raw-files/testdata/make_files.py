"""Writes the files beside it: what programs of other people make of the same rows.

Wants pyarrow 26.0.1, openpyxl 3.1.5, XlsxWriter 3.3.1, msoffcrypto-tool and pyzipper.
"""
import datetime as dt
import decimal
import io
import pathlib

import msoffcrypto.format.ooxml
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pyzipper
import xlsxwriter

HERE = pathlib.Path(__file__).parent
ROWS = [
    (1, 'plain', 4.5, dt.date(2001, 2, 3), dt.datetime(2001, 2, 3, 4, 5, 6)),
    (2, 'comma, "quote"\nand line', 2.3, dt.date(1999, 12, 31), dt.datetime(2024, 2, 29, 23, 59, 59, 500000)),
    (3, None, None, None, None),
    (4, 'é 語 😀', -0.1, dt.date(9999, 12, 31), dt.datetime(1970, 1, 1)),
]
NAMES = ('id', 'note', 'score', 'born', 'seen')


def openpyxl_workbook():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = 'People'
    sheet.append(NAMES)
    for index, row in enumerate(ROWS):
        if index == 2:
            sheet.append([])
        sheet.append(row)
    other = book.create_sheet('Other')
    other.append(('id', 'note'))
    other.append((7, 'seven'))
    hidden = book.create_sheet('Hidden', 0)
    hidden.sheet_state = 'hidden'
    hidden.append(('nothing',))
    book.active = 1
    book.save(HERE / 'openpyxl.xlsx')


def xlsxwriter_workbook(name, **options):
    book = xlsxwriter.Workbook(HERE / name, options)
    sheet = book.add_worksheet('Data')
    date = book.add_format({'num_format': 'dd/mm/yyyy'})
    instant = book.add_format({'num_format': 'yyyy-mm-dd hh:mm:ss.000'})
    sheet.write_row(1, 1, NAMES)
    for at, (key, note, score, born, seen) in enumerate(ROWS, 2):
        sheet.write_formula(at, 1, f'=ROW()-2', None, key)
        if note is not None:
            sheet.write_string(at, 2, note)
            sheet.write_number(at, 3, score)
            sheet.write_datetime(at, 4, born, date)
            sheet.write_datetime(at, 5, seen, instant)
    book.close()


def parquet():
    decimals = [decimal.Decimal('-12345678901234567890.1234'), decimal.Decimal('0.0001'), None]
    nanos = [1_000_000_000_123_456_789, -1, None]
    table = pa.table({
        'tiny': pa.array([-128, 127, None], pa.int8()),
        'unsigned': pa.array([2**64 - 1, 0, None], pa.uint64()),
        'unsigned_int': pa.array([2**32 - 1, 0, None], pa.uint32()),
        'long': pa.array([2**63 - 1, -2**63, None], pa.int64()),
        'half': pa.array([1.5, -0.0999755859375, None], pa.float16()),
        'real': pa.array([0.1, 16777216.0, None], pa.float32()),
        'wide': pa.array([5e-324, float('-inf'), None], pa.float64()),
        'small_decimal': pa.array([decimal.Decimal('-4.5'), decimal.Decimal('0.1'), None], pa.decimal128(3, 1)),
        'large_decimal': pa.array(decimals, pa.decimal128(38, 4)),
        'yes': pa.array([True, False, None]),
        'text': pa.array(['a,"b"\r\n', '', None]).dictionary_encode(),
        'bytes': pa.array([b'\xff', b'ok', None], pa.binary()),
        'day': pa.array([dt.date(1, 1, 1), dt.date(9999, 12, 31), None]),
        'millis': pa.array([-1, 0, None], pa.timestamp('ms')),
        'micros': pa.array([-1, 0, None], pa.timestamp('us', 'UTC')),
        'nanos': pa.array(nanos, pa.timestamp('ns')),
        'clock': pa.array([dt.time(23, 59, 59, 999999), dt.time(0), None], pa.time64('us')),
        'inner': pa.array([{'a': {'b': 1}, 'c': 'x'}, {'a': {'b': None}, 'c': None}, None], pa.struct([('a', pa.struct([('b', pa.int32())])), ('c', pa.string())])),
    })
    for codec in ('none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4'):
        for version in ('1.0', '2.0'):
            pq.write_table(table, HERE / f'pyarrow-{codec}-{version[0]}.parquet', compression=codec, data_page_version=version, write_page_checksum=True, row_group_size=2)
    pq.write_table(pa.table({'at': pa.array(nanos, pa.timestamp('ns'))}), HERE / 'pyarrow-int96.parquet', use_deprecated_int96_timestamps=True)
    encodings = {'a': 'DELTA_BINARY_PACKED', 'b': 'DELTA_BYTE_ARRAY', 'c': 'DELTA_LENGTH_BYTE_ARRAY', 'd': 'BYTE_STREAM_SPLIT', 'e': 'PLAIN'}
    many = pa.table({'a': list(range(1000)), 'b': [f'prefix {i}' for i in range(1000)], 'c': [f'{i}' for i in range(1000)], 'd': [i / 4 for i in range(1000)], 'e': [i % 3 == 0 for i in range(1000)]})
    pq.write_table(many, HERE / 'pyarrow-encodings.parquet', use_dictionary=False, column_encoding=encodings, data_page_size=1024, row_group_size=400)
    pq.write_table(pa.table({'id': [1], 'tags': [['a', 'b']]}), HERE / 'pyarrow-list.parquet')


def with_passwords():
    plain = io.BytesIO((HERE / 'openpyxl.xlsx').read_bytes())
    with open(HERE / 'password.xlsx', 'wb') as target:
        msoffcrypto.format.ooxml.OOXMLFile(plain).encrypt('secret', target)
    with pyzipper.AESZipFile(HERE / 'password.zip', 'w', compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(b'secret')
        archive.writestr('people.csv', 'id,note\n1,a\n')


openpyxl_workbook()
xlsxwriter_workbook('xlsxwriter.xlsx')
xlsxwriter_workbook('xlsxwriter-1904.xlsx', date_1904=True)
parquet()
with_passwords()
