"""Calls a TypeScript task from Python: the code of docs/learn/celery.md."""

# #region client
import os
from celery import Celery

app = Celery(broker=os.environ["TASKALOPE_BROKER_URL"], backend="rpc://")
# #endregion client
app.conf.update(task_default_queue=os.environ["QUEUE"])
# #region client
answer = app.send_task("add", (2, 3))
print(answer.get(timeout=20))
# #endregion client
