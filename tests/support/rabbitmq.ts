/** Gives a test file RabbitMQ: a fresh vhost on our own node, or a random namespace on a broker that is not ours. */
import amqp, { type ConfirmChannel } from 'amqplib'
import { randomBytes } from 'node:crypto'
import { beforeAll, describe } from 'vitest'
import { findInstallation } from '../../scripts/rabbitmq/installation.mjs'
import { controlNode, type NodeControl } from '../../scripts/rabbitmq/node-control.mjs'
import { startBroker, type ThrowawayBroker } from '../../scripts/throwaway-broker.mjs'
import { describeWithout } from './describe-without.js'
import { removeNamespace } from './remove-namespace.js'
import { tracked } from './tracked.js'
import { until } from './until.js'

/** RabbitMQ as one test file has it. What it holds can be read in hooks and tests, not while they are declared. */
export interface Rabbit {
  /** With login and vhost. */
  readonly url: string
  /** Random. Give it to every app: on a broker that is not ours nothing else keeps test files apart. */
  readonly namespace: string
  /** The name of a queue or exchange of this file: the same for the same word, removed with the file. */
  name(word: string): string
  /** A raw confirm channel on a connection of its own, closed after the test. */
  channel(): Promise<ConfirmChannel>
}

/** A `describe` whose tests need RabbitMQ: skipped where there is none, failing where there is none and `CI` is set. */
export function describeWithRabbit(name: string, tests: (rabbit: Rabbit) => void): void {
  const url = process.env['TASKALOPE_TEST_BROKER_URL']
  if (!url) return describeWithout(name, 'no RabbitMQ was handed to it; `npm test` finds or starts one')

  const session = (sessionOfFile ??= tracked(new Session(url, process.env['TASKALOPE_TEST_BROKER_FOLDER'])))
  describe(name, () => {
    beforeAll(() => session.open())
    tests(session)
  })
}

/** A `describe` whose tests call `startOwnNode`: left out where RabbitMQ is not installed, failing there in CI. */
export function describeWithOwnNode(name: string, tests: () => void): void {
  if (!findInstallation()) return describeWithout(name, 'RabbitMQ is not installed')
  describe(name, tests)
}

/** A node of its own for a test that kills or restarts it: 6 s and more to boot; stopped after the test, or the file. */
export async function startOwnNode(): Promise<ThrowawayBroker> {
  return tracked(await startBroker())
}

let sessionOfFile: Session | undefined

/** What one file has of the broker, from its first hook to its end. */
class Session implements Rabbit {
  readonly namespace = `test-${randomBytes(4).toString('hex')}`
  readonly #node: NodeControl | undefined
  readonly #names = new Set<string>()
  #url: string
  #opening: Promise<void> | undefined

  constructor(url: string, folder: string | undefined) {
    this.#url = url
    this.#node = folder ? controlNode(folder) : undefined
  }

  get url(): string {
    if (!this.#opening)
      throw new Error('The vhost is made before the first test: read `rabbit.url` in hooks and tests.')
    return this.#url
  }

  name(word: string): string {
    const name = `${this.namespace}.${word}`
    this.#names.add(name)
    return name
  }

  async channel(): Promise<ConfirmChannel> {
    const connection = await amqp.connect(this.url, { timeout: 10_000 })
    let isClosed = false
    connection.on('error', () => {})
    connection.on('close', () => (isClosed = true))
    tracked({ close: () => (isClosed ? undefined : connection.close()) })
    const channel = await connection.createConfirmChannel()
    // A channel the broker closes on purpose is for the test to notice; unheard, its error would end the connection.
    channel.on('error', () => {})
    return channel
  }

  open(): Promise<void> {
    return (this.#opening ??= this.#makeVhost())
  }

  async close(): Promise<void> {
    if (!this.#opening) return
    if (!this.#node) return removeNamespace(this.#url, this.namespace, this.#names)
    try {
      await this.#expectNoConnections(this.#node)
    } finally {
      await this.#node.deleteVhost(this.namespace)
    }
  }

  async #makeVhost(): Promise<void> {
    if (this.#node) this.#url = await this.#node.addVhost(this.namespace)
  }

  async #expectNoConnections(node: NodeControl): Promise<void> {
    const areGone = async () => (await node.connectionsOf(this.namespace)) === 0
    await until(areGone, { timeoutMs: 5_000, intervalMs: 100 }).catch(async () => {
      const open = await node.ctl(['-q', 'list_connections', 'vhost', 'name', 'client_properties'])
      const names = open
        .split('\n')
        .filter((line) => line.startsWith(`${this.namespace}\t`))
        .map((line) => /"connection_name","([^"]*)"/.exec(line)?.[1] ?? line)
      throw new Error(`This file leaves connections to RabbitMQ open: ${names.join(', ')}.`)
    })
  }
}
