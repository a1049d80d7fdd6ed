"""Reads and writes Avro container files with fastavro; parameters and answers are JSON, bytes in it hexadecimal."""

import datetime
import decimal
import json
import sys
import uuid

import fastavro


def shown(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {key: shown(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shown(each) for each in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


def read(file, schema=None):
    with open(file, "rb") as stream:
        return [shown(record) for record in fastavro.reader(stream, schema)]


def write(file, codec):
    """Records of every logical type that is read as text, in several blocks."""
    fields = {
        "day": {"type": "int", "logicalType": "date"},
        "at": {"type": "long", "logicalType": "timestamp-micros"},
        "price": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
        "id": {"type": "string", "logicalType": "uuid"},
        "big": "long",
        "size": {"type": "enum", "name": "sizes", "symbols": ["small", "large"]},
        "counts": {"type": "map", "values": "long"},
        "either": ["null", "string", {"type": "record", "name": "pair", "namespace": "inner", "fields": [{"name": "a", "type": "double"}]}],
        "again": ["null", "inner.pair"],
    }
    schema = {"type": "record", "name": "all", "namespace": "outer", "fields": [{"name": name, "type": type_} for name, type_ in fields.items()]}
    records = [
        {
            "day": datetime.date(2024, 2, 29),
            "at": datetime.datetime(2024, 2, 29, 23, 59, 59, index, datetime.timezone.utc),
            "price": decimal.Decimal(-index) / 100,
            "id": uuid.UUID(int=index),
            "big": 2**62 + index,
            "size": "large",
            "counts": {"ü": index},
            "either": {"a": index / 2} if index % 2 else "text",
            "again": None if index % 2 else {"a": 0.5},
        }
        for index in range(3000)
    ]
    with open(file, "wb") as stream:
        fastavro.writer(stream, schema, records, codec=codec, sync_interval=10_000)
    return len(records)


print(json.dumps({"read": read, "write": write}[sys.argv[1]](**json.loads(sys.argv[2]))))
