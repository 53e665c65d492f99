/** What a test opened is closed after it, and what a file opened after the file. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tracked } from '../support/tracked.js'

const closed: string[] = []

function open(name: string): void {
  tracked({ close: () => closed.push(name) })
}

describe('tracked', () => {
  beforeAll(() => open('of the file'))

  it('is asked to close three things', () => {
    open('first')
    tracked({ stop: () => Promise.resolve().then(() => closed.push('second')) })
    open('third')

    expect(closed).toEqual([])
  })

  it('closed what the test before opened, last opened first, and not what the file opened', () => {
    expect(closed).toEqual(['third', 'second', 'first'])
  })

  afterAll(() => {
    expect(closed).not.toContain('of the file')
  })
})
