/** One open connection, from its handshake until it is lost; whatever was made on it is gone with it. */
import type { Channel, ChannelModel, ConfirmChannel } from 'amqplib'

export class Session {
  readonly model: ChannelModel
  readonly #onEnd = new Set<(error: Error) => void>()
  #endedBy: Error | undefined

  constructor(model: ChannelModel) {
    this.model = model
  }

  /** False as soon as the connection is lost. */
  get alive(): boolean {
    return this.#endedBy === undefined
  }

  /** Belongs to the connection: what still waits on this session is rejected. */
  end(error: Error): void {
    if (this.#endedBy) return
    this.#endedBy = error
    const waiting = [...this.#onEnd]
    this.#onEnd.clear()
    for (const reject of waiting) reject(error)
  }

  /** Settles as `work` does, or rejects when the session ends: amqplib leaves requests made while it loses a connection unanswered. */
  during<T>(work: Promise<T>): Promise<T> {
    if (this.#endedBy) return Promise.reject(this.#endedBy)
    return new Promise((resolve, reject) => {
      this.#onEnd.add(reject)
      work.then(resolve, reject).finally(() => this.#onEnd.delete(reject))
    })
  }

  /** A channel whose errors close only itself. */
  async openChannel(): Promise<Channel> {
    const channel = await this.during(this.model.createChannel())
    // Without a listener an error of a channel would close the connection.
    channel.on('error', () => {})
    return channel
  }

  /** A channel with publisher confirms; whoever asks for it listens to its errors at once. */
  openConfirmChannel(): Promise<ConfirmChannel> {
    return this.during(this.model.createConfirmChannel())
  }

  /** Runs `work` on a channel of its own and closes that; errors of the channel arrive as rejections only. */
  async onThrowawayChannel<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = await this.openChannel()
    try {
      return await this.during(work(channel))
    } finally {
      channel.close().catch(() => {})
    }
  }
}
