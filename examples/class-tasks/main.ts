/** Calls class tasks and prints their progress, their hooks and what came back. */
import { defaultApp, TaskFailedError, Worker } from 'taskalope'
import { Brew, greet, LoudGreet, notes } from './tasks.js'

if (process.env['TASKALOPE_BROKER_URL']) await new Worker({ queues: ['examples.classes'] }).start()

const pot = await Brew.delay('oolong', 2)
for await (const { fraction, meta } of pot.progress) console.log(`${fraction * 100} %: ${meta}`)
console.log('got', await pot.get({ timeout: '10s' }))

for (const cups of [0, 101]) {
  const call = await Brew.delay('assam', cups)
  const error = await call.get({ timeout: '10s' }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof TaskFailedError)) throw new Error('It should have failed', { cause: error })
  console.log('failed:', error.remote.name, '-', error.remote.message)
}
console.log(`the hooks noted:\n  ${notes.join('\n  ')}`)

const [quiet, loud] = [await greet.delay('Ada'), await LoudGreet.delay('Ada')]
console.log(await quiet.get({ timeout: '10s' }), '/', await loud.get({ timeout: '10s' }))

await defaultApp().close()
