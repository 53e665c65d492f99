/** No more commands run at a time than `npm run check` says. */
import { expect, it } from 'vitest'
import { limited } from '../../scripts/check/limited.mjs'

it('at most two actions run at a time, all of them in the end, and a failed one makes room', async () => {
  const inTurn = limited(2)
  let running = 0
  let most = 0
  const action = async (number: number) => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setTimeout(resolve, 5))
    running--
    if (number === 1) throw new Error('failed')
    return number
  }

  const results = await Promise.allSettled([0, 1, 2, 3, 4].map((number) => inTurn(() => action(number))))

  expect(most).toBe(2)
  expect(results.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ])
})
