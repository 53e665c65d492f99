/** The first task: a function that can be called here, or queued for a worker. */
import { task } from 'taskalope'

export const add = task('add', async (a: number, b: number) => a + b)
