/** Slots live as long as somebody holds or awaits them, and no longer. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { PendingResults } from '../../../src/results/pending-results.js'
import { until } from '../../support/until.js'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

describe('the slots of a backend', () => {
  it('are forgotten once nobody holds them', async () => {
    const pending = new PendingResults()
    for (let index = 0; index < 1000; index += 1) pending.expect(`id-${index}`)

    await until(() => {
      collectGarbage()
      return pending.size === 0
    })
  })

  it('stay while somebody awaits them, even if nobody holds the handle', async () => {
    const pending = new PendingResults()
    const seen: unknown[] = []
    pending.expect('awaited').subscribe({ onResult: (result) => seen.push(result.value), onClosed: () => {} })
    pending.expect('dropped')

    await until(() => {
      collectGarbage()
      return pending.size === 1
    })
    pending.settle({ taskId: 'awaited', state: 'SUCCESS', value: 1 })

    expect(seen).toEqual([1])
  })

  it('say whether anybody was there for a record', () => {
    const pending = new PendingResults()
    const slot = pending.expect('known')

    expect(pending.settle({ taskId: 'known', state: 'STARTED' })).toBe(true)
    expect(pending.settle({ taskId: 'unknown', state: 'STARTED' })).toBe(false)
    expect(slot.latest?.state).toBe('STARTED')
  })

  it('keep the first final record', () => {
    const pending = new PendingResults()
    const slot = pending.expect('id')

    pending.settle({ taskId: 'id', state: 'SUCCESS', value: 1 })
    pending.settle({ taskId: 'id', state: 'FAILURE' })

    expect(slot.latest).toEqual({ taskId: 'id', state: 'SUCCESS', value: 1 })
  })
})
