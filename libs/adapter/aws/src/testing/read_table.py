"""Prints the rows of an Iceberg table as JSON, read by PyIceberg through Glue and S3: read_table.py ENDPOINT REGION TABLE."""
import json
import sys

from pyiceberg.catalog.glue import GlueCatalog


def main(endpoint, region, table):
    keys = {"access-key-id": "testing", "secret-access-key": "testing", "region": region, "endpoint": endpoint}
    catalog = GlueCatalog("lake", **{f"{service}.{name}": value for service in ("glue", "s3") for name, value in keys.items()})
    rows = catalog.load_table(table).scan().to_arrow().to_pylist()
    print(json.dumps(sorted(rows, key=lambda row: row["key"])))


if __name__ == "__main__":
    main(*sys.argv[1:])
