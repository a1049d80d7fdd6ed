"""Runs Spark SQL and Python functions for a parent process: one JSON object a line in on stdin, one out on stdout.

    {"id": 1, "command": "spark", "settings": {…}, "jars": […]}     starts the session
    {"id": 2, "command": "sql", "sql": "…", "metrics": false}       {"id": 2, "value": {"columns", "rows", "metrics"}}
    {"id": 3, "command": "call", "file": "x.py", "function": "f", "arguments": {…}}

A failure is {"id", "error": {"name", "message"}}. Values are exact: integers, decimals, dates, timestamps (UTC) and
UUIDs as text, binary as hexadecimal text, maps whose keys are no texts as lists of pairs, floats as numbers or the texts
NaN, Infinity, -Infinity and -0.0.
The process ends with its stdin.
"""
import os

os.environ["TZ"] = "UTC"

import datetime
import decimal
import importlib.util
import json
import math
import queue
import sys
import threading
import time
import uuid

time.tzset()


class Session:
    """What functions that are called get as their first argument."""

    def __init__(self):
        self.spark = None

    def start_spark(self, settings, jars):
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").appName("tests")
        defaults = {
            "spark.jars": ",".join(jars),
            "spark.driver.memory": "2g",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.shuffle.partitions": "2",
            "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
            "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        }
        for key, value in {**defaults, **settings}.items():
            builder = builder.config(key, value)
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        os.environ["PYSPARK_PYTHON"] = sys.executable
        log4j = os.path.join(os.path.dirname(os.path.abspath(__file__)), "log4j2.properties")
        builder = builder.config("spark.driver.extraJavaOptions", f"-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Duser.timezone=UTC -Dlog4j2.configurationFile=file:{log4j}")
        self.spark = builder.getOrCreate()
        return {"version": self.spark.version}

    def run_sql(self, sql, metrics=False):
        frame = self.spark.sql(sql)
        rows = [list(row) for row in frame.collect()]
        columns = [{"name": field.name, "type": field.dataType.simpleString()} for field in frame.schema.fields]
        answer = {"columns": columns, "rows": rows}
        if metrics:
            answer["metrics"] = scan_metrics(frame._jdf.queryExecution().executedPlan())
        return answer


def scan_metrics(plan):
    """Sums the metrics of the scans in an executed plan, with the names of its operators."""
    if plan.getClass().getSimpleName() == "AdaptiveSparkPlanExec":
        plan = plan.executedPlan()
    if plan.getClass().getSimpleName().endswith("QueryStageExec"):
        plan = plan.plan()
    found = {"operators": [plan.nodeName()]}
    entries = plan.metrics().iterator() if "Scan" in plan.getClass().getSimpleName() else None
    while entries is not None and entries.hasNext():
        entry = entries.next()
        found[entry._1()] = entry._2().value()
    children = plan.children().iterator()
    while children.hasNext():
        for key, value in scan_metrics(children.next()).items():
            found[key] = found[key] + value if key in found else value
    return found


def exact(value):
    """The value as JSON without loss."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if value == 0 and math.copysign(1, value) < 0:
            return "-0.0"
        return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return value.isoformat(sep=" ", timespec="microseconds")
    if isinstance(value, (datetime.date, uuid.UUID)):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex()
    if hasattr(value, "asDict"):
        return {key: exact(entry) for key, entry in value.asDict().items()}
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value):
            return {key: exact(entry) for key, entry in value.items()}
        return [[exact(key), exact(entry)] for key, entry in value.items()]
    if isinstance(value, (list, tuple)):
        return [exact(entry) for entry in value]
    return str(value)


def without_frames(message):
    """The lines of a Java exception that say something."""
    lines = [line for line in message.splitlines() if line.strip() and not line.startswith(("\tat ", "\t... "))]
    return "\n".join(lines[:20])


modules = {}


def load(file):
    if file not in modules:
        spec = importlib.util.spec_from_file_location(os.path.splitext(os.path.basename(file))[0], file)
        modules[file] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(modules[file])
    return modules[file]


def answer(session, request):
    command = request["command"]
    if command == "spark":
        return session.start_spark(request["settings"], request["jars"])
    if command == "sql":
        return session.run_sql(request["sql"], request.get("metrics", False))
    if command == "call":
        return getattr(load(request["file"]), request["function"])(session, **request["arguments"])
    raise ValueError(f"found command {command}, expected spark, sql or call")


def read_requests(requests):
    for line in sys.stdin:
        requests.put(json.loads(line))
    os._exit(0)


def main():
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    requests = queue.Queue()
    threading.Thread(target=read_requests, args=[requests], daemon=True).start()
    session = Session()
    while True:
        request = requests.get()
        try:
            reply = {"value": exact(answer(session, request))}
        except Exception as error:
            java = getattr(error, "_origin", None) or getattr(error, "java_exception", None)
            name = java.getClass().getName() if java is not None else type(error).__name__
            reply = {"error": {"name": name, "message": without_frames(str(error))}}
        answers.write(json.dumps({"id": request["id"], **reply}, ensure_ascii=True) + "\n")


main()
