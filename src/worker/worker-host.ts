/** What a worker needs of the app it works for, and how it gets it without knowing the app. */
import type { Broker, QueueSpec } from '../broker/broker.js'
import type { Clock } from '../kernel/clock.js'
import { DeclarationError } from '../kernel/errors.js'
import type { Logger } from '../kernel/logger.js'
import type { Registry } from '../registry/registry.js'
import type { TaskConstructor } from '../registry/task-definition.js'
import type { ResultBackend } from '../results/result-backend.js'
import type { SerializerRegistry } from '../serialization/serializer-registry.js'
import type { Serializer } from '../serialization/serializer.js'
import { currentApp } from '../task/current-app.js'

/** A worker, as far as its app is concerned. */
export interface Stoppable {
  stop(): Promise<unknown>
}

/** The parts of an app a worker works with. */
export interface WorkerHost {
  readonly broker: Broker
  readonly results: ResultBackend | undefined
  readonly registry: Registry
  readonly serializers: SerializerRegistry
  /** For what this worker sends: results. */
  readonly serializer: Serializer
  readonly clock: Clock
  readonly logger: Logger
  readonly defaultQueue: string
  /** How a queue of this name is to be declared. */
  queueSpec(name: string): QueueSpec
  /** An instance of a task's class, for one attempt. */
  resolve(cls: TaskConstructor): object | Promise<object>
  /** Tells the app of a worker that works for it, to be stopped when the app closes; the function returned takes that back. */
  attach(worker: Stoppable): () => void
  /** Runs `body` with the app as the current one, so that a task's own calls go through it. */
  run<T>(body: () => T): T
}

/** Under this key an app gives its parts to a worker. */
export const WORKER_HOST = Symbol.for('taskalope.worker-host/1')

/** Whatever a worker can work for: a `Taskalope`. */
export interface WorkerHostProvider {
  [WORKER_HOST](): Promise<WorkerHost>
}

/**
 * The app a worker without one works for: the current one, else the default one.
 * @throws DeclarationError ERR_NO_APP
 */
export function currentHostProvider(): WorkerHostProvider {
  const app: object = currentApp()
  if (isHostProvider(app)) return app
  throw new DeclarationError(
    'ERR_NO_APP',
    'The current app cannot run workers. Give one: new Worker(app, { … }).',
  )
}

/** What a worker works on that names no queues: the default queue, and every one that a task names. */
export function queuesOf({
  registry,
  defaultQueue,
}: Pick<WorkerHost, 'registry' | 'defaultQueue'>): ReadonlySet<string> {
  return new Set([defaultQueue, ...registry.all().flatMap((definition) => definition.queue ?? [])])
}

/** Whether this is an app, and not the options of a worker. */
export function isHostProvider(value: unknown): value is WorkerHostProvider {
  return typeof value === 'object' && value !== null && WORKER_HOST in value
}
