/** Keeps calls to one queue in the order they were made, though the first of them may have to wait for the queue. */
import type { Broker } from '../broker/broker.js'

/** The last preparation under way, by broker and queue; it never rejects. */
const lastOf = new WeakMap<Broker, Map<string, Promise<void>>>()

/** What `prepare` gives; while a call to the same queue is being prepared, only after that. Answers synchronously where nobody waits. */
export function inTurn<T>(
  broker: Broker,
  queue: string,
  prepare: () => Promise<T> | T,
): Promise<Awaited<T>> | T {
  const before = lastOf.get(broker)?.get(queue)
  const prepared = before ? before.then(prepare) : prepare()
  if (!(prepared instanceof Promise)) return prepared
  wait(broker, queue, prepared)
  return prepared as Promise<Awaited<T>>
}

function wait(broker: Broker, queue: string, prepared: Promise<unknown>): void {
  const queues = lastOf.get(broker) ?? new Map<string, Promise<void>>()
  lastOf.set(broker, queues)
  const ended = () => {}
  const last = prepared.then(ended, ended)
  queues.set(queue, last)
  // A turn later, when the call itself has left.
  const forget = () => void (queues.get(queue) === last && queues.delete(queue))
  void last.then(ended).then(forget)
}
