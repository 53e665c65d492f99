/** What --help shows besides the options: examples, variables, exit codes. */

export const PROGRAM_HELP = `
Examples:
  $ taskalope list ./dist/tasks.js
  $ export TASKALOPE_BROKER_URL=amqp://localhost:5672
  $ taskalope worker ./dist/tasks.js --concurrency 50
  $ taskalope call add '[2, 3]' --wait
  $ taskalope dlq list

Variables:
  TASKALOPE_BROKER_URL  where the broker is: amqp://user:password@host/vhost
  NODE_ENV              with "production" a broker has to be named

Exit codes:
  0   done, or stopped with everything finished
  1   the answer is no: a task failed, no result came, nothing was purged, there
      is no such dead letter; or a worker was forced to stop
  64  the command was typed wrongly
  69  the broker could not be reached in time
  70  an error nobody caught
  78  something is wrong with the set-up: a module that does not load, no broker
      named, login refused, a queue declared otherwise

Answers go to stdout; errors, logs and progress to stderr. With --json both are
JSON, one object a line; an error is
  {"error":{"code","message","docs","exitCode"}}

Help for one command: taskalope worker --help`

export const WORKER_HELP = `
Modules are compiled files (.js, .mjs, .cjs), or TypeScript where @oxc-node/core
is installed. The worker works for the Taskalope app that one of them exports as
\`app\` or by default, else for the default app.

Examples:
  $ taskalope worker ./dist/tasks.js
  $ taskalope worker "dist/**/*.tasks.js" --queues images,mail --concurrency 50
  $ taskalope worker ./dist/tasks.js --json --log-level warn

Stopping: the first SIGTERM, SIGINT (Ctrl-C) or SIGHUP takes no more calls and
lets the running ones finish, for up to --shutdown-timeout; the second returns
what still runs to its queue, at once.

Logs: lines for people on a terminal, JSON lines elsewhere and with --json; an
app that has a logger of its own keeps it.

Exit codes: 0 stopped with everything finished · 1 forced, or the time was up ·
69 no broker within --connect-timeout · 70 an error nobody caught · 78 set-up`

export const LIST_HELP = `
Examples:
  $ taskalope list ./dist/tasks.js
  $ taskalope list "dist/**/*.js" --types
  $ taskalope list ./dist/tasks.js --json | jq -r .name`

export const CALL_HELP = `
Examples:
  $ taskalope call add '[2, 3]'                      prints the id of the call
  $ taskalope call add '[2, 3]' --wait 5s            prints the result as JSON
  $ taskalope call images.process '["https://…/a.jpg"]' --load ./dist/tasks.js
  $ taskalope call py.add '[2, 3]' --kwargs '{"c": 4}' --queue celery
  $ taskalope call report --countdown 20m             prints the id, at once

The queue has to exist, as it does once a worker has been started; with --load
it is made as the loaded app declares it.

With --countdown or --eta the call waits in the broker, in whole seconds and up
to 8.5 years; --wait waits for that as well, and its own limit begins when the
call is due. An --eta in the past is now.

Without a broker, --load and --wait together run the task in this very process.

Exit codes: 0 sent, and with --wait succeeded · 1 the task failed, or no result
came in time · 64 the arguments are no JSON array, or the call cannot be meant`

export const PURGE_HELP = `
Examples:
  $ taskalope purge mail            says how many messages wait, and asks
  $ taskalope purge mail --yes      does not ask, as scripts need it

Exit codes: 0 purged · 1 there is no such queue, or you said no · 64 it would
have to ask, and there is no terminal to ask at`
