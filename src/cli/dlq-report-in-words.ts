/** What a run over the dead letters has come to, in words. */
import type { MoveReport } from '../app.js'
import type { DlqMoveInput } from './command-inputs.js'
import { lettersInWords } from './dlq-letters.js'
import { quoted } from './parse-options.js'

/** A sentence on what was done, and one for each reason why something was not. */
export function reportInWords(report: MoveReport, { action }: Pick<DlqMoveInput, 'action'>): string[] {
  return [
    ...(report.ended === 'aborted' ? ['Interrupted.'] : []),
    report.dryRun ? wouldDo(report, action) : did(report, action),
    ...report.skippedBecause.map(({ why, queue, count }) => `${staying(count)}: ${reason(why, queue)}`),
  ]
}

function did({ moved, visited }: MoveReport, action: DlqMoveInput['action']): string {
  const verb = action === 'retry' ? 'Sent' : 'Dropped'
  return `${verb} ${lettersInWords(moved)}${action === 'retry' ? ' again' : ''}, of ${visited} that were looked at.`
}

function wouldDo({ matched, skipped, visited }: MoveReport, action: DlqMoveInput['action']): string {
  const verb = action === 'retry' ? 'sent again' : 'dropped'
  return `${lettersInWords(matched - skipped)} of ${visited} would be ${verb}. Nothing was changed.`
}

function staying(count: number): string {
  return count === 1 ? '1 stays where it is' : `${count} stay where they are`
}

function reason(why: string, queue: string | undefined): string {
  const name = queue === undefined ? 'its queue' : `queue ${quoted(queue)}`
  switch (why) {
    case 'unroutable':
      return `there is no ${name}. Start a worker that declares it, name its app with --load, or send elsewhere with --to.`
    case 'no-queue':
      return 'nothing says where it came from. Name a queue with --to.'
    case 'unreadable':
      return 'its headers could not be read when it arrived, so it cannot be sent as it was.'
    case 'queue-full':
      return `${name} is full.`
    case 'rights':
      return `this login must not write to ${name}.`
    default:
      return `${name} would not take it (${quoted(why).slice(1, -1)}).`
  }
}
