/** Declares topology on one session, each thing once, on channels of its own: an error there closes nothing else. */
import type { Channel } from 'amqplib'
import type { QueueSpec } from '../broker.js'
import { declarationRefused, noAnswer, replyCode } from './amqp-errors.js'
import type { Session } from './session.js'
import { withinLimit, type Limit } from './time-limit.js'
import { deadLetterDeclarations, queueDeclarations, usesDeadLetters, type Declaration } from './topology.js'

/** Where declarations are made, and how long one may take. */
export interface TopologyOptions extends Pick<Limit, 'clock' | 'limitMs'> {
  readonly namespace: string
  readonly url: string
}

/** The topology one process wants, and where it has been declared already. */
export class Topology {
  readonly #options: TopologyOptions
  readonly #specs = new Map<string, QueueSpec>()
  #deadLettersWanted = false
  /** What each session has: a new connection may be to a broker that lost everything. */
  readonly #done = new WeakMap<Session, Map<string, Promise<void>>>()

  readonly #restoring = new WeakMap<Session, Map<string, Promise<void>>>()

  /** The very specs each session has, so that asking again for one of them costs next to nothing. */
  readonly #complete = new WeakMap<Session, WeakSet<QueueSpec>>()

  constructor(options: TopologyOptions) {
    this.#options = options
  }

  /** What is known of a queue that was declared here. */
  specOf(queue: string): QueueSpec | undefined {
    return this.#specs.get(queue)
  }

  /** Remembers a queue, to be declared on each session. */
  want(spec: QueueSpec): void {
    this.#specs.set(spec.name, spec)
  }

  /** Whether exactly this queue will be declared on each session. */
  isWanted(spec: QueueSpec): boolean {
    const wanted = this.#specs.get(spec.name)
    return wanted !== undefined && keyOf(wanted) === keyOf(spec)
  }

  /** Whether this session has the queue of this very spec. */
  isDeclared(session: Session | undefined, spec: QueueSpec): boolean {
    return session !== undefined && this.#complete.get(session)?.has(spec) === true
  }

  /** Takes note that this session has the queue of this very spec. */
  noteDeclared(session: Session, spec: QueueSpec): void {
    const specs = this.#complete.get(session) ?? new WeakSet()
    this.#complete.set(session, specs.add(spec))
  }

  /**
   * Makes a queue that is wanted exist; at once when this session has it already.
   * @throws DeclarationError ERR_QUEUE_MISMATCH, ERR_BROKER_REFUSED; BrokerError ERR_CONNECTION_LOST
   */
  declare(session: Session, spec: QueueSpec): Promise<void> {
    return this.#once(session, keyOf(spec), async () => {
      if (usesDeadLetters(spec)) await this.declareDeadLetters(session)
      await this.#make(session, queueDeclarations(spec, this.#options.namespace))
    })
  }

  /** Remembers the place for dead letters, to be declared on each session. */
  wantDeadLetters(): void {
    this.#deadLettersWanted = true
  }

  /** Makes the place for dead letters exist. */
  declareDeadLetters(session: Session): Promise<void> {
    return this.#once(session, '', () => this.#make(session, deadLetterDeclarations(this.#options.namespace)))
  }

  /** Declares everything wanted; what cannot be declared keeps nothing else from it, and is thrown in the end. */
  async replay(session: Session): Promise<void> {
    const errors: unknown[] = []
    const note = (error: unknown) => void errors.push(error)
    if (this.#deadLettersWanted) await this.declareDeadLetters(session).catch(note)
    for (const spec of this.#specs.values()) {
      if (session.alive) await this.declare(session, spec).catch(note)
    }
    if (errors.length > 0) throw errors[0]
  }

  /** Makes a queue that is gone exist again, or the place for dead letters; whoever misses it meanwhile waits for the same. */
  restore(session: Session, spec: QueueSpec | undefined): Promise<void> {
    const running = this.#restoring.get(session) ?? new Map<string, Promise<void>>()
    this.#restoring.set(session, running)
    const key = spec ? keyOf(spec) : ''
    const known = running.get(key)
    if (known) return known
    this.forget(session)
    const making = spec ? this.declare(session, spec) : this.declareDeadLetters(session)
    const restoring = making.finally(() => running.delete(key))
    running.set(key, restoring)
    return restoring
  }

  /** Forgets what a session has, because something of it turned out to be gone. */
  forget(session: Session): void {
    this.#done.delete(session)
    this.#complete.delete(session)
  }

  #once(session: Session, key: string, make: () => Promise<void>): Promise<void> {
    const done = this.#done.get(session) ?? new Map<string, Promise<void>>()
    this.#done.set(session, done)
    const known = done.get(key)
    if (known) return known
    const making = make()
    done.set(key, making)
    making.catch(() => done.delete(key))
    return making
  }

  async #make(session: Session, declarations: readonly Declaration[]): Promise<void> {
    for (const declaration of declarations) {
      const subject = nameOf(declaration)
      const onLimit = () => noAnswer(this.#options.url, `declaring ${subject}`, this.#options.limitMs)
      const made = await withinLimit(declareOne(session, declaration), { ...this.#options, onLimit })
      if (made === 'there, with all that follows') return
    }
  }
}

function keyOf({ name, type = 'quorum', maxPriority, deliveryLimit }: QueueSpec): string {
  return `${type} ${maxPriority} ${deliveryLimit} ${name}`
}

type Made = 'made' | 'there' | 'there, with all that follows'

async function declareOne(session: Session, declaration: Declaration): Promise<Made> {
  try {
    const ifExists = declaration.kind === 'queue' ? declaration.ifExists : 'compare'
    if (ifExists !== 'compare' && (await queueExists(session, declaration))) {
      return ifExists === 'adopt' ? 'there' : 'there, with all that follows'
    }
    await session.onThrowawayChannel((channel) => assertOne(channel, declaration))
    return 'made'
  } catch (error) {
    throw declarationRefused(nameOf(declaration), error)
  }
}

async function queueExists(session: Session, declaration: Declaration): Promise<boolean> {
  if (declaration.kind !== 'queue') return false
  try {
    await session.onThrowawayChannel((channel) => channel.checkQueue(declaration.name))
    return true
  } catch (error) {
    if (replyCode(error) === 404) return false
    throw error
  }
}

async function assertOne(channel: Channel, declaration: Declaration): Promise<unknown> {
  switch (declaration.kind) {
    case 'exchange':
      return channel.assertExchange(declaration.name, declaration.type, { durable: true })
    case 'queue':
      return channel.assertQueue(declaration.name, { durable: true, arguments: declaration.arguments })
    case 'binding':
      return channel.bindQueue(declaration.queue, declaration.exchange, declaration.key)
  }
}

function nameOf(declaration: Declaration): string {
  if (declaration.kind === 'binding') return `binding of queue "${declaration.queue}"`
  return `${declaration.kind} "${declaration.name}"`
}
