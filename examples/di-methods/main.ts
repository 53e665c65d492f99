/** Lets a container build the classes whose methods are tasks: one instance, in a scope of its own, for every attempt. */
import { configure, defaultApp, tasks, Worker } from 'taskalope'
import { container } from './container.js'
import { Emails } from './tasks.js'

configure({ resolve: (cls) => container.createScope().build(cls) })
await new Worker({ queues: ['examples.methods'] }).start()

const welcome = await tasks(Emails).welcome.delay('ada')
console.log(await welcome.get({ timeout: '10s' }))

const farewell = await tasks(Emails).farewell.delay('bob', 'a new job')
console.log(await farewell.get({ timeout: '10s' }))

const isAddress = await tasks(Emails).isAddress.delay('ada@example.org')
console.log('ada@example.org is an address:', await isAddress.get({ timeout: '10s' }))

await defaultApp().close()
