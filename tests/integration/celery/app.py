"""A Celery app as a Python team has it: default settings, results over rpc://."""

import os
import sys

from celery import Celery

app = Celery("interop", broker=os.environ["BROKER_URL"], backend="rpc://")
app.conf.update(task_default_queue=os.environ["QUEUE"], broker_connection_retry_on_startup=True)


@app.task(name="py.add")
def add(x, y, scale=1):
    return (x + y) * scale


@app.task(name="py.fails")
def fails(message):
    raise ValueError(message)


def client():
    """Calls tasks of a TypeScript worker, and prints one line for each answer."""
    print("ANSWER", app.send_task("add", (2, 3)).get(timeout=20))
    print("ANSWER", app.send_task("echo", ("ü", 2**60, None), {"width": 100}).get(timeout=20))
    for name in ("fails", "nobody.knows"):
        try:
            app.send_task(name).get(timeout=20)
        except Exception as error:  # the class is what is asked about
            print(f"ANSWER {type(error).__module__}.{type(error).__name__}: {error}")


if __name__ == "__main__":
    getattr(sys.modules[__name__], sys.argv[1])()
