/** The topology one process wants, declared on each session, each thing once, and again when it turns out to be gone. */
import { DeclarationError } from '../../kernel/errors.js'
import type { QueueSpec } from '../broker.js'
import { deadLetterName, type DeadLetterLimits } from '../queue-spec.js'
import { brokerText, causeCode, noAnswer } from './amqp-errors.js'
import { declareMany, declareOne, firstMissing, nameOf } from './declare-on.js'
import { deliverDeclaration, deliverExchangeDeclaration, ladderDeclarations } from './delay.js'
import type { Session } from './session.js'
import { withinLimit, type Limit } from './time-limit.js'
import { deadLetterDeclarations, queueDeclarations, usesDeadLetters, type Declaration } from './topology.js'

/** Where declarations are made, and how long one may take. */
export interface TopologyOptions extends Pick<Limit, 'clock' | 'limitMs'> {
  readonly namespace: string
  readonly url: string
  /** How many dead letters are kept, and how long, if their queue is not there yet. */
  readonly deadLetters: DeadLetterLimits
}

/** Something that is made on a session, or has been. */
interface Making {
  readonly making: Promise<void>
  isMade: boolean
}

/** The topology one process wants, and where it has been declared already. */
export class Topology {
  readonly #options: TopologyOptions
  readonly #specs = new Map<string, QueueSpec>()
  /** The queues that messages wait for. */
  readonly #delayed = new Set<string>()
  #deadLettersWanted = false
  /** What each session has: a new connection may be to a broker that lost everything. */
  readonly #done = new WeakMap<Session, Map<string, Making>>()

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
      // What waits for a queue that was deleted, and is made again by somebody else than the sender, finds it.
      await this.#bindToLadder(session, spec.name).catch(rethrowUnlessNotOurs)
    })
  }

  /**
   * Makes sure that messages can wait for a queue; undefined when this session has all that is needed for it.
   * @throws DeclarationError ERR_QUEUE_MISMATCH, ERR_BROKER_REFUSED, also when there is no such queue; BrokerError ERR_CONNECTION_LOST
   */
  declareDelays(session: Session, queue: string): Promise<void> | undefined {
    const key = `delay ${queue}`
    if (this.#done.get(session)?.get(key)?.isMade) return undefined
    return this.#once(session, key, async () => {
      const spec = this.#specs.get(queue)
      if (spec) await this.declare(session, spec)
      await this.#once(session, 'ladder', () => this.#makeLadder(session))
      await this.#bindToLadder(session, queue)
      this.#delayed.add(queue)
    })
  }

  /** Remembers the place for dead letters, to be declared on each session. */
  wantDeadLetters(): void {
    this.#deadLettersWanted = true
  }

  /** Makes the place for dead letters exist. */
  declareDeadLetters(session: Session): Promise<void> {
    const { namespace, deadLetters } = this.#options
    return this.#once(session, '', () => this.#make(session, deadLetterDeclarations(namespace, deadLetters)))
  }

  /** Declares everything wanted; what cannot be declared keeps nothing else from it, and is thrown in the end. */
  async replay(session: Session): Promise<void> {
    const errors: unknown[] = []
    const note = (error: unknown) => void errors.push(error)
    if (this.#deadLettersWanted) await this.declareDeadLetters(session).catch(note)
    for (const spec of this.#specs.values()) {
      if (session.alive) await this.declare(session, spec).catch(note)
    }
    for (const queue of this.#delayed) {
      if (session.alive) await this.declareDelays(session, queue)?.catch(note)
    }
    if (errors.length > 0) throw errors[0]
  }

  /** Makes a queue that is gone exist again, or the place for dead letters; whoever misses it meanwhile waits for the same. */
  restore(session: Session, spec: QueueSpec | undefined): Promise<void> {
    return this.#restoreOnce(session, spec ? keyOf(spec) : '', () =>
      spec ? this.declare(session, spec) : this.declareDeadLetters(session),
    )
  }

  /** Makes the part of the ladder exist again that a message for this queue found missing. */
  restoreDelays(session: Session, queue: string): Promise<void> {
    return this.#restoreOnce(session, `delay ${queue}`, async () => this.declareDelays(session, queue))
  }

  /** Forgets what a session has, because something of it turned out to be gone. */
  forget(session: Session): void {
    this.#done.delete(session)
    this.#complete.delete(session)
  }

  #restoreOnce(session: Session, key: string, make: () => Promise<void>): Promise<void> {
    const running = this.#restoring.get(session) ?? new Map<string, Promise<void>>()
    this.#restoring.set(session, running)
    const known = running.get(key)
    if (known) return known
    this.forget(session)
    const restoring = make().finally(() => running.delete(key))
    running.set(key, restoring)
    return restoring
  }

  #once(session: Session, key: string, make: () => Promise<void>): Promise<void> {
    const done = this.#done.get(session) ?? new Map<string, Making>()
    this.#done.set(session, done)
    const known = done.get(key)
    if (known) return known.making
    const entry: Making = { making: make(), isMade: false }
    done.set(key, entry)
    entry.making.then(
      () => (entry.isMade = true),
      () => done.delete(key),
    )
    return entry.making
  }

  async #make(session: Session, declarations: readonly Declaration[]): Promise<void> {
    for (const declaration of declarations) {
      const subject = nameOf(declaration)
      const onLimit = () => noAnswer(this.#options.url, `declaring ${subject}`, this.#options.limitMs)
      const made = await withinLimit(declareOne(session, declaration), { ...this.#options, onLimit })
      if (made === 'there, with all that follows') return
    }
  }

  async #makeLadder(session: Session): Promise<void> {
    await this.#makeDeadLettersForLadder(session)
    const { namespace, limitMs, url } = this.#options
    const declarations = ladderDeclarations(namespace)
    const onLimit = () => noAnswer(url, `declaring the delays "${namespace}.delay.*"`, limitMs)
    const making = declareMany(session, declarations).catch((error: unknown) =>
      this.#takeLadderAsItIs(session, declarations, error),
    )
    await withinLimit(making, { ...this.#options, onLimit })
  }

  /** Whoever may not declare anything can use what others declared. */
  async #takeLadderAsItIs(session: Session, ladder: readonly Declaration[], error: unknown): Promise<void> {
    if (causeCode(error) !== 403) throw error
    const missing = await firstMissing(session, ladder)
    if (missing) throw noLadder(this.#options.namespace, missing, error)
  }

  #bindToLadder(session: Session, queue: string): Promise<void> {
    const { namespace } = this.#options
    return this.#once(session, `bind ${queue}`, async () => {
      await this.#once(session, 'deliver', () => this.#makeDeliverExchange(session))
      await this.#make(session, [deliverDeclaration(namespace, queue)])
    })
  }

  async #makeDeliverExchange(session: Session): Promise<void> {
    await this.#makeDeadLettersForLadder(session)
    const exchange = deliverExchangeDeclaration(this.#options.namespace)
    const making = this.#make(session, [exchange])
    await making.catch((error: unknown) => this.#takeLadderAsItIs(session, [exchange], error))
  }

  /** What has waited for a queue that is gone goes there. Whoever may not make the place relies on others having made it. */
  async #makeDeadLettersForLadder(session: Session): Promise<void> {
    await this.declareDeadLetters(session).catch((error: unknown) => {
      if (causeCode(error) !== 403) throw error
    })
  }
}

/** Who may not make the ladder, or bind to it, or finds it in another shape, has no part in delays; and whoever delays a message is told. */
function rethrowUnlessNotOurs(error: unknown): void {
  if (![403, 404, 406].includes(causeCode(error) ?? 0)) throw error
}

function noLadder(namespace: string, missing: Declaration, cause: unknown): DeclarationError {
  return new DeclarationError(
    'ERR_BROKER_REFUSED',
    `Messages cannot wait on this broker: ${nameOf(missing)} does not exist, and this user may not declare it (${brokerText((cause as Error).cause)}). Have one message delayed by a user who may configure "${namespace}.delay.*", or grant that, and to write "${deadLetterName(namespace)}".`,
    { cause: (cause as Error).cause },
  )
}

function keyOf({ name, type = 'quorum', maxPriority, deliveryLimit }: QueueSpec): string {
  return `${type} ${maxPriority} ${deliveryLimit} ${name}`
}
