/** Picks the implementations an app works with: the broker by its URL, the results that go with it, the logger. */
import type { AppSettings } from './app-options.js'
import type { Broker } from './broker/broker.js'
import { resolveBroker } from './broker/resolve-broker.js'
import type { Clock } from './kernel/clock.js'
import { DeclarationError } from './kernel/errors.js'
import { unfailingLogger, type Logger } from './kernel/logger.js'
import { MemoryBackend, resultStoreFor } from './results/memory-backend.js'
import type { ResultBackend } from './results/result-backend.js'
import type { Serializer } from './serialization/serializer.js'
import type { SendingParts } from './task/enqueue.js'

/** What an app is made of. */
export interface AppParts extends SendingParts {
  readonly broker: Broker
  readonly results: ResultBackend | undefined
  readonly logger: Logger
  readonly clock: Clock
  /** The broker is in this process, and nobody outside can work for it. */
  readonly embedded: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The parts of an app; connects to nothing.
 * @throws DeclarationError ERR_NO_BROKER, ERR_BROKER_URL
 */
export async function assembleParts(
  settings: AppSettings,
  serializer: Serializer,
  environment: Environment,
): Promise<AppParts> {
  const logger = unfailingLogger(settings.logger ?? (await defaultLogger()))
  const given = settings.broker ?? brokerUrl(environment)
  const { namespace, deadLetters, clock, publishTimeoutMs, declareQueues, queueSpec } = settings
  const broker =
    typeof given === 'string'
      ? await resolveBroker(given, { namespace, deadLetters, clock, logger, publishTimeoutMs })
      : given
  const embedded = isMemoryUrl(broker.url)
  const results = settings.results ? resultsFor(broker, serializer) : undefined
  return { broker, results, logger, clock, embedded, publishTimeoutMs, declareQueues, queueSpec }
}

async function defaultLogger(): Promise<Logger> {
  const { pinoLogger } = await import('./kernel/pino-logger.js')
  return pinoLogger('warn')
}

function brokerUrl(environment: Environment): string {
  const url = environment['TASKALOPE_BROKER_URL']
  if (url !== undefined && url !== '') return url
  if (environment['NODE_ENV'] !== 'production') return 'memory://'
  throw new DeclarationError(
    'ERR_NO_BROKER',
    'No broker is set, and in production none is made up: tasks queued in this process would be lost with it. Set TASKALOPE_BROKER_URL, or new Taskalope({ broker: … }).',
  )
}

function resultsFor(broker: Broker, serializer: Serializer): ResultBackend | undefined {
  if (broker.createResultBackend) return broker.createResultBackend(serializer)
  return isMemoryUrl(broker.url) ? new MemoryBackend(serializer, resultStoreFor(broker)) : undefined
}

function isMemoryUrl(url: string): boolean {
  return url.startsWith('memory:')
}
