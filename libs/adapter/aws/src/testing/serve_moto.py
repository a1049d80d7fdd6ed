"""Serves moto on a free port of this machine, says its URL on stdout, and ends when stdin does.

Requests are carried out one at a time, bodies read before: moto keeps its state without locks, while the services that it
stands for decide conditional writes one after the other. Three things are added to moto, unless it is started with --plain:
transactions of DynamoDB copy their table once; UpdateTable of Glue heeds VersionId, by which two writers of an Iceberg table
learn of each other; StartJobRun of EMR Serverless gives the run that its client token started before; a request of SQS may say
what time it is, in milliseconds, by the header x-test-time.
"""
import copy
import io
import logging
import sys
import threading
from types import SimpleNamespace

from moto.dynamodb import models as dynamodb
from moto.emrserverless.models import EMRServerlessBackend
from moto.glue.exceptions import GlueClientError
from moto.glue.responses import GlueResponse
from moto.server import DomainDispatcherApplication, create_backend_app
from moto.sqs import models as sqs
from werkzeug.serving import make_server


request_time = None


def one_at_a_time(application):
    turn = threading.Lock()

    def serve(environ, start_response):
        chunked = environ.get("wsgi.input_terminated", False)
        body = environ["wsgi.input"].read() if chunked else environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        with turn:
            global request_time
            request_time = environ.get("HTTP_X_TEST_TIME")
            return [b"".join(application(environ, start_response))]

    return serve


def with_one_copy(transact):
    """A transaction copies its table once, where moto copies it for each of up to 100 items."""

    def run(backend, items):
        copies = {}

        def copied(value):
            if id(value) not in copies:
                copies[id(value)] = (value, copy.deepcopy(value))
            return copies[id(value)][1]

        dynamodb.copy = SimpleNamespace(deepcopy=copied)
        try:
            return transact(backend, items)
        finally:
            dynamodb.copy = copy

    return run


def with_version_check(update_table):
    """Refuses the update of another version than the present one, as Glue does."""

    def run(response):
        database, table = response.parameters.get("DatabaseName"), response.parameters.get("TableInput").get("Name")
        wanted = response.parameters.get("VersionId")
        present = response.glue_backend.get_table(database, table).as_dict()["VersionId"]
        if wanted is not None and wanted != present:
            raise GlueClientError("ConcurrentModificationException", "Update table failed due to concurrent modifications.")
        return update_table(response)

    return run


def with_client_token(start_job_run):
    """Starts one run for a client token."""

    def run(backend, application_id, client_token, *others, **named):
        for known in backend.job_runs.get(application_id, []):
            if known.client_token == client_token:
                return known
        return start_job_run(backend, application_id, client_token, *others, **named)

    return run


def with_test_time(unix_time_millis):
    """Tells the time that the request says, else the machine's."""

    def run():
        return unix_time_millis() if request_time is None else float(request_time)

    return run


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    if "--plain" not in sys.argv:
        dynamodb.DynamoDBBackend.transact_write_items = with_one_copy(dynamodb.DynamoDBBackend.transact_write_items)
        EMRServerlessBackend.start_job_run = with_client_token(EMRServerlessBackend.start_job_run)
        sqs.unix_time_millis = with_test_time(sqs.unix_time_millis)
        GlueResponse.update_table = with_version_check(GlueResponse.update_table)
    server = make_server("127.0.0.1", 0, one_at_a_time(DomainDispatcherApplication(create_backend_app)), threaded=True)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.port}", flush=True)
    sys.stdin.read()
