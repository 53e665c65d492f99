/** A user's own way of making tasks. */
import { task } from 'taskalope'

export const makeTask = (name: string): unknown => task(name, async () => {})

/** A decorator that is made here and used elsewhere. */
export const mailTask = task({ queue: 'mail' })
