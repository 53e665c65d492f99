/** The receiving half on one screen: attempt decides how the delivery ends, settle acts on that. */
import type { Delivery } from '../broker/broker.js'
import { attempt } from './attempt.js'
import { settle } from './settle.js'
import type { WorkerParts } from './worker-parts.js'

/** Takes one delivery from arrival to settlement. Never rejects: what goes wrong is logged, and the broker still has the message. */
export async function processDelivery(delivery: Delivery, worker: WorkerParts): Promise<void> {
  const outcome = await attempt(delivery, worker)
  await settle(outcome, delivery, worker)
}
