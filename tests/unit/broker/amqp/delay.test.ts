/** The ladder of delays, walked through on paper: every message waits exactly as long as it should, and arrives where it should and nowhere else. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  delayedAddress,
  deliverDeclaration,
  fitToWait,
  isDelayExchange,
  ladderDeclarations,
} from '../../../../src/broker/amqp/delay.js'
import type { Declaration } from '../../../../src/broker/amqp/topology.js'

const LEVELS = 28
const LONGEST_MS = (2 ** LEVELS - 1) * 1000

/** Everything that is not a topic exchange is missing here, so whatever the ladder needs has to be in its declarations. */
class PaperBroker {
  readonly #exchanges = new Map<
    string,
    { readonly key: string; readonly to: string; readonly isQueue: boolean }[]
  >()
  readonly #queues = new Map<string, Readonly<Record<string, string | number>>>()

  constructor(declarations: readonly Declaration[]) {
    for (const each of declarations) this.#declare(each)
  }

  /** Where a message ends, after which levels, and after how many milliseconds. */
  follow(exchange: string, key: string): { ends: string[]; levels: string[]; waitedMs: number } {
    const walk = { ends: [] as string[], levels: [] as string[], waitedMs: 0 }
    const todo = this.#routed(exchange, key)
    for (let queue = todo.shift(); queue !== undefined; queue = todo.shift()) {
      const settings = this.#queues.get(queue)
      if (!settings) walk.ends.push(queue)
      else {
        walk.levels.push(queue)
        walk.waitedMs += settings['x-message-ttl'] as number
        todo.push(...this.#routed(settings['x-dead-letter-exchange'] as string, key))
      }
    }
    return walk
  }

  #declare(declaration: Declaration): void {
    switch (declaration.kind) {
      case 'exchange':
        expect(declaration.type).toBe('topic')
        return void this.#exchanges.set(declaration.name, [])
      case 'queue':
        return void this.#queues.set(declaration.name, declaration.arguments)
      case 'binding':
        return this.#bind(declaration.exchange, declaration.key, declaration.queue, true)
      case 'exchange-binding':
        return this.#bind(declaration.exchange, declaration.key, declaration.to, false)
    }
  }

  #bind(exchange: string, key: string, to: string, isQueue: boolean): void {
    const bindings = this.#exchanges.get(exchange)
    if (!bindings) throw new Error(`exchange "${exchange}" is bound before it is there`)
    bindings.push({ key, to, isQueue })
  }

  #routed(exchange: string, key: string): string[] {
    const bindings = this.#exchanges.get(exchange)
    if (!bindings) throw new Error(`there is no exchange "${exchange}"`)
    const matching = bindings.filter((binding) => matches(binding.key.split('.'), key.split('.')))
    return matching.flatMap(({ to, isQueue }) => (isQueue ? [to] : this.#routed(to, key)))
  }
}

/** AMQP's topics: `*` is one word, `#` any number of them. */
function matches([first, ...rest]: readonly string[], words: readonly string[]): boolean {
  if (first === undefined) return words.length === 0
  if (first === '#') return words.some((_, at) => matches(rest, words.slice(at))) || matches(rest, [])
  if (words.length === 0) return false
  return (first === '*' || first === words[0]) && matches(rest, words.slice(1))
}

function ladderFor(...queues: readonly string[]): PaperBroker {
  const bound = queues.map((queue) => deliverDeclaration('shop', queue))
  return new PaperBroker([...ladderDeclarations('shop'), ...bound])
}

function addressOf(queue: string, delayMs: number): { exchange: string; routingKey: string } {
  const address = delayedAddress('shop', queue, delayMs)
  if (!address) throw new Error(`${delayMs} ms is no delay`)
  return address
}

/** Delays of every order of magnitude. */
const delaysMs = fc
  .tuple(fc.integer({ min: 0, max: LEVELS - 1 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([level, fraction]) => Math.min(LONGEST_MS, 2 ** level * 1000 * (1 + fraction)))

const words = fc.oneof(fc.constantFrom('*', '#', '**', '0', '1', '', 'high'), fc.string({ maxLength: 5 }))
const names = fc
  .array(words, { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join('.').replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ''))
  .filter((name) => name !== '')

describe('the ladder of delays', () => {
  it('keeps every message exactly as long as it should wait, in whole seconds rounded up', () => {
    const ladder = ladderFor('mail')
    fc.assert(
      fc.property(delaysMs, (delayMs) => {
        const { exchange, routingKey } = addressOf('mail', delayMs)
        const { ends, waitedMs } = ladder.follow(exchange, routingKey)

        expect(ends).toEqual(['mail'])
        expect(waitedMs).toBe(Math.ceil(delayMs / 1000) * 1000)
        expect(waitedMs).toBeGreaterThanOrEqual(delayMs)
      }),
      { numRuns: 2000 },
    )
  })

  it('stops a message at the levels of its bits and nowhere else, the highest first', () => {
    const ladder = ladderFor('mail')
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** LEVELS - 1 }), (seconds) => {
        const { exchange, routingKey } = addressOf('mail', seconds * 1000)
        const set = Array.from({ length: LEVELS }, (_, level) => level).filter(
          (level) => (seconds >> level) & 1,
        )

        const { levels } = ladder.follow(exchange, routingKey)

        expect(levels).toEqual(set.toReversed().map((level) => `shop.delay.${level}`))
        expect(exchange).toBe(levels[0])
      }),
    )
  })

  it.each([
    [1, 'shop.delay.0'],
    [1000, 'shop.delay.0'],
    [1001, 'shop.delay.1'],
    [3000, 'shop.delay.1'],
    [1_200_000, 'shop.delay.10'],
    [LONGEST_MS, 'shop.delay.27'],
  ])('lets %s ms in at %s', (delayMs, exchange) => {
    expect(addressOf('mail', delayMs).exchange).toBe(exchange)
  })

  it('writes the delay and the queue into a key from which both can be read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** LEVELS - 1 }), names, (seconds, queue) => {
        fc.pre(!queue.split('.').some((word) => word === '*' || word === '#'))
        const parts = addressOf(queue, seconds * 1000).routingKey.split('.')

        expect(parseInt(parts.slice(0, LEVELS).join(''), 2)).toBe(seconds)
        expect(parts.slice(LEVELS).join('.')).toBe(queue)
      }),
    )
  })

  it('tells queues apart, however alike their names are and whatever stands in them', () => {
    fc.assert(
      fc.property(fc.uniqueArray(names, { minLength: 2, maxLength: 6 }), delaysMs, (queues, delayMs) => {
        const ladder = ladderFor(...queues)
        for (const queue of queues) {
          const { exchange, routingKey } = addressOf(queue, delayMs)
          expect(ladder.follow(exchange, routingKey).ends).toEqual([queue])
        }
      }),
    )
  })

  it.each([0, -1, -Infinity])('has nothing to do with a delay of %s ms', (delayMs) => {
    expect(delayedAddress('shop', 'mail', delayMs)).toBeUndefined()
  })

  it.each([LONGEST_MS + 1, Infinity, NaN])('refuses a delay of %s ms', (delayMs) => {
    expect(() => delayedAddress('shop', 'mail', delayMs)).toThrow(
      expect.objectContaining({ code: 'ERR_DELAY_RANGE' }) as Error,
    )
  })

  it('takes the longest name of a queue, and refuses what does not fit into a routing key', () => {
    for (const longest of ['x'.repeat(199), 'é'.repeat(99), '*.'.repeat(99), '#.'.repeat(99)])
      expect(Buffer.byteLength(addressOf(longest, 1000).routingKey)).toBeLessThanOrEqual(255)
    expect(() => addressOf('x'.repeat(200), 1000)).toThrow(
      expect.objectContaining({ code: 'ERR_QUEUE_NAME' }) as Error,
    )
  })

  it('ends where what finds no queue becomes a dead letter', () => {
    const alternates = ladderDeclarations('shop').flatMap((each) =>
      each.kind === 'exchange' && each.otherwise !== undefined ? [[each.name, each.otherwise]] : [],
    )
    expect(alternates).toEqual([['shop.delay.deliver', 'shop.dead']])
  })

  it('is made of queues that hand on safely, lose nothing and never end', () => {
    const queues = ladderDeclarations('shop').filter((each) => each.kind === 'queue')
    expect(queues).toHaveLength(LEVELS)
    for (const [level, queue] of queues.entries()) {
      expect(queue).toEqual({
        kind: 'queue',
        name: `shop.delay.${level}`,
        ifExists: 'compare',
        arguments: {
          'x-queue-type': 'quorum',
          'x-message-ttl': 2 ** level * 1000,
          'x-dead-letter-exchange': level === 0 ? 'shop.delay.deliver' : `shop.delay.${level - 1}`,
          'x-dead-letter-strategy': 'at-least-once',
          'x-overflow': 'reject-publish',
        },
      })
    }
  })

  it('takes a message without what would end its wait, and leaves everything else as it is', () => {
    const headers = { 'x-tenant': 't', retries: 1, ['__proto__']: 'x' }
    const plain = { body: Buffer.from('x'), properties: { type: 't', expiration: '1' }, headers }
    expect(fitToWait(plain)).toEqual({ ...plain, properties: { type: 't' } })
    expect(fitToWait(plain).headers).toBe(headers)

    const traces = { 'x-death': [], 'x-first-death-queue': 'q', 'x-delivery-count': 2, CC: ['a'] }
    const again = { ...plain, headers: { ...headers, ...traces } }
    expect(fitToWait(again)).toEqual({ ...plain, properties: { type: 't' } })
  })

  it('knows its own exchanges', () => {
    const exchanges = ladderDeclarations('shop').flatMap((each) =>
      each.kind === 'exchange' ? [each.name] : [],
    )
    expect(exchanges).toHaveLength(LEVELS + 1)
    for (const exchange of exchanges) expect(isDelayExchange('shop', exchange)).toBe(true)
    for (const other of ['', 'shop.dead', 'shop2.delay.1', 'delay.1'])
      expect(isDelayExchange('shop', other)).toBe(false)
  })
})
