/** The confirm channels of a publisher: one to write on, and older ones that are only waited for. */
import type { Clock } from '../../kernel/clock.js'
import type { Logger } from '../../kernel/logger.js'
import { brokerText } from './amqp-errors.js'
import { ConfirmLane, type LaneOwner } from './confirm-lane.js'
import type { PendingPublish } from './pending-publish.js'
import type { Session } from './session.js'

/** What opening channels needs. */
export interface PublishLanesOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly owner: LaneOwner
  /** There is a channel to write on. */
  readonly onOpen: () => void
}

/** How long to wait after a channel could not be opened on a connection that stands. */
const RETRY_MS = 200

export class PublishLanes {
  readonly #options: PublishLanesOptions
  readonly #all = new Set<ConfirmLane>()
  #current: ConfirmLane | undefined
  #openingFor: Session | undefined

  constructor(options: PublishLanesOptions) {
    this.#options = options
  }

  /** The channel to write on; undefined while there is none. */
  get current(): ConfirmLane | undefined {
    return this.#current
  }

  /** Everything written and not answered. */
  get unanswered(): PendingPublish[] {
    return [...this.#all].flatMap((lane) => [...lane.unanswered])
  }

  /** Opens a new channel to write on; the old one is closed when all that is on it has been answered. Resolves also when that fails. */
  async renew(session: Session): Promise<void> {
    if (this.#openingFor === session || !session.alive) return
    this.#openingFor = session
    const channel = await this.#openChannel(session)
    if (this.#openingFor === session) this.#openingFor = undefined
    if (!channel) return
    this.#current?.retire()
    this.#current = channel
    this.#all.add(channel)
    this.#options.onOpen()
  }

  /** This one is gone. */
  remove(lane: ConfirmLane): void {
    this.#all.delete(lane)
    if (this.#current === lane) this.#current = undefined
  }

  async #openChannel(session: Session): Promise<ConfirmLane | undefined> {
    const { clock, logger, owner } = this.#options
    try {
      return new ConfirmLane(await session.openConfirmChannel(), owner)
    } catch (error) {
      logger.debug({ reason: brokerText(error) }, 'No channel to publish on.')
      const again = () => void (this.#current ?? this.renew(session))
      if (session.alive) clock.after(RETRY_MS, again, { keepAlive: false })
      return undefined
    }
  }
}
