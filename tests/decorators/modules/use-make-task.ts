/** A module that declares a task by the user's own way of making them. */
import { makeTask } from './make-task.js'

export const declareHere = (name: string): unknown => makeTask(name)
