/** One test of the broker contract: its brokers, queues and consumers, every wait with an end, everything closed at last. */
import assert from 'node:assert/strict'
import type { Broker, Consumer, Delivery, QueueSpec, QueueState } from '../../broker/broker.js'
import { sleep, systemClock } from '../../kernel/clock.js'
import { isTaskalopeError, type TaskalopeError } from '../../kernel/errors.js'
import type { Headers, MessageProperties, WireMessage } from '../../message/wire-message.js'
import type { BrokerSubject, BrokerWorld, MovableClock } from './subject.js'

/** Longest wait for one thing to happen. */
const STEP_MS = 10_000
const LOOK_EVERY_MS = 10

/** How time passes in a world. */
export interface Time {
  now(): number
  pass(ms: number): Promise<void>
}

const REAL_TIME: Time = {
  now: () => systemClock.monotonic(),
  pass: (ms) => sleep(systemClock, ms),
}

/** Runs one test in a world of its own. */
export async function runTrial(subject: BrokerSubject, body: (trial: Trial) => Promise<void>): Promise<void> {
  const world = await within(subject.open(), 'the world opens')
  const trial = new Trial(world)
  try {
    await body(trial)
  } finally {
    await trial.close()
    await within(world.close(), 'the world closes')
  }
}

/** What the tests of the contract work with. */
export class Trial {
  readonly broker: Broker
  readonly time: Time
  readonly #world: BrokerWorld
  readonly #brokers: Broker[] = []

  constructor(world: BrokerWorld) {
    this.#world = world
    this.time = world.clock ? timeOf(world.clock) : REAL_TIME
    this.broker = this.anotherBroker()
  }

  /** One more broker over the same queues. */
  anotherBroker(): Broker {
    const broker = this.#world.newBroker()
    this.#brokers.push(broker)
    return broker
  }

  /** The name of a queue nobody else uses. */
  name(word = 'queue'): string {
    return this.#world.name(word)
  }

  /** Declares a queue, and says its name. */
  async declare(spec: Omit<QueueSpec, 'name'> = {}, word?: string): Promise<string> {
    const name = this.name(word)
    await within(this.broker.declare({ name, ...spec }), `queue "${name}" is declared`)
    return name
  }

  async publish(queue: string, ...messages: readonly (string | WireMessage)[]): Promise<void> {
    for (const message of messages) {
      const wire = typeof message === 'string' ? messageOf(message) : message
      await within(this.broker.publish({ routingKey: queue }, wire), `a message is published to "${queue}"`)
    }
  }

  async consume(queue: string, options: { prefetch?: number; broker?: Broker } = {}): Promise<Inbox> {
    const { prefetch = 100, broker = this.broker } = options
    const inbox = new Inbox(queue, this.time)
    const consuming = broker.consume(queue, { prefetch }, (delivery) => inbox.receive(delivery))
    return inbox.from(await within(consuming, `"${queue}" is consumed`))
  }

  async publishDelayed(queue: string, message: string | WireMessage, delayMs: number): Promise<void> {
    const wire = typeof message === 'string' ? messageOf(message) : message
    const publishing = this.broker.publishDelayed(queue, wire, delayMs)
    await within(publishing, `a message is sent to wait ${delayMs} ms for "${queue}"`)
  }

  /** Waits until the queue stands like this. */
  async expectState(queue: string, expected: Partial<QueueState>): Promise<void> {
    let seen: QueueState | undefined
    const matches = async () => {
      seen = await this.broker.inspect(queue)
      return Object.entries(expected).every(([key, value]) => seen?.[key as keyof QueueState] === value)
    }
    await until(
      matches,
      () => `"${queue}" has ${JSON.stringify(expected)}, last seen ${JSON.stringify(seen)}`,
      this.time,
    )
  }

  /** The queue of dead letters, empty. */
  async emptyDeadLetters(): Promise<string> {
    const { deadLetters } = this.#world
    if (await this.broker.inspect(deadLetters)) await this.broker.purge(deadLetters)
    return deadLetters
  }

  async close(): Promise<void> {
    const closing = Promise.all(this.#brokers.map((broker) => broker.close()))
    await within(closing, 'every broker closes')
  }
}

/** What one consumer was given, in order. */
export class Inbox {
  readonly queue: string
  /** Everything that came, taken or not. */
  readonly received: Delivery[] = []
  /** When each of them came. */
  readonly times: number[] = []
  readonly #time: Time
  #consumer: Consumer | undefined
  #taken = 0

  constructor(queue: string, time: Time) {
    this.queue = queue
    this.#time = time
  }

  get consumer(): Consumer {
    assert.ok(this.#consumer, `"${this.queue}" is consumed`)
    return this.#consumer
  }

  from(consumer: Consumer): this {
    this.#consumer = consumer
    return this
  }

  receive(delivery: Delivery): void {
    this.received.push(delivery)
    this.times.push(this.#time.now())
  }

  /** The next delivery, come or coming. */
  async next(): Promise<Delivery> {
    await until(
      () => this.#taken < this.received.length,
      () => `delivery ${this.#taken + 1} from "${this.queue}" arrives`,
      this.#time,
    )
    return this.received[this.#taken++]!
  }

  async take(count: number): Promise<Delivery[]> {
    const deliveries: Delivery[] = []
    while (deliveries.length < count) deliveries.push(await this.next())
    return deliveries
  }
}

/** A message with this text as its body. */
export function messageOf(
  text: string,
  properties: MessageProperties = {},
  headers: Headers = {},
): WireMessage {
  return { body: Buffer.from(text), properties, headers }
}

export function textOf(delivery: Delivery): string {
  return Buffer.from(delivery.message.body).toString()
}

/** The error of this library that a call is refused with. */
export async function refusalOf(call: Promise<unknown>, what: string): Promise<TaskalopeError> {
  const settled = call.then(
    () => undefined,
    (error: unknown) => error,
  )
  const error = await within(settled, `${what} settles`)
  assert.ok(isTaskalopeError(error), `${what} is refused with an error of the library, not ${String(error)}`)
  return error
}

/** Waits for a promise, but not for ever. */
export async function within<T>(promise: Promise<T>, what: string, limitMs: number = STEP_MS): Promise<T> {
  return new Promise((resolve, reject) => {
    const tooLate = () => reject(new assert.AssertionError({ message: `Not within ${limitMs} ms: ${what}.` }))
    const timer = systemClock.after(limitMs, tooLate)
    promise.then(resolve, reject).finally(() => timer.stop())
  })
}

/** Looks again and again until it is so. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: () => string,
  time: Time = REAL_TIME,
): Promise<void> {
  const endAt = systemClock.monotonic() + STEP_MS
  while (!(await within(Promise.resolve(isSo()), what()))) {
    assert.ok(systemClock.monotonic() < endAt, `Not within ${STEP_MS} ms: ${what()}.`)
    await time.pass(LOOK_EVERY_MS)
  }
}

function timeOf(clock: MovableClock): Time {
  return { now: () => clock.monotonic(), pass: (ms) => clock.advance(ms) }
}
