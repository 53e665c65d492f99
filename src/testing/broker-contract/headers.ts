/** The broker contract on headers: every kind of value comes out as it went in. */
import assert from 'node:assert/strict'
import type { HeaderValue, Headers } from '../../message/wire-message.js'
import { rule, type Rule } from './rules.js'
import { messageOf } from './trial.js'

const VALUES: readonly (readonly [string, HeaderValue])[] = [
  ['text', 'a text'],
  ['empty text', ''],
  ['text beyond ASCII', 'Grüße, 世界, 🦌'],
  ['true', true],
  ['false', false],
  ['null', null],
  ['zero', 0],
  ['a byte', 200],
  ['a negative byte', -100],
  ['16 bits', 40_000],
  ['negative 16 bits', -30_000],
  ['32 bits', 2 ** 31 - 1],
  ['negative 32 bits', -(2 ** 31)],
  ['beyond 32 bits', 2 ** 31],
  ['beyond unsigned 32 bits', 2 ** 32 + 1],
  ['negative beyond 32 bits', -(2 ** 31) - 1],
  ['53 bits', Number.MAX_SAFE_INTEGER],
  ['negative 53 bits', Number.MIN_SAFE_INTEGER],
  ['a bigint beyond 53 bits', 2n ** 53n + 1n],
  ['the largest bigint', 2n ** 63n - 1n],
  ['the smallest bigint', -(2n ** 63n)],
  ['a fraction', 0.1],
  ['a negative fraction', -1234.5678],
  ['a tiny number', 5e-324],
  ['a huge number', 1.5e300],
  ['bytes', Uint8Array.of(0, 1, 0x80, 0xff)],
  ['no bytes', new Uint8Array(0)],
  ['an array', [1, 'two', null, true, 0.5, Uint8Array.of(255)]],
  ['an empty array', []],
  ['arrays in arrays', [[1, [2, [3]]], []]],
  ['a table', { a: 1, b: { c: [{ d: 'deep' }] } }],
  ['an empty table', {}],
]

export const headers: readonly Rule[] = [
  rule('carries every kind of value, alone and all together', async (trial) => {
    const queue = await trial.declare()
    const inbox = await trial.consume(queue)
    const together = Object.fromEntries(VALUES)
    const tables: readonly Headers[] = [...VALUES.map(([, value]) => ({ value })), together]

    for (const headers of tables) await trial.publish(queue, messageOf('', {}, headers))

    for (const headers of tables) {
      const { message } = await inbox.next()
      assert.deepEqual(comparable(message.headers), comparable(headers))
    }
  }),

  rule('hands out header tables without a prototype', async (trial) => {
    const queue = await trial.declare()
    const inbox = await trial.consume(queue)

    await trial.publish(queue, messageOf('', {}, { table: { a: 1 } }))

    const { headers } = (await inbox.next()).message
    assert.equal(Object.getPrototypeOf(headers), null)
    assert.equal(Object.getPrototypeOf(headers['table']), null)
  }),

  rule('takes "__proto__" for the name that it is, at every depth', async (trial) => {
    const queue = await trial.declare()
    const inbox = await trial.consume(queue)
    const table = JSON.parse(
      '{"__proto__":{"polluted":true},"inner":{"__proto__":{"polluted":true}}}',
    ) as Headers

    await trial.publish(queue, messageOf('', {}, table))

    const { headers } = (await inbox.next()).message
    assert.deepEqual(comparable(headers), comparable(table))
    assert.equal(headers['polluted'], undefined)
    assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  }),
]

/** A value in a form where only what counts is compared: bytes whatever their class, tables whatever their prototype. */
function comparable(value: HeaderValue): unknown {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== 'object' || value === null) return value
  return new Map(Object.entries(value).map(([key, inner]) => [key, comparable(inner)]))
}
