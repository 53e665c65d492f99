/** What --help shows of `taskalope dlq` besides the options: what it does, examples, exit codes. */

export const DLQ_HELP = `
Examples:
  $ taskalope dlq list
  $ taskalope dlq show 1f3c9a02-…
  $ taskalope dlq retry --task mail.send --error ERR_TASK_FAILED --dry-run
  $ taskalope dlq drop --older-than 30d
  $ taskalope dlq export --output dead.jsonl

Whoever looks through dead letters holds them for that time: nobody else sees
them until it is over, and then they are back.

Help for one command: taskalope dlq retry --help`

export const DLQ_LIST_HELP = `
Examples:
  $ taskalope dlq list
  $ taskalope dlq list --task mail.send --newer-than 1h
  $ taskalope dlq list --error TypeError --limit 500
  $ taskalope dlq list --json --limit 1000000 | jq -r .task | sort | uniq -c

ERROR is the code a worker parked it with, or the broker's own reason: expired
(its time was up), delivery_limit (it came back too often), maxlen, rejected,
queue-gone (its queue was gone when its delay was over).

Exit codes: 0 there are some · 1 there is none · 64 the command was typed wrongly`

export const DLQ_SHOW_HELP = `
Examples:
  $ taskalope dlq show 1f3c9a02-1b5c-4f0e-9c52-0c2a3c1f7a11
  $ taskalope dlq show 1f3c9a02-1b5c-4f0e-9c52-0c2a3c1f7a11 --json | jq .args

The arguments are shown as they were sent, secrets included; long ones are cut,
and \`dlq export ID\` has them whole.

Exit codes: 0 shown · 1 there is no dead letter of this id`

export const DLQ_RETRY_HELP = `
Examples:
  $ taskalope dlq retry 1f3c9a02-1b5c-4f0e-9c52-0c2a3c1f7a11
  $ taskalope dlq retry --task mail.send --newer-than 1h --dry-run
  $ taskalope dlq retry --error TimeoutError --rate 50 --yes
  $ taskalope dlq retry --queue mail-old --to mail

Each goes back as it was sent, due now and with its retries counted from 0. It is
published, confirmed, and only then taken out of the dead letters: whatever is
killed in between, none is lost, and at most one may run twice for each of the
hundred that are on their way. What fails again is a dead letter again, and this
run leaves it alone.

A queue that does not exist is not made, unless --load names the modules of the
app that declares it; the letter stays, and is counted.

Ctrl-C finishes what is on its way and says how far it came.

Exit codes: 0 all that were meant were sent · 1 none was meant, some had to stay,
you said no, or it was interrupted · 64 it would have to ask, and there is no
terminal to ask at · 69 the broker could not be reached`

export const DLQ_DROP_HELP = `
Examples:
  $ taskalope dlq drop 1f3c9a02-1b5c-4f0e-9c52-0c2a3c1f7a11
  $ taskalope dlq drop --older-than 30d --dry-run
  $ taskalope dlq drop --error ERR_TASK_UNKNOWN --yes

\`taskalope dlq export\` first keeps a copy.

Ctrl-C stops it and says how far it came.

Exit codes: 0 dropped · 1 none was meant, you said no, or it was interrupted ·
64 it would have to ask, and there is no terminal to ask at · 69 the broker
could not be reached`

export const DLQ_EXPORT_HELP = `
Examples:
  $ taskalope dlq export > dead.jsonl
  $ taskalope dlq export --task mail.send --output mail.jsonl
  $ taskalope dlq export 1f3c9a02-1b5c-4f0e-9c52-0c2a3c1f7a11 \\
      | jq -r .body | base64 -d

One JSON object a line: what \`dlq list --json\` says, and besides it "stack",
"properties", "headers" and "body", the bytes in base64. They may hold secrets;
a file is readable by its owner only, and one that exists is not overwritten.

Exit codes: 0 written · 1 there is none · 64 the file exists`
