/** Checks which dead letters a filter means, and that one which cannot be meant is refused before anything is done. */
import { describe, expect, it } from 'vitest'
import { letterMatcher, type DeadLetterFilter } from '../../../src/dead-letters/filter.js'
import { DEAD_LETTER } from '../../../src/message/headers.js'
import { letterOf, NOW } from './letters.js'

const letter = letterOf({
  headers: {
    id: 'a1',
    task: 'mail.send',
    [DEAD_LETTER.code]: 'ERR_TASK_FAILED',
    [DEAD_LETTER.class]: 'TypeError',
    [DEAD_LETTER.attempts]: 1,
    [DEAD_LETTER.queue]: 'mail',
    [DEAD_LETTER.at]: new Date(NOW - 60_000).toISOString(),
  },
})
const timeless = letterOf({ headers: { id: 'a2' } })

describe('a filter', () => {
  it.each<[DeadLetterFilter, boolean]>([
    [{}, true],
    [{ id: 'a1' }, true],
    [{ id: 'a' }, false],
    [{ task: 'mail.send' }, true],
    [{ task: 'mail' }, false],
    [{ error: 'ERR_TASK_FAILED' }, true],
    [{ error: 'TypeError' }, true],
    [{ error: 'failed' }, true],
    [{ error: 'typeerror' }, false],
    [{ queue: 'mail' }, true],
    [{ queue: 'other' }, false],
    [{ olderThan: '59s' }, true],
    [{ olderThan: '1m' }, false],
    [{ newerThan: '61s' }, true],
    [{ newerThan: 60_000 }, false],
    [{ olderThan: 0 }, true],
    [{ task: 'mail.send', error: 'TypeError', queue: 'mail', olderThan: '1s', newerThan: '1h' }, true],
    [{ task: 'mail.send', error: 'RangeError' }, false],
  ])('%j means it: %s', (filter, isMeant) => {
    expect(letterMatcher(filter)(letter)).toBe(isMeant)
  })

  it('by age means none that does not say since when it is dead', () => {
    expect(letterMatcher({ olderThan: 0 })(timeless)).toBe(false)
    expect(letterMatcher({ newerThan: '1d' })(timeless)).toBe(false)
    expect(letterMatcher({})(timeless)).toBe(true)
  })

  it.each([
    [{ olderThen: '1h' }, 'ERR_OPTION_UNKNOWN', 'Did you mean "olderThan"?'],
    [{ name: 'x' }, 'ERR_OPTION_UNKNOWN', 'There are: id, task'],
    [{ id: undefined }, 'ERR_OPTION_INVALID', '"id"'],
    [{ task: '' }, 'ERR_OPTION_INVALID', 'is empty'],
    [{ error: 5 }, 'ERR_OPTION_INVALID', '"error"'],
    [{ olderThan: undefined }, 'ERR_OPTION_INVALID', '"olderThan"'],
    [{ olderThan: '-5m' }, 'ERR_DELAY_INVALID', '"olderThan"'],
    [{ newerThan: NaN }, 'ERR_DELAY_INVALID', '"newerThan"'],
    [null, 'ERR_OPTION_INVALID', 'null'],
    ['mail', 'ERR_OPTION_INVALID', 'mail'],
    [[], 'ERR_OPTION_INVALID', '[]'],
  ])('%j is refused, for it could mean anything', (filter, code, text) => {
    expect(() => letterMatcher(filter as DeadLetterFilter)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(text) as string }),
    )
  })
})
