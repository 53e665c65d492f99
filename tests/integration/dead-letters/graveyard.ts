/** An app with tasks that die, and a word for what lies among its dead letters. */
import { expect } from 'vitest'
import { type DeadLetter, type DeadLetterFilter, type Taskalope, task } from '../../../src/index.js'
import type { Headers, MessageProperties } from '../../../src/message/wire-message.js'
import type { Road } from '../../support/both-brokers.js'
import { tracked } from '../../support/tracked.js'
import { until } from '../../support/until.js'

/** Tasks that fail until they are told otherwise, and remember which numbers they ran with. */
export class Graveyard {
  readonly app: Taskalope
  readonly ran: number[] = []
  isBroken = true
  readonly #tasks

  /** A namespace of its own on the road. */
  constructor(road: Road, word: string) {
    const namespace = road.queue(word)
    this.app = road.app({
      ...{ namespace, defaultQueue: `${namespace}.tasks` },
      ...(road.kind === 'embedded' && { broker: `memory://${namespace}` }),
    })
    const attempt = (ErrorClass: new (text: string) => Error) => (n: number) => {
      this.ran.push(n)
      if (this.isBroken) throw new ErrorClass(`number ${n}`)
      return n
    }
    this.#tasks = {
      mail: task({ name: 'mail' }, attempt(TypeError)),
      image: task({ name: 'image' }, attempt(RangeError)),
    }
    this.app.registry.add(this.#tasks.mail, this.#tasks.image)
  }

  get letters() {
    return this.app.deadLetters
  }

  /** A worker of all its queues. */
  async work(): Promise<void> {
    await tracked(this.app.worker({ concurrency: 20 })).start()
  }

  /** Sends calls that die, one after the other, so that their order among the dead is known. */
  async bury(...calls: readonly (readonly ['mail' | 'image', number])[]): Promise<void> {
    for (const [name, n] of calls) {
      const result = await this.app.run(() => this.#tasks[name].delay(n))
      await result.get({ timeout: '10s' }).catch(() => {})
    }
    await until(async () => (await this.letters.count()) >= calls.length, { what: 'all are dead letters' })
  }

  /** Puts a message among the dead letters as somebody else might. */
  async plant(
    body: string,
    headers: Headers = {},
    { routingKey = 'tasks', properties = {} }: { routingKey?: string; properties?: MessageProperties } = {},
  ): Promise<void> {
    const broker = await this.app.broker()
    await broker.publish(
      { exchange: this.letters.queue, routingKey },
      { body: Buffer.from(body), properties, headers },
    )
  }

  async list(filter: DeadLetterFilter = {}): Promise<DeadLetter[]> {
    const found: DeadLetter[] = []
    for await (const letter of this.letters.list(filter)) found.push(letter)
    return found
  }

  /** The numbers of the dead calls, in the order of the queue. */
  async numbers(filter: DeadLetterFilter = {}): Promise<unknown[]> {
    const letters = await this.list(filter)
    return Promise.all(letters.map(async (letter) => (await this.letters.callOf(letter))?.args[0]))
  }

  async expectCount(count: number): Promise<void> {
    await until(async () => (await this.letters.count()) === count, { what: `${count} dead letters` })
    expect(await this.letters.count()).toBe(count)
  }
}
