"""Applies one plan to one table of silver or gold. What to run comes from jobs.json, what to run it on from the plan."""

import argparse
import json
import os
import sys
from functools import reduce

from pyspark.java_gateway import ensure_callback_server_started
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col, expr
from pyspark.sql.types import StructField, StructType, _parse_datatype_string

CATALOG = "dm"
PREFIX = "spark.dm.database-prefix"
ANSWER = "dm-answer "


def read_text(spark, uri):
    return spark.sparkContext.wholeTextFiles(uri).values().first() if "://" in uri else open(uri, encoding="utf-8").read()


def bronze_rows(spark, table, columns, paths):
    """Rows of bronze files, each column found by its field id, so that files of older contracts read as well."""

    def schema(types):
        return StructType([StructField(c["name"], _parse_datatype_string(types.get(c["id"], c["type"])), True, {"parquet.field.id": c["id"]}) for c in columns])

    def cast(c):
        return col(c["name"]).cast(c["type"]).alias(c["name"])

    widened = widened_columns(spark, table)
    suspects = [c for c in columns if c["id"] in widened]
    groups = {}
    for path in paths:
        groups.setdefault(tuple(narrow_types(spark, suspects, path)) if suspects else (), []).append(path)
    frames = [spark.read.schema(schema(dict(types))).parquet(*group).select(*map(cast, columns)) for types, group in groups.items()]
    return reduce(DataFrame.unionAll, frames) if frames else spark.createDataFrame([], schema({}))


def widened_columns(spark, table):
    """Ids of the columns whose type the contract has changed, by the schemas that the table had."""
    loaded = spark.sparkContext._jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, f"{CATALOG}.silver.{table}")
    types = {}
    for schema in loaded.schemas().values():
        for field in schema.columns():
            types.setdefault(field.fieldId(), set()).add(field.type().toString())
    return {id for id, seen in types.items() if len(seen) > 1}


def narrow_types(spark, columns, path):
    """Id and type of the columns that a file holds in fewer bytes than their type has, which Spark 3 does not read as that type."""
    jvm = spark.sparkContext._jvm
    hadoop_path = jvm.org.apache.hadoop.fs.Path(path)
    file = jvm.org.apache.parquet.hadoop.util.HadoopInputFile.fromPath(hadoop_path, spark._jsc.hadoopConfiguration())
    reader = jvm.org.apache.parquet.hadoop.ParquetFileReader.open(file)
    try:
        stored = {f.getId().intValue(): f.asPrimitiveType().getPrimitiveTypeName().toString() for f in reader.getFileMetaData().getSchema().getFields() if f.getId()}
    finally:
        reader.close()
    for c in columns:
        kind, _, parameters = c["type"].lower().partition("(")
        narrow = {("bigint", "INT32"): "int", ("double", "FLOAT"): "float", ("decimal", "INT32"): f"decimal(9,{parameters.split(',')[-1]}"}.get((kind, stored.get(c["id"])))
        if narrow:
            yield c["id"], narrow


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


def name_of(spark, layer, table):
    return f"{CATALOG}.{spark.conf.get(PREFIX, '')}{layer}.{table}"


def merge(spark, job, plan, target):
    for table, relation in job["silver"].items():
        spark.table(name_of(spark, "silver", table)).createOrReplaceTempView(relation)
    for table, bronze in job["bronze"].items():
        bronze_rows(spark, table, bronze["columns"], plan["bronze"].get(table, [])).createOrReplaceTempView(bronze["relation"])
    commit_with(spark, plan["summary"], lambda: spark.sql(job["merge"].replace("{target}", target)))


def overwrite(spark, job, plan, target):
    source = spark.table(name_of(spark, "silver", job["from"])).where(plan["partitions"])
    source.createOrReplaceTempView(job["from"])
    writer = spark.sql(job["select"]).writeTo(target)
    for name, value in plan["summary"].items():
        writer = writer.option(f"snapshot-property.{name}", value)
    writer.overwrite(expr(plan["partitions"]))


def run(spark, jobs, layer, table, uri):
    plan = json.loads(read_text(spark, uri))
    if (plan["layer"], plan["table"]) != (layer, table):
        raise ValueError(f"plan is for {plan['layer']}.{plan['table']}; expected {layer}.{table}; name the table that the plan was made for")
    job = jobs[f"{layer}.{table}"]
    {"merge": merge, "overwrite": overwrite}[job["kind"]](spark, job, plan, name_of(spark, layer, table))


def serve(spark, jobs):
    """Runs requests, one JSON object {layer, table, plan} a line of standard input, and answers each with a line."""
    for line in sys.stdin:
        request = json.loads(line)
        try:
            run(spark, jobs, request["layer"], request["table"], request["plan"])
            answer = {"done": True}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:20000]}
        print(ANSWER + json.dumps(answer), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layer", choices=["silver", "gold"])
    parser.add_argument("--table")
    parser.add_argument("--plan", help="URI of the plan, a JSON object")
    parser.add_argument("--serve", action="store_true", help="take many runs from standard input instead of one")
    parser.add_argument("--jobs", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "jobs.json"))
    args = parser.parse_args()
    if not args.serve and not (args.layer and args.table and args.plan):
        parser.error("expected --layer, --table and --plan, or --serve")

    spark = SparkSession.builder.appName("dm" if args.serve else f"dm-{args.layer}-{args.table}").getOrCreate()
    jobs = json.loads(read_text(spark, args.jobs))
    if args.serve:
        serve(spark, jobs)
    else:
        run(spark, jobs, args.layer, args.table, args.plan)
    spark.stop()


if __name__ == "__main__":
    main()
