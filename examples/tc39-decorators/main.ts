/** Calls a class task and two method tasks that were declared with standard decorators. */
import { defaultApp, tasks, Worker } from 'taskalope'
import { Numbers, Shout } from './tasks.js'

// Under TC39 a method's decorator does not see its class: naming the class here is what registers its tasks.
const { double, largest } = tasks(Numbers)
if (process.env['TASKALOPE_BROKER_URL']) await new Worker({ queues: ['examples.standard'] }).start()

const shouted = await Shout.delay('standard decorators', 3)
console.log(await shouted.get({ timeout: '10s' }))

const doubled = await double.delay(21)
console.log('twice 21 is', await doubled.get({ timeout: '10s' }))

const found = await largest.delay(3, 1, 4, 1, 5, 9, 2, 6)
console.log('the largest is', await found.get({ timeout: '10s' }))

await defaultApp().close()
