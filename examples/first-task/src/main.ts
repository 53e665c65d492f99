/** Calls the first task twice: here, and on a worker. */
import { defaultApp } from 'taskalope'
import { add } from './tasks.js'

console.log('here:', await add(2, 3))

const call = await add.delay(2, 3)
console.log('on a worker:', await call.get({ timeout: '10s' }))

await defaultApp().close()
