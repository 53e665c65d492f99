/** A worker as it must not be: it acknowledges too early, and dies right afterwards. */
import { Taskalope } from 'taskalope'
import { logger, options, record } from './ledger-file.mjs'

/** @typedef {'before its task runs' | 'before the retry is sent'} Mutation */

const { url, namespace, queue, acknowledges, diesAt } = options
const app = new Taskalope({ broker: url, namespace, logger, results: false })
const broker = await app.broker()
let left = diesAt

await broker.declare(app.queue(queue))
const consumer = await broker.consume(queue, { prefetch: 1 }, (delivery) => void work(delivery))

/** @param {import('taskalope').Delivery} delivery */
async function work(delivery) {
  const { message } = delivery
  const { id, retries } = message.headers
  const attempt = Number(retries) + 1
  const [[{ fails, retryMs }]] = JSON.parse(Buffer.from(message.body).toString())
  if (acknowledges === 'before its task runs') {
    delivery.ack()
    await dieInTurn()
  }
  const facts = { id, attempt, pid: process.pid }
  record({ ev: 'start', ...facts, redelivered: delivery.redelivered })
  const ok = attempt > fails
  record({ ev: 'end', ...facts, ok, last: ok })
  delivery.ack()
  if (ok) return
  if (acknowledges === 'before the retry is sent') await dieInTurn()
  const next = { ...message, headers: { ...message.headers, retries: attempt } }
  await broker.publishDelayed(queue, next, retryMs)
}

/** Closing makes sure that the acknowledgement has left. */
async function dieInTurn() {
  if (--left > 0) return
  await consumer.close()
  process.kill(process.pid, 'SIGKILL')
}
