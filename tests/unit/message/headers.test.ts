/** The names of headers: each once, and in one file. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  CELERY,
  DEAD_LETTER,
  isBrokerName,
  isBrokerTrace,
  isCeleryName,
  OWN_PREFIX,
} from '../../../src/message/headers.js'

const src = new URL('../../../src/', import.meta.url)
const HEADER_LITERAL = /['"`]taskalope-[a-z]/

describe('header names', () => {
  it('of ours stand in message/headers.ts and nowhere else', () => {
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    )
    const withLiterals = files.filter((file) => HEADER_LITERAL.test(readFileSync(new URL(file, src), 'utf8')))

    expect(files.length).toBeGreaterThan(50)
    expect(withLiterals).toEqual(['message/headers.ts'])
  })

  it('are unique, and ours have the prefix that keeps them apart', () => {
    const names = [...Object.values(CELERY), ...Object.values(DEAD_LETTER)]

    expect(new Set(names).size).toBe(names.length)
    expect(Object.values(DEAD_LETTER).every((name) => name.startsWith(OWN_PREFIX))).toBe(true)
    expect(Object.values(CELERY).every(isCeleryName)).toBe(true)
    expect(isCeleryName('toString')).toBe(false)
  })

  it.each(['x-death', 'x-first-death-queue', 'x-last-death-reason', 'x-delivery-count', 'x-acquired-count'])(
    '%s is the record of a broker, and not for callers',
    (name) => {
      expect([isBrokerTrace(name), isBrokerName(name)]).toEqual([true, true])
    },
  )

  it('x-tenant may come in from Python, but is not for callers here', () => {
    expect([isBrokerTrace('x-tenant'), isBrokerName('x-tenant')]).toEqual([false, true])
  })

  it.each(['CC', 'BCC'])('%s makes RabbitMQ send copies, and is not for callers', (name) => {
    expect(isBrokerName(name)).toBe(true)
  })
})
