/** Runs the code of docs/learn/tasks.md. */
import { afterAll, expect, it } from 'vitest'
// #region class
import { Task, task } from 'taskalope'

// #endregion class
import { configure, defaultApp, Taskalope } from '../../../src/app.js'
import { silentLogger } from '../../../src/kernel/logger.js'
import { optional } from '../../../src/payload/param-spec.js'
import { Registry } from '../../../src/registry/registry.js'
import { Ignore, Reject } from '../../../src/task/signals.js'
import { taskOf, tasks } from '../../../src/task/tasks-of.js'

configure({ logger: silentLogger })

const store = { put: async (image: string) => `stored ${image}` }
const told: string[] = []

// #region class
@task({ name: 'images.process', queue: 'images' })
export class ProcessImage extends Task {
  async run(url: string): Promise<string> {
    const image = await this.download(url)
    return await store.put(this.resize(image))
  }

  private async download(url: string) {
    return `image of ${url}`
  }

  private resize(image: string) {
    return `small ${image}`
  }
}
// #endregion class

// #region method
class Emails {
  @task({ name: 'emails.welcome' })
  async welcome(userId: string) {
    return `welcomed ${userId}`
  }
}

export const emails = tasks(Emails)
// #endregion method

// #region options
export const resize = task(
  { name: 'images.resize', queue: 'images', priority: 5, expires: '1h' },
  async (url: string, width: number) => `${url} at ${width}`,
)
// #endregion options

// #region params
export const thumbnail = task(
  { name: 'images.thumbnail', params: [String, optional(Number)] },
  async (url: string, width = 100) => `${url} at ${width}`,
)
// #endregion params

// #region plain-class
@task('reports.build')
class BuildReport {
  run(month: string) {
    return `report of ${month}`
  }
}

export const buildReport = taskOf(BuildReport)
// #endregion plain-class

// #region hooks
@task('orders.ship')
class ShipOrder extends Task {
  async run(orderId: string) {
    if (orderId === 'unknown') throw new Error('There is no such order')
  }

  override onFailure(error: unknown) {
    told.push(`${String(this.request.args[0])} was not shipped: ${String(error)}`)
  }
}
// #endregion hooks

// #region signals
export const charge = task('billing.charge', async (orderId: string, amount: number) => {
  if (amount < 0) throw new Reject('A negative amount is never right')
  if (orderId === 'cancelled') throw new Ignore('The order was cancelled')
  return `charged ${amount}`
})
// #endregion signals

// #region subclass
const greet = task('greet', (name: string) => `Hello, ${name}`)

@task('greet.loud')
class GreetLoudly extends greet.Task {
  override async run(name: string) {
    return `${await super.run(name)}!`
  }
}
// #endregion subclass

afterAll(() => defaultApp().close())

it('runs a class task, whose steps nobody else can call', async () => {
  // #region call-class
  const call = await ProcessImage.delay('https://example.org/a.jpg')
  // #endregion call-class

  expect(await call.get({ timeout: '5s' })).toBe('stored small image of https://example.org/a.jpg')
})

it('runs a method task', async () => {
  // #region call-method
  const call = await emails.welcome.delay('42')
  // #endregion call-method

  expect(await call.get({ timeout: '5s' })).toBe('welcomed 42')
})

it('takes options, params and classes that extend nothing', async () => {
  const results = await Promise.all([
    resize.delay('a', 5),
    thumbnail.delay('b'),
    thumbnail.delay('b', 7),
    buildReport.delay('May'),
    GreetLoudly.delay('Ada'),
  ])

  const values = await Promise.all(results.map((result) => result.get({ timeout: '5s' })))
  expect(values).toEqual(['a at 5', 'b at 100', 'b at 7', 'report of May', 'Hello, Ada!'])
  await expect(thumbnail.applyAsync([] as never)).rejects.toMatchObject({ code: 'ERR_ARGUMENTS' })
})

it('calls the hooks and obeys the signals', async () => {
  const failing = await ShipOrder.delay('unknown')
  await expect(failing.get({ timeout: '5s' })).rejects.toThrow('There is no such order')
  expect(told).toEqual(['unknown was not shipped: Error: There is no such order'])

  const rejected = await charge.delay('1', -5)
  await expect(rejected.get({ timeout: '5s' })).rejects.toThrow('A negative amount is never right')

  const ignored = await charge.delay('cancelled', 5)
  await expect(ignored.get({ timeout: '100ms' })).rejects.toMatchObject({ code: 'ERR_RESULT_TIMEOUT' })
})

it('keeps a registry of its own where one is given', async () => {
  // #region registry
  const registry = new Registry().add(ProcessImage, Emails, resize)
  const app = new Taskalope({ registry })
  // #endregion registry

  expect(app.registry.names()).toEqual(['emails.welcome', 'images.process', 'images.resize'])
  await app.close()
})
