"""A Celery app as a Python team has it: default settings, results over rpc://."""

import os
import sys
import time

from celery import Celery

app = Celery("interop", broker=os.environ["BROKER_URL"], backend="rpc://")
app.conf.update(task_default_queue=os.environ["QUEUE"], broker_connection_retry_on_startup=True)


@app.task(name="py.add")
def add(x, y, scale=1):
    return (x + y) * scale


@app.task(name="py.fails")
def fails(message):
    raise ValueError(message)


@app.task(name="py.now")
def now():
    return time.time()


@app.task(name="py.flaky", bind=True, max_retries=9)
def flaky(self, failures):
    """Fails so often, a second between the attempts, and says how often it was retried, and when it ended."""
    if self.request.retries < failures:
        raise self.retry(exc=ValueError("not yet"), countdown=1)
    return [self.request.retries, time.time()]


@app.task(name="shared.fails", bind=True, max_retries=9)
def shared_fails(self):
    """Fails here twice; what comes after that is left to the worker of another queue."""
    queue = os.environ["OTHER_QUEUE"] if self.request.retries == 1 else None
    raise self.retry(exc=ValueError("not here"), countdown=0, queue=queue)


def client():
    """Calls tasks of a TypeScript worker, and prints one line for each answer."""
    print("ANSWER", app.send_task("add", (2, 3)).get(timeout=20))
    print("ANSWER", app.send_task("echo", ("ü", 2**60, None), {"width": 100}).get(timeout=20))
    for name in ("fails", "nobody.knows"):
        try:
            app.send_task(name).get(timeout=20)
        except Exception as error:  # the class is what is asked about
            print(f"ANSWER {type(error).__module__}.{type(error).__name__}: {error}")


def client_that_waits():
    """Calls a task of a TypeScript worker for later, and prints how much later it ran."""
    sent = time.time()
    ran = app.send_task("now", countdown=float(sys.argv[2])).get(timeout=30)
    print("LATER", ran / 1000 - sent)


if __name__ == "__main__":
    getattr(sys.modules[__name__], sys.argv[1])()
