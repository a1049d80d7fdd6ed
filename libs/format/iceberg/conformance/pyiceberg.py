"""What PyIceberg reads from tables and writes into them; called by the suites."""
import datetime
import decimal
import os
import uuid

import pyarrow
import pyarrow.parquet
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import StaticTable
from pyiceberg.transforms import BucketTransform, DayTransform, HourTransform, IdentityTransform, MonthTransform, TruncateTransform, YearTransform
from pyiceberg import types as t


def version(session):
    from importlib.metadata import version

    return {"pyiceberg": version("pyiceberg"), "pyarrow": version("pyarrow")}


def scan(session, metadata, target, row_filter=None, columns=None, snapshot=None):
    """Writes the rows of a scan as Parquet; gives the number of files that it planned."""
    table = StaticTable.from_metadata(metadata)
    options = {"selected_fields": tuple(columns or ["*"]), "snapshot_id": None if snapshot is None else int(snapshot)}
    found = table.scan(row_filter=row_filter, **options) if row_filter else table.scan(**options)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    pyarrow.parquet.write_table(found.to_arrow(), target)
    return len(list(found.plan_files()))


def inspect(session, metadata, what):
    table = StaticTable.from_metadata(metadata)
    return getattr(table.inspect, what)().to_pylist()


SCHEMA = Schema(
    t.NestedField(1, "id", t.LongType(), required=True),
    t.NestedField(2, "flag", t.BooleanType()),
    t.NestedField(3, "small", t.IntegerType()),
    t.NestedField(4, "single", t.FloatType()),
    t.NestedField(5, "wide", t.DoubleType()),
    t.NestedField(6, "price", t.DecimalType(9, 2)),
    t.NestedField(7, "huge", t.DecimalType(38, 10)),
    t.NestedField(8, "born", t.DateType()),
    t.NestedField(9, "at", t.TimestamptzType()),
    t.NestedField(10, "seen", t.TimestampType()),
    t.NestedField(11, "name", t.StringType()),
    t.NestedField(12, "code", t.UUIDType()),
    t.NestedField(13, "raw", t.BinaryType()),
    t.NestedField(14, "tags", t.ListType(15, t.StringType(), element_required=False)),
)


def rows(start, count):
    utc = datetime.timezone.utc
    for i in range(start, start + count):
        yield {
            "id": i,
            "flag": None if i % 3 == 0 else i % 2 == 0,
            "small": None if i % 5 == 0 else (-1) ** i * i,
            "single": float("nan") if i % 7 == 0 else i / 4,
            "wide": None if i % 4 == 0 else [float("inf"), -0.0, 1e300, i / 3][i % 4],
            "price": decimal.Decimal(i * 7 - 50).scaleb(-2),
            "huge": decimal.Decimal((-1) ** i * (10**37 + i)).scaleb(-10),
            "born": None if i % 6 == 0 else datetime.date(1969, 12, 30) + datetime.timedelta(days=i * 40),
            "at": datetime.datetime(2020, 2, 28, 23, 59, 59, 999999, utc) + datetime.timedelta(hours=i * 7),
            "seen": None if i % 8 == 0 else datetime.datetime(2019, 12, 31, 23) + datetime.timedelta(minutes=i * 50),
            "name": [None, "", "a/b=c", "línea 漢字", "🙂" * 20][i % 5],
            "code": None if i % 9 == 0 else uuid.UUID(int=i * 10**30).bytes,
            "raw": bytes([i % 256, 255]) * (i % 12),
            "tags": [None, [], ["x", None]][i % 3],
        }


PARTITIONINGS = {
    "none": [],
    "identity": [("name", IdentityTransform()), ("flag", IdentityTransform())],
    "buckets": [("id", BucketTransform(4)), ("born", BucketTransform(3)), ("huge", BucketTransform(2)), ("code", BucketTransform(2)), ("raw", BucketTransform(2))],
    "widths": [("name", TruncateTransform(2)), ("small", TruncateTransform(10)), ("seen", HourTransform())],
    "times": [("born", YearTransform()), ("at", MonthTransform()), ("seen", DayTransform())],
}


def catalog(warehouse, scheme):
    os.makedirs(warehouse, exist_ok=True)
    made = SqlCatalog("local", uri=f"sqlite:///{warehouse}/catalog.db", warehouse=f"{scheme}{warehouse}")
    made.create_namespace_if_not_exists("db")
    return made


def write_fixed(session, warehouse, name):
    """Makes a table with bytes of fixed length, which is partitioned by them; gives the location of its metadata."""
    schema = Schema(t.NestedField(1, "id", t.LongType()), t.NestedField(2, "code", t.FixedType(4)))
    spec = PartitionSpec(PartitionField(2, 1000, BucketTransform(3), "code_bucket"))
    table = catalog(warehouse, "file://").create_table(f"db.{name}", schema, partition_spec=spec)
    rows = [{"id": i, "code": None if i % 5 == 0 else i.to_bytes(4, "big")} for i in range(40)]
    table.append(pyarrow.Table.from_pylist(rows, schema=table.schema().as_arrow()))
    return table.metadata_location


def read(session, metadata):
    return StaticTable.from_metadata(metadata).scan().to_arrow().to_pylist()


def write(session, warehouse, name, partitioning, scheme="file://", small=False):
    """Makes a table of two appends and a delete; gives the locations of its metadata after each."""
    made = catalog(warehouse, scheme)
    fields = [
        PartitionField(SCHEMA.find_field(column).field_id, 1000 + index, transform, column if transform == IdentityTransform() else f"{column}_part")
        for index, (column, transform) in enumerate(PARTITIONINGS[partitioning])
    ]
    table = made.create_table(f"db.{name}", SCHEMA, partition_spec=PartitionSpec(*fields))
    arrow = lambda start, count: pyarrow.Table.from_pylist(list(rows(start, count)), schema=table.schema().as_arrow())
    locations = []
    table.append(arrow(3, 4) if small else arrow(0, 40))
    locations.append(table.metadata_location)
    table.append(arrow(43, 2) if small else arrow(40, 10))
    locations.append(table.metadata_location)
    table.delete("id < 5 or id == 44")
    locations.append(table.metadata_location)
    return locations


def register_and_append(session, warehouse, name, metadata, start, count):
    """Registers a table of another writer, appends rows of its schema and gives the new metadata's location."""
    table = catalog(warehouse, "file://").register_table(f"db.{name}", metadata)
    known = {field.name for field in table.schema().fields}
    data = [{key: value for key, value in row.items() if key in known} for row in rows(start, count)]
    table.append(pyarrow.Table.from_pylist(data, schema=table.schema().as_arrow()))
    return table.metadata_location
