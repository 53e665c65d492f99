/** A walk through the dead letters: each that was there at the start is visited at most once, and what is left stays in its place. */
import type { Delivery } from '../broker/broker.js'
import { Pages, type Ground } from './pages.js'
import type { Visit } from './visit.js'

/** Where to walk, and where it ends. */
export interface WalkOptions extends Ground {
  /** Whether a letter came after the walk began. `isBeyond`: as many were visited as there were. Such a letter is left, and the first one beyond ends the walk. */
  readonly isNew: (delivery: Delivery, isBeyond: boolean) => boolean
  /** Told once how many there are, as well as the broker knows. */
  readonly onCounted?: (waiting: number) => void
}

/**
 * One letter after the other, oldest first. Every one has to be settled, by `leave` or `remove`, and the next comes as soon as it is asked for.
 * Ends when none is left, and not before all are settled; what was left is back in its place then.
 * @throws BrokerError ERR_CONNECTION_LOST when the connection is lost on the way: all that was left is in the queue again, and what was removed last may be
 */
export async function* walk({
  isNew,
  onCounted,
  ...ground
}: WalkOptions): AsyncGenerator<Visit, void, undefined> {
  const pages = await Pages.open(ground)
  if (!pages) return
  try {
    onCounted?.(pages.waiting)
    yield* oldLetters(pages, isNew)
    await pages.settled()
  } finally {
    await pages.close()
  }
}

async function* oldLetters(
  pages: Pages,
  isNew: WalkOptions['isNew'],
): AsyncGenerator<Visit, void, undefined> {
  for (let visited = 0; ;) {
    const visit = await pages.next()
    if (visit === undefined) return
    const isBeyond = visited >= pages.waiting
    if (!isNew(visit.delivery, isBeyond)) {
      visited += 1
      yield visit
      continue
    }
    visit.leave()
    if (isBeyond) return
  }
}
