/** Checks which letters a run takes: what it sent itself is never sent again, however it came back so soon. */
import { describe, expect, it } from 'vitest'
import { createMemoryBroker } from '../../../src/broker/memory-broker.js'
import type { DeadLetter } from '../../../src/dead-letters/dead-letter.js'
import { moveLetters, type Move } from '../../../src/dead-letters/move.js'
import { sleep, systemClock } from '../../../src/kernel/clock.js'
import { BrokerError } from '../../../src/kernel/errors.js'
import { REPLAY_RUN } from '../../../src/message/headers.js'
import type { Headers } from '../../../src/message/wire-message.js'
import { tracked } from '../../support/tracked.js'

const QUEUE = 'graves'

/** A run over letters with these headers; `taken` are the ids of those it carried out. */
async function over(headers: readonly Headers[], given: Partial<Move> = {}) {
  const broker = tracked(createMemoryBroker({ namespace: 'ns' }))
  await broker.declare({ name: QUEUE })
  for (const each of headers) {
    await broker.publish({ routingKey: QUEUE }, { body: Buffer.from('[]'), properties: {}, headers: each })
  }
  const taken: string[] = []
  const move: Move = {
    ...{ broker, clock: systemClock, namespace: 'ns', queue: QUEUE, run: 'this run' },
    isMeant: () => true,
    check: () => ({ kind: 'would-move' }),
    carryOut: (letter: DeadLetter) => {
      taken.push(letter.id)
      return Promise.resolve({ kind: 'moved' })
    },
    ...{ limit: Infinity, rate: Infinity, dryRun: false },
    ...{ onLetter: undefined, onProgress: undefined, signal: undefined },
    ...given,
  }
  return { broker, taken, move }
}

const ids = (...names: string[]): Headers[] => names.map((id) => ({ id }))

describe('a run over dead letters', () => {
  it('leaves what it has sent itself, wherever in the queue that is', async () => {
    const { broker, taken, move } = await over([
      { id: 'mine', [REPLAY_RUN]: 'this run' },
      { id: 'another’s', [REPLAY_RUN]: 'an earlier run' },
      { id: 'fresh' },
    ])

    const report = await moveLetters(move)

    expect(taken).toEqual(['another’s', 'fresh'])
    expect(report).toMatchObject({ visited: 2, moved: 2, ended: 'done' })
    expect(await broker.inspect(QUEUE)).toMatchObject({ messages: 1 })
  })

  it('goes through them again after trouble with the broker, and counts nothing twice', async () => {
    let failures = 0
    const given: Partial<Move> = {
      carryOut: (letter) => {
        if (letter.id !== 'b' || ++failures > 1) return Promise.resolve({ kind: 'moved' })
        return Promise.reject(new BrokerError('ERR_NOT_SENT', 'Gone.', { reason: 'timeout' }))
      },
      isMeant: ({ id }) => id !== 'a',
    }
    const { broker, move } = await over(ids('a', 'b', 'c'), given)

    const report = await moveLetters(move)

    expect(failures).toBe(2)
    expect(report).toMatchObject({ waiting: 3, visited: 3, matched: 2, moved: 2 })
    expect(await broker.inspect(QUEUE)).toMatchObject({ messages: 1 })
  })

  it.each([
    ['the app was closed', new BrokerError('ERR_NOT_SENT', 'Closed.', { reason: 'closed' })],
    ['something is wrong in here', new RangeError('a bug')],
  ])('ends with the error where %s, and leaves what it could not move', async (_, error) => {
    const { broker, move } = await over(ids('a', 'b'), { carryOut: () => Promise.reject(error) })

    await expect(moveLetters(move)).rejects.toBe(error)

    expect(await broker.inspect(QUEUE)).toMatchObject({ messages: 2 })
  })

  it('takes another one for one that had to stay, up to its limit', async () => {
    const { move } = await over(ids('a', 'b', 'c', 'd'), {
      limit: 2,
      carryOut: ({ id }) =>
        Promise.resolve(id === 'a' ? { kind: 'skipped', why: 'unroutable', queue: 'q' } : { kind: 'moved' }),
    })

    expect(await moveLetters(move)).toMatchObject({
      visited: 3,
      matched: 3,
      moved: 2,
      skipped: 1,
      ended: 'limit',
    })
  })

  it('finishes what is on its way when it is told to stop', async () => {
    const stop = new AbortController()
    const sent = Promise.resolve().then(() => sleep(systemClock, 50))
    const { broker, move } = await over(ids('a', 'b', 'c'), {
      signal: stop.signal,
      onProgress: ({ visited }) => void (visited === 3 && stop.abort()),
      carryOut: () => sent.then(() => ({ kind: 'moved' })),
    })

    expect(await moveLetters(move)).toMatchObject({ moved: 3, ended: 'aborted' })
    expect(await broker.inspect(QUEUE)).toMatchObject({ messages: 0 })
  })

  it('has no more than a hundred of them on their way', async () => {
    let running = 0
    let most = 0
    const { move } = await over(ids(...Array.from({ length: 250 }, (_, n) => `n${n}`)), {
      carryOut: async () => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running -= 1
        return { kind: 'moved' }
      },
    })

    expect(await moveLetters(move)).toMatchObject({ moved: 250 })
    expect(most).toBe(100)
  })
})
