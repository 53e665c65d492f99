/** Calls tasks in every way there is, and prints what comes back. */
import { defaultApp, sendTask, TaskFailedError, Worker } from 'taskalope'
import { add, daysBetween, describe, divide } from './tasks.js'

// On the embedded broker the first delay() starts a worker. Over RabbitMQ workers are processes of their own,
// `npx taskalope worker build/examples/function-tasks/tasks.js`; here this process plays that part, too.
if (process.env['TASKALOPE_BROKER_URL']) await new Worker({ queues: ['examples.functions'] }).start()

console.log('called here:', await add(2, 3))

const sum = await add.delay(2, 3)
console.log('on a worker:', await sum.get({ timeout: '10s' }), await sum.state())

const days = await daysBetween.delay(new Date('2024-02-01'), new Date('2024-03-01'))
console.log('February 2024 had', await days.get({ timeout: '10s' }), 'days')

const described = await describe.applyAsync(['applyAsync'], { taskId: 'my-own-id', expires: '1m' })
console.log(described.id, 'is', await described.get({ timeout: '10s' }))

const sums = await add.delayMany([
  [1, 2],
  [3, 4],
  [5, 6],
])
console.log('many at once:', await Promise.all(sums.map((each) => each.get({ timeout: '10s' }))))

// A task by its name, as it is sent to workers in another code base, or in Python.
const byName = await sendTask<number>('examples.add', [20, 22], { queue: 'examples.functions' })
console.log('by name:', await byName.get({ timeout: '10s' }))

const impossible = await divide.delay(1, 0)
await impossible.get({ timeout: '10s' }).catch((error: unknown) => {
  if (!(error instanceof TaskFailedError)) throw error
  console.log('failed:', error.taskName, 'with', error.remote.name, '-', error.remote.message)
})

await defaultApp().close()
