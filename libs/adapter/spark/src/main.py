"""Applies one plan to one table of silver or gold. What to run comes from jobs.json, what to run it on from the plan."""

import argparse
import json
import os

from pyspark.java_gateway import ensure_callback_server_started
from pyspark.sql import SparkSession
from pyspark.sql.functions import expr
from pyspark.sql.types import StructField, StructType, _parse_datatype_string

CATALOG = "dm"


def read_text(spark, uri):
    return spark.sparkContext.wholeTextFiles(uri).values().first() if "://" in uri else open(uri, encoding="utf-8").read()


def bronze_rows(spark, columns, paths):
    """Rows of bronze files, each column found by its field id, so that files of older contracts read as well."""
    fields = [StructField(c["name"], _parse_datatype_string(c["type"]), True, {"parquet.field.id": c["id"]}) for c in columns]
    schema = StructType(fields)
    return spark.read.schema(schema).parquet(*paths) if paths else spark.createDataFrame([], schema)


class Work:
    """A java.util.concurrent.Callable."""

    def __init__(self, work):
        self.work = work

    def call(self):
        self.work()

    class Java:
        implements = ["java.util.concurrent.Callable"]


def commit_with(spark, summary, work):
    """Runs work, whose commit gets the summary: SQL has no option of its own for it."""
    ensure_callback_server_started(spark.sparkContext._gateway)
    jvm = spark.sparkContext._jvm
    properties = jvm.java.util.HashMap()
    for name, value in summary.items():
        properties.put(name, value)
    jvm.org.apache.iceberg.spark.CommitMetadata.withCommitProperties(properties, Work(work), jvm.java.lang.Class.forName("java.lang.Exception"))


def merge(spark, job, plan, target):
    for table, relation in job["silver"].items():
        spark.table(f"{CATALOG}.silver.{table}").createOrReplaceTempView(relation)
    for table, bronze in job["bronze"].items():
        bronze_rows(spark, bronze["columns"], plan["bronze"].get(table, [])).createOrReplaceTempView(bronze["relation"])
    commit_with(spark, plan["summary"], lambda: spark.sql(job["merge"].replace("{target}", target)))


def overwrite(spark, job, plan, target):
    source = spark.table(f"{CATALOG}.silver.{job['from']}").where(plan["partitions"])
    source.createOrReplaceTempView(job["from"])
    writer = spark.sql(job["select"]).writeTo(target)
    for name, value in plan["summary"].items():
        writer = writer.option(f"snapshot-property.{name}", value)
    writer.overwrite(expr(plan["partitions"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layer", required=True, choices=["silver", "gold"])
    parser.add_argument("--table", required=True)
    parser.add_argument("--plan", required=True, help="URI of the plan, a JSON object")
    parser.add_argument("--jobs", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "jobs.json"))
    args = parser.parse_args()

    spark = SparkSession.builder.appName(f"dm-{args.layer}-{args.table}").getOrCreate()
    plan = json.loads(read_text(spark, args.plan))
    if (plan["layer"], plan["table"]) != (args.layer, args.table):
        raise SystemExit(f"plan is for {plan['layer']}.{plan['table']}; expected {args.layer}.{args.table}; name the table that the plan was made for")
    job = json.loads(read_text(spark, args.jobs))[f"{args.layer}.{args.table}"]
    run = {"merge": merge, "overwrite": overwrite}[job["kind"]]
    run(spark, job, plan, f"{CATALOG}.{args.layer}.{args.table}")
    spark.stop()


if __name__ == "__main__":
    main()
