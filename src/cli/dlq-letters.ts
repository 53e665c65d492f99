/** What the commands about dead letters say of them alike: which are meant, what a letter comes to, how many there are. */
import { QUEUE_GONE, type DeadLetter, type DeadLetterFilter } from '../app.js'
import type { DlqFilterInput } from './command-inputs.js'

/** The filter as the library takes it: what is not given is not there. */
export function filterOf({
  id,
  task,
  error,
  queue,
  olderThanMs,
  newerThanMs,
}: DlqFilterInput): DeadLetterFilter {
  return {
    ...(id !== undefined && { id }),
    ...(task !== undefined && { task }),
    ...(error !== undefined && { error }),
    ...(queue !== undefined && { queue }),
    ...(olderThanMs !== undefined && { olderThan: olderThanMs }),
    ...(newerThanMs !== undefined && { newerThan: newerThanMs }),
  }
}

/** What a program is told of a letter in a list: nothing that its sender put into its body or headers. */
export function factsOf(letter: DeadLetter) {
  const { id, taskName, code, reason, errorName, message, worker, queue, attempts, replays, bytes } = letter
  return {
    ...{ id, task: taskName, code, reason, errorName, message },
    at: iso(letter.at),
    firstFailedAt: iso(letter.firstFailedAt),
    ...{ worker, queue, attempts, replays, bytes },
  }
}

/** What the error said; of what the broker gave up nobody said anything, and its own word has to tell. */
export function messageOf({ message, reason }: DeadLetter): string | undefined {
  return message ?? (reason === QUEUE_GONE ? 'its queue was gone when its delay was over' : undefined)
}

/** `1 dead letter`, `37 dead letters`. */
export function lettersInWords(count: number): string {
  return count === 1 ? '1 dead letter' : `${count} dead letters`
}

/** Why none was found. */
export function noneInWords({ id, ...filter }: DlqFilterInput): string {
  if (id !== undefined) return 'There is no dead letter of this id.'
  const isFiltered = Object.values(filter).some((part) => part !== undefined)
  return isFiltered ? 'No dead letter is like that.' : 'There are no dead letters.'
}

/** A moment as text; undefined where there is none. */
export function iso(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : new Date(epochMs).toISOString()
}
