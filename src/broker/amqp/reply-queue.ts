/** The one queue of this process that answers come to: exclusive, and made again under the same name after a reconnect. */
import { randomUUID } from 'node:crypto'
import type { Channel } from 'amqplib'
import type { Clock } from '../../kernel/clock.js'
import { BrokerError } from '../../kernel/errors.js'
import type { Logger } from '../../kernel/logger.js'
import type { WireMessage } from '../../message/wire-message.js'
import { brokerText } from './amqp-errors.js'
import { Attachment } from './attachment.js'
import type { AmqpConnection } from './connection.js'
import { toWireMessage } from './delivery.js'
import type { Session } from './session.js'

/** Where answers come from, and who is told. */
export interface ReplyQueueOptions {
  readonly connection: AmqpConnection
  readonly namespace: string
  readonly clock: Clock
  readonly logger: Logger
  /** How long a caller waits for the queue to be there. */
  readonly limitMs: number
  readonly onAnswer: (message: WireMessage) => void
}

const UUID = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'
const REPLY_QUEUE = new RegExp(`^(?:${UUID}|amq\\.gen-[\\w-]+|[\\w.-]+\\.reply\\.${UUID})$`)
const OWN_REPLY_QUEUE = new RegExp(`\\.reply\\.${UUID}$`)

/** Whether results may be sent to a queue of this name: Celery's are a UUID, servers' begin with `amq.gen-`, ours end in `.reply.` and a UUID. */
export function isReplyQueue(name: string): boolean {
  return name.length <= 255 && REPLY_QUEUE.test(name)
}

/** Whether a reply queue is one of this library's. */
export function isOwnReplyQueue(name: string): boolean {
  return OWN_REPLY_QUEUE.test(name)
}

export class ReplyQueue {
  readonly name: string
  readonly #options: ReplyQueueOptions
  readonly #attachment: Attachment<ReplyChannel>

  constructor(options: ReplyQueueOptions) {
    this.name = `${options.namespace}.reply.${randomUUID()}`
    this.#options = options
    this.#attachment = new Attachment<ReplyChannel>({
      ...options,
      subject: `reply queue "${this.name}"`,
      make: (session, onGone) => openReplyChannel(session, { ...options, queue: this.name, onGone }),
      discard: (channel) => channel.close(),
    })
  }

  /** Its name, once it is there: an answer to a queue that is not there is lost. */
  ready(): Promise<string> | string {
    if (this.#attachment.made?.open) return this.name
    this.#attachment.start()
    const { refusal } = this.#options.connection
    if (refusal) return Promise.reject(refusal)
    const { limitMs } = this.#options
    return this.#attachment
      .next(limitMs, (lastError) => noReplyQueue(limitMs, lastError))
      .then(() => this.name)
  }

  /** Ends it, and with it the queue. */
  close(): void {
    this.#attachment.stop()
    this.#attachment.made?.close()
  }
}

interface ReplyChannel {
  readonly open: boolean
  close(): void
}

interface ReplyChannelOptions extends ReplyQueueOptions {
  readonly queue: string
  readonly onGone: (why: string) => void
}

async function openReplyChannel(session: Session, options: ReplyChannelOptions): Promise<ReplyChannel> {
  let failure: Error | undefined
  const channel = await session.openChannel()
  channel.on('error', (error) => (failure = error))
  const state = { open: true, close: () => end() }
  const gone = (why: string | undefined) => {
    if (!state.open) return
    state.open = false
    if (why !== undefined) options.onGone(why)
  }
  const end = () => {
    state.open = false
    // The queue lives as long as the connection, which may go on serving others.
    channel.deleteQueue(options.queue).then(
      () => channel.close().catch(() => {}),
      () => {},
    )
  }
  try {
    await session.during(consumeAnswers(channel, options, gone))
  } catch (error) {
    throw failure ?? error
  }
  // Without an error it is the connection that goes, and the queue is made again on the next one.
  channel.on('close', () => gone(failure && brokerText(failure)))
  return state
}

async function consumeAnswers(
  channel: Channel,
  { queue, onAnswer, logger }: ReplyChannelOptions,
  gone: (why: string) => void,
): Promise<void> {
  await channel.assertQueue(queue, { exclusive: true, durable: false })
  const onMessage = (arrived: Parameters<Parameters<Channel['consume']>[1]>[0]) => {
    if (!arrived) return gone('the queue was deleted')
    try {
      onAnswer(toWireMessage(arrived))
    } catch (error) {
      // An error that got out of here would close the channel.
      logger.error({ queue, reason: brokerText(error) }, 'An answer could not be taken.')
    }
  }
  await channel.consume(queue, onMessage, { noAck: true, exclusive: true })
}

function noReplyQueue(limitMs: number, cause: unknown): BrokerError {
  const why = cause === undefined ? '' : ` (${brokerText(cause)})`
  return new BrokerError(
    'ERR_NOT_SENT',
    `There is no queue for the answer within ${limitMs} ms${why}, so the call was not sent. Sending it again is safe; with \`ignoreResult\` it needs none.`,
    { reason: 'disconnected', ...(cause === undefined ? {} : { cause }) },
  )
}
