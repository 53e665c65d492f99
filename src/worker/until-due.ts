/** Waits out the last second before a call is due, and says how far ahead it is where that is longer. */
import type { Delivery } from '../broker/broker.js'
import { sleep } from '../kernel/clock.js'
import type { TaskMessage } from '../message/task-message.js'
import type { WorkerParts } from './worker-parts.js'

/** How far ahead an eta may be for the worker to wait for it, holding the delivery and a slot: the broker keeps whole seconds. */
const LONGEST_WAIT_MS = 1000
const LATE_MS = 3_600_000

/** Milliseconds until this message is due by its eta, where these are too many to wait here; else 0, as soon as it is due or the worker is forced to stop. */
export async function untilDue(
  message: TaskMessage,
  delivery: Delivery,
  worker: WorkerParts,
): Promise<number> {
  const { clock } = worker.host
  const etaAt = message.etaAt ?? 0
  if (clock.now() - etaAt > LATE_MS) tellLate(message, delivery, worker)
  if (hasWaited(message, delivery, worker)) return 0
  // Again, because timers count in another time than wall clocks, and may be a millisecond early by these.
  for (;;) {
    const aheadMs = etaAt - clock.now()
    if (aheadMs <= 0 || worker.forced.aborted) return 0
    if (aheadMs > LONGEST_WAIT_MS) return aheadMs
    await sleep(clock, aheadMs, worker.forced)
  }
}

/** A delay that was relative is over once the broker has kept it, whatever became of the wall clocks meanwhile; but for one too long for the broker to keep at once. */
function hasWaited({ delayMs }: TaskMessage, { delayed }: Delivery, { host }: WorkerParts): boolean {
  return delayed && delayMs !== undefined && delayMs <= host.broker.capabilities.maxDelayMs
}

function tellLate(
  { id, taskName, etaAt = 0 }: TaskMessage,
  { queue }: Delivery,
  { host }: WorkerParts,
): void {
  const eta = new Date(etaAt).toISOString()
  const hours = Math.floor((host.clock.now() - etaAt) / LATE_MS)
  host.logger.info({ task: taskName, id, queue, eta }, `a call comes more than ${hours} h late, and is run`)
}
