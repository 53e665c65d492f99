/** Plain functions as tasks: called they run here, delayed they run on a worker. */
import { currentTask, task } from 'taskalope'

const queue = 'examples.functions'

export const add = task({ name: 'examples.add', queue }, async (a: number, b: number) => a + b)

/** A date arrives as a date, and a result is of the type the function says. */
export const daysBetween = task({ name: 'examples.daysBetween', queue }, (from: Date, to: Date) => {
  return Math.round((to.getTime() - from.getTime()) / 86_400_000)
})

/** Anywhere below the task's function, `currentTask()` says which call this is. */
export const describe = task({ name: 'examples.describe', queue }, (what: string) => {
  const call = currentTask()
  return `${what}: ${call?.taskName}, attempt ${call?.attempt}`
})

export const divide = task({ name: 'examples.divide', queue }, (a: number, b: number) => {
  if (b === 0) throw new RangeError('Nothing can be divided by zero')
  return a / b
})
