/** The bookkeeping of publishing: who waits for what, and what becomes of a publish that has to end. */
import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { reconnectDelayMs } from '../../../../src/broker/amqp/backoff.js'
import { DeadlineSweep } from '../../../../src/broker/amqp/deadline-sweep.js'
import { HeldPublishes } from '../../../../src/broker/amqp/held-publishes.js'
import { PendingPublish } from '../../../../src/broker/amqp/pending-publish.js'
import { MAX_WAITING, MAX_WAITING_BYTES, PublishQueue } from '../../../../src/broker/amqp/publish-queue.js'
import { FakeClock } from '../../../../src/testing/fake-clock.js'

interface Settled {
  readonly publish: PendingPublish
  readonly outcome: () => unknown
  readonly count: () => number
}

function pending(body: Uint8Array = Buffer.from('x')): Settled {
  let outcome: unknown = 'pending'
  let count = 0
  const message = { body, properties: { correlationId: 'c-1' }, headers: {} }
  const publish = new PendingPublish({ routingKey: 'q' }, message, 1000, {
    owner: { onSettled: () => count++ },
    resolve: () => (outcome = 'done'),
    reject: (error) => (outcome = error),
  })
  return { publish, outcome: () => outcome, count: () => count }
}

/** An error as amqplib makes it of the broker's reply. */
function reply(code: number | undefined): Error {
  return Object.assign(new Error('bad'), { code })
}

describe('a publish that has to end', () => {
  it('was not sent, when it was never written', () => {
    const { publish, outcome } = pending()
    publish.giveUp('blocked', 'the broker is full')
    expect(outcome()).toMatchObject({ code: 'ERR_NOT_SENT', reason: 'blocked' })
  })

  it('has an unknown outcome, when it is written and not answered', () => {
    const { publish, outcome } = pending()
    publish.inFlight = true
    publish.giveUp('timeout', 'its time is over')
    expect(outcome()).toMatchObject({ code: 'ERR_UNKNOWN_OUTCOME', reason: undefined })
    expect(String(outcome())).toContain('correlation id "c-1"')
  })

  it('has an unknown outcome, when a channel ended over it, whatever came later', () => {
    const refused = pending()
    refused.publish.unsure = true
    refused.publish.refuse('unroutable', 'NO_ROUTE')
    expect(refused.outcome()).toMatchObject({ code: 'ERR_UNKNOWN_OUTCOME' })

    const nacked = pending()
    nacked.publish.unsure = true
    nacked.publish.nacked = true
    nacked.publish.giveUp('timeout', 'over')
    expect(nacked.outcome()).toMatchObject({ code: 'ERR_UNKNOWN_OUTCOME' })
  })

  it('was refused, when it is the one the broker closed its channel over, unless a connection ended over it', () => {
    const culprit = pending()
    culprit.publish.doubted = true
    culprit.publish.condemn('other', 'bad', reply(406))
    expect(culprit.outcome()).toMatchObject({ code: 'ERR_REFUSED', reason: 'other' })

    const doubted = pending()
    doubted.publish.doubted = true
    doubted.publish.refuse('unroutable', 'NO_ROUTE')
    expect(doubted.outcome()).toMatchObject({ code: 'ERR_UNKNOWN_OUTCOME' })

    const both = pending()
    Object.assign(both.publish, { doubted: true, unsure: true })
    both.publish.condemn('other', 'bad', reply(406))
    expect(both.outcome()).toMatchObject({ code: 'ERR_UNKNOWN_OUTCOME' })
  })

  it.each([
    [403, 'ERR_REFUSED'],
    [404, 'ERR_REFUSED'],
    [406, 'ERR_REFUSED'],
    [541, 'ERR_UNKNOWN_OUTCOME'],
    [undefined, 'ERR_UNKNOWN_OUTCOME'],
  ])('was refused only where the reply %s of the broker says that nothing is stored', (code, expected) => {
    const { publish, outcome } = pending()
    publish.condemn('other', 'bad', reply(code))
    expect(outcome()).toMatchObject({ code: expected })
  })

  it('was refused by a full queue, when the broker took it back', () => {
    const { publish, outcome } = pending()
    publish.nacked = true
    publish.giveUp('timeout', 'its time is over')
    expect(outcome()).toMatchObject({ code: 'ERR_REFUSED', reason: 'queue-full' })
  })

  it('settles once, and says so once', () => {
    const { publish, outcome, count } = pending()
    publish.succeed()
    publish.giveUp('timeout', 'late')
    publish.refuse('other', 'later')
    publish.succeed()
    expect([outcome(), count()]).toEqual(['done', 1])
  })

  it('keeps what amqplib needs: persistent and mandatory unless said otherwise, and no copy of the body', () => {
    const body = Buffer.from('part of more').subarray(2, 6)
    const { publish } = pending(new Uint8Array(body.buffer, body.byteOffset, body.length))
    expect(publish.options).toMatchObject({ persistent: true, mandatory: true, correlationId: 'c-1' })
    expect([publish.content.toString(), publish.content.buffer === body.buffer]).toEqual([
      body.toString(),
      true,
    ])
  })
})

describe('publishes that wait', () => {
  it('come out in order, those put back first', () => {
    const [a, b, c, d] = [pending().publish, pending().publish, pending().publish, pending().publish]
    const queue = new PublishQueue()
    for (const publish of [a, b, c]) queue.push(publish)
    expect(queue.take()).toBe(a)

    queue.putBack([d, a])

    expect([...queue]).toEqual([d, a, b, c])
    expect([queue.take(), queue.take(), queue.take(), queue.take(), queue.take()]).toEqual([
      d,
      a,
      b,
      c,
      undefined,
    ])
  })

  it('are bounded in number and bytes, but one always fits', () => {
    const queue = new PublishQueue()
    expect(queue.isFullFor(MAX_WAITING_BYTES * 2)).toBe(false)

    queue.push(pending(Buffer.alloc(10)).publish)
    expect(queue.isFullFor(MAX_WAITING_BYTES - 10)).toBe(false)
    expect(queue.isFullFor(MAX_WAITING_BYTES - 9)).toBe(true)

    const small = pending(Buffer.alloc(0)).publish
    while (queue.size < MAX_WAITING) queue.push(small)
    expect(queue.isFullFor(0)).toBe(true)
  })

  it('keep their order and their bytes through any mix of coming, going and coming back', () => {
    const step = fc.constantFrom('push', 'push', 'take', 'take', 'putBack', 'settle', 'drop')
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const queue = new PublishQueue()
        let model: PendingPublish[] = []
        const taken: PendingPublish[] = []
        for (const [index, next] of steps.entries()) {
          if (next === 'push') {
            const { publish } = pending(Buffer.alloc(index % 7))
            queue.push(publish)
            model.push(publish)
          } else if (next === 'take') {
            const publish = queue.take()
            expect(publish).toBe(model.shift())
            if (publish) taken.push(publish)
          } else if (next === 'putBack') {
            const back = taken.splice(0)
            queue.putBack(back)
            model = [...back, ...model]
          } else if (next === 'settle') model[0]?.succeed()
          else {
            queue.dropSettled()
            model = model.filter(({ settled }) => !settled)
          }
          expect([...queue]).toEqual(model)
          const bytes = model.reduce((sum, { content }) => sum + content.length, 0)
          expect(queue.isFullFor(MAX_WAITING_BYTES - bytes)).toBe(false)
          if (model.length > 0) expect(queue.isFullFor(MAX_WAITING_BYTES - bytes + 1)).toBe(true)
        }
      }),
    )
  })
})

describe('the deadlines of many', () => {
  it('are watched by one timer, armed for the earliest', async () => {
    const clock = new FakeClock()
    const due: number[] = []
    const sweep = new DeadlineSweep(clock, (now) => due.push(now))

    for (const deadline of [500, 600, 300, 400]) sweep.armBy(deadline, true)
    expect(clock.waiting).toBe(1)
    await clock.advance(299)
    expect(due).toEqual([])

    await clock.advance(1)
    expect(due).toEqual([300])
    expect(clock.waiting).toBe(0)
  })

  it('can be armed again after they were due, and stopped', async () => {
    const clock = new FakeClock()
    const due: number[] = []
    const sweep = new DeadlineSweep(clock, (now) => due.push(now))
    sweep.armBy(100, true)
    await clock.advance(100)
    sweep.armBy(250, false)
    await clock.advance(150)
    sweep.armBy(300, true)
    sweep.stop()
    await clock.advance(1000)
    expect(due).toEqual([100, 250])
  })
})

describe('publishes the broker took back', () => {
  it('are offered again soon, later while nothing gets through, and soon again after that', async () => {
    const clock = new FakeClock()
    const retries: number[] = []
    const held = new HeldPublishes(clock, () => {
      retries.push(clock.monotonic())
      for (const publish of held.takeAll()) if (retries.length < 6) held.holdForRetry(publish)
    })

    held.holdForRetry(pending().publish)
    await clock.advance(10_000)
    expect(retries).toEqual([200, 600, 1400, 2400, 3400, 4400])

    held.gotThrough()
    held.holdForRetry(pending().publish)
    await clock.advance(200)
    expect(retries.at(-1)).toBe(10_200)
  })

  it('are dropped once they are settled', () => {
    const held = new HeldPublishes(new FakeClock(), () => {})
    const [first, second] = [pending().publish, pending().publish]
    held.holdForRetry(first)
    held.holdForRetry(second)
    first.succeed()
    expect(held.takeAll()).toEqual([second])
    expect(held.takeAll()).toEqual([])
  })

  it('come back together and in order, when what they miss is made, and not with the retries', async () => {
    const held = new HeldPublishes(new FakeClock(), () => {})
    const [first, second, third] = [pending().publish, pending().publish, pending().publish]
    const done: unknown[] = []
    let end = () => {}
    const work = new Promise<void>((resolve) => (end = resolve))
    for (const publish of [first, second, third])
      held.holdDuring(work, publish, (...told) => void done.push(told))
    second.succeed()

    expect(held.takeAll()).toEqual([])
    expect([...held]).toEqual([first, second, third])

    end()
    await work
    expect(done).toEqual([[[first, third], undefined]])
    expect([[...held], held.waiting]).toEqual([[], 0])
  })

  it('come back with the error, when what they miss cannot be made', async () => {
    const held = new HeldPublishes(new FakeClock(), () => {})
    const { publish } = pending()
    const done: unknown[] = []
    const error = new Error('no rights')

    held.holdDuring(Promise.reject(error), publish, (...told) => void done.push(told))

    await vi.waitFor(() => expect(done).toEqual([[[publish], error]]))
  })

  it('keep others out while too many miss something', async () => {
    const held = new HeldPublishes(new FakeClock(), () => {})
    const work = new Promise<void>(() => {})
    for (let count = 0; count < MAX_WAITING; count++) {
      expect(held.isFullFor(1)).toBe(false)
      held.holdDuring(work, pending().publish, () => {})
    }
    expect(held.isFullFor(1)).toBe(true)

    const large = new HeldPublishes(new FakeClock(), () => {})
    expect(large.isFullFor(MAX_WAITING_BYTES + 1)).toBe(false)
    large.holdDuring(work, pending().publish, () => {})
    expect([large.isFullFor(1), large.isFullFor(MAX_WAITING_BYTES)]).toEqual([false, true])
  })

  it('take no room any more once what they missed is there', async () => {
    const held = new HeldPublishes(new FakeClock(), () => {})
    const small = pending().publish
    await new Promise<void>((resolve) => {
      held.holdDuring(Promise.resolve(), pending(Buffer.alloc(100)).publish, () => resolve())
    })

    held.holdDuring(new Promise(() => {}), small, () => {})

    expect(held.waiting).toBe(1)
    expect(held.isFullFor(MAX_WAITING_BYTES - small.content.length)).toBe(false)
    expect(held.isFullFor(MAX_WAITING_BYTES)).toBe(true)
  })

  it('are bounded', () => {
    const held = new HeldPublishes(new FakeClock(), () => {})
    const kept = Array.from({ length: 5001 }, () => held.holdForRetry(pending().publish))

    expect([kept.indexOf(false), kept.filter(Boolean)]).toEqual([5000, Array(5000).fill(true)])
    held.takeAll()
    expect(held.holdForRetry(pending().publish)).toBe(true)
  })
})

describe('the wait before reconnecting', () => {
  it('is random, grows from 100 ms and never passes 5 s', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const delayMs = reconnectDelayMs(failures, () => random)
        expect(delayMs).toBeGreaterThanOrEqual(0)
        expect(delayMs).toBeLessThanOrEqual(Math.min(5000, 100 * 2 ** Math.max(0, failures - 1)))
      }),
    )
    expect([1, 2, 6, 7, 100].map((failures) => reconnectDelayMs(failures, () => 1))).toEqual([
      100, 200, 3200, 5000, 5000,
    ])
  })
})
