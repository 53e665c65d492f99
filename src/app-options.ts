/** The options of an app, their defaults and their checks. */
import { checkAppOptions } from './app-option-checks.js'
import type { Broker, QueueSpec } from './broker/broker.js'
import { deadLetterLimits, type DeadLetterLimits } from './broker/queue-spec.js'
import { systemClock, type Clock } from './kernel/clock.js'
import { durationMs, type Duration } from './kernel/duration.js'
import type { Logger } from './kernel/logger.js'
import { processRegistry, type Registry } from './registry/registry.js'
import type { TaskConstructor } from './registry/task-definition.js'
import type { SizeLimits } from './serialization/serializer.js'

/** How a queue differs from the default: a quorum queue with a delivery limit of 20. */
export type QueueOptions = Omit<QueueSpec, 'name'>

/** How many dead letters are kept, and how long; what is beyond is dropped by the broker for good, the oldest first. */
export interface DeadLetterOptions {
  /** From 1 s to 3650 d. Default 30 d. */
  readonly maxAge?: Duration
  /** From 1. Default 1 000 000. */
  readonly maxLength?: number
}

/** How an app is set up. Everything has a default, and nothing happens before the first call. */
export interface TaskalopeOptions {
  /**
   * `amqp://user:password@host:5672/vhost` (or `amqps:`), `memory://` for a broker inside this process, `memory://name` for one that apps of
   * this process share, or a broker of your own. Default: the variable `TASKALOPE_BROKER_URL`, else the embedded one; with
   * `NODE_ENV=production` a missing URL is an error.
   */
  readonly broker?: string | Broker
  /** Whether callers are told results: over one reply queue on RabbitMQ, in memory on the embedded broker. Default true; `false` keeps none. */
  readonly results?: boolean
  /** Queues that differ from the defaults, by name. Others need no mention. */
  readonly queues?: Readonly<Record<string, QueueOptions>>
  /**
   * The limits of the dead letters. They count when the queue of dead letters is made, which the first app that declares a queue does; one
   * that exists is taken as it is. A policy of the broker can lower its limits, and never raise them: RabbitMQ takes the smaller of the two.
   * To raise them the queue has to be deleted and made again. A broker of your own has its own limits.
   */
  readonly deadLetters?: DeadLetterOptions
  /** Where tasks go that name no queue. Default: the namespace. */
  readonly defaultQueue?: string
  /** What the names of this library's own queues and exchanges begin with. Default `taskalope`. Apps that shall work together share it. */
  readonly namespace?: string
  /** Makes the instance a class or method task runs on; may ask a container, may be async. Default `new cls()`, for every attempt anew. */
  readonly resolve?: <T extends object>(cls: new (...args: unknown[]) => T) => T | Promise<T>
  /** Where log lines go; pino and loggers like it fit as they are. Default: JSON lines on stderr, from level `warn`. */
  readonly logger?: Logger
  /** The tasks this app knows. Default: those of the whole process. */
  readonly registry?: Registry
  /** How long sending may take before it rejects. Default 10 s. */
  readonly publishTimeout?: Duration
  /** Bounds on what is sent and accepted. */
  readonly limits?: Partial<SizeLimits>
  /** On the embedded broker: whether the first call starts a worker in this process, if the program has started none. Default true. */
  readonly embeddedWorker?: boolean
  /** Time, for tests. Default the real one. */
  readonly clock?: Clock
}

/** The same, checked and filled in, but for what the environment decides at the first call. */
export interface AppSettings {
  readonly broker: string | Broker | undefined
  readonly results: boolean
  readonly namespace: string
  readonly deadLetters: DeadLetterLimits
  readonly defaultQueue: string
  readonly registry: Registry
  readonly publishTimeoutMs: number
  readonly declareQueues: boolean
  readonly limits: Partial<SizeLimits>
  readonly embeddedWorker: boolean
  readonly clock: Clock
  readonly logger: Logger | undefined
  queueSpec(name: string): QueueSpec
  resolve(cls: TaskConstructor): object | Promise<object>
}

/**
 * The settings of an app.
 * @throws DeclarationError ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID
 */
export function appSettings(options: TaskalopeOptions): AppSettings {
  checkAppOptions(options)
  const namespace = options.namespace ?? 'taskalope'
  return {
    broker: options.broker,
    results: options.results ?? true,
    namespace,
    deadLetters: limitsOf(options.deadLetters ?? {}),
    defaultQueue: options.defaultQueue ?? namespace,
    registry: options.registry ?? processRegistry(),
    publishTimeoutMs: durationMs(options.publishTimeout ?? 10_000, 'App option "publishTimeout"'),
    declareQueues: true,
    limits: options.limits ?? {},
    embeddedWorker: options.embeddedWorker ?? true,
    ...partsGiven(options),
  }
}

/** What the program brings along, or does not. */
function partsGiven({ clock, logger, queues, resolve }: TaskalopeOptions) {
  return {
    clock: clock ?? systemClock,
    logger,
    queueSpec: queueSpecs(queues ?? {}),
    resolve: resolve ?? construct,
  }
}

function limitsOf({ maxAge, maxLength }: DeadLetterOptions): DeadLetterLimits {
  return deadLetterLimits({
    ...(maxAge !== undefined && { maxAgeMs: durationMs(maxAge, 'App option "deadLetters.maxAge"') }),
    ...(maxLength !== undefined && { maxLength }),
  })
}

/** One frozen spec a name, so that asking again for the same queue costs a look into a map. */
function queueSpecs(queues: Readonly<Record<string, QueueOptions>>): (name: string) => QueueSpec {
  const known = new Map<string, QueueSpec>()
  for (const [name, options] of Object.entries(queues)) {
    known.set(name, Object.freeze({ ...options, name }))
  }
  return (name) => {
    const spec = known.get(name) ?? Object.freeze({ name })
    known.set(name, spec)
    return spec
  }
}

function construct(cls: new () => object): object {
  return new cls()
}
