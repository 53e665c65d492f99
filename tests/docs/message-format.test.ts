/** Checks what docs/reference/message-format.md and docs/learn/dead-letters.md say of headers, bodies and results against what is really sent. */
import { expect, it } from 'vitest'
import { encodeAnswer } from '../../src/broker/amqp/answer.js'
import { delayedAddress, ladderDeclarations } from '../../src/broker/amqp/delay.js'
import { ANSWER, CELERY, DEAD_LETTER, REPLAY_RUN, REPLAYS, RETRY } from '../../src/message/headers.js'
import { Registry, Taskalope, task } from '../../src/index.js'
import { jsonSerializer } from '../../src/serialization/json.js'
import { textOf } from '../architecture/project-files.js'
import { drain } from '../support/both-brokers.js'
import { tracked } from '../support/tracked.js'

const page = textOf('docs/reference/message-format.md')

it('shows the body of a call as it is sent', async () => {
  const app = tracked(new Taskalope({ broker: 'memory://', embeddedWorker: false, registry: new Registry() }))
  const add = task('add', (a: number, b: number) => a + b)
  await app.run(() => add.delay(2, 3))

  const [message] = await drain(await app.broker(), 'taskalope')

  const shown = `
    // #region body
    [[2, 3], {}, { "callbacks": null, "errbacks": null, "chain": null, "chord": null }]
    // #endregion body
  `
  expect(JSON.parse(new TextDecoder().decode(message?.body))).toEqual(JSON.parse(withoutMarks(shown)))
  expect(Object.keys(message?.headers ?? {}).toSorted()).toEqual(
    headersIn('celery')
      .filter((name) => name !== CELERY.compression)
      .toSorted(),
  )
})

it('shows a result as it is sent', () => {
  const answer = encodeAnswer(
    { taskId: 'ID', state: 'SUCCESS', value: 5, attempts: 1, worker: 'w' },
    { serializer: jsonSerializer(), correlationId: 'ID', forPython: false },
  )

  const shown = `
    // #region result
    { "task_id": "ID", "status": "SUCCESS", "result": 5, "traceback": null, "children": [] }
    // #endregion result
  `
  expect(JSON.parse(new TextDecoder().decode(answer.body))).toEqual(JSON.parse(withoutMarks(shown)))
  expect(Object.keys(answer.headers).toSorted()).toEqual(headersIn('result').toSorted())
  expect(Object.values(ANSWER).toSorted()).toEqual(headersIn('result').toSorted())
})

it('lists the headers of a call', () => {
  expect(headersIn('celery').toSorted()).toEqual(Object.values(CELERY).toSorted())
})

it('lists the headers of a call that waits, of a retry and of a replay', () => {
  expect(headersIn('retry').toSorted()).toEqual(Object.values(RETRY).toSorted())
  expect(headersIn('replay').toSorted()).toEqual([REPLAYS, REPLAY_RUN].toSorted())
})

it('shows where a call waits, and with which key', () => {
  const [, exchange, key] = /exchange +(\S+)\nrouting key +(\S+)\n/.exec(page) ?? []

  const address = delayedAddress('taskalope', 'images', 1_200_000)
  expect({ exchange, routingKey: key }).toEqual(address)
})

it('lists the objects of the ladder', () => {
  const declared = ladderDeclarations('taskalope').flatMap((each) =>
    each.kind === 'exchange' || each.kind === 'queue'
      ? [`${each.name.replace(/\d+$/, 'N')} ${each.kind}`]
      : [],
  )

  const listed = [...page.matchAll(/^\| `(taskalope\.delay\.\w+)`, (exchange|queue)/gm)]
  expect(listed.map(([, name, kind]) => `${name} ${kind}`).toSorted()).toEqual(
    [...new Set(declared)].toSorted(),
  )
})

it('lists the headers of a dead letter, as the page about them does', () => {
  const added = Object.values(DEAD_LETTER).toSorted()

  expect(headersIn('dead-letter').toSorted()).toEqual(added)
  const others = textOf('docs/learn/dead-letters.md').match(/`taskalope-error-[a-z-]+`/g) ?? []
  expect(others.map((name) => name.slice(1, -1)).toSorted()).toEqual(added)
})

/** The names in the first column of the table of that kind. */
function headersIn(kind: string): string[] {
  const [, table = ''] = new RegExp(`<!-- headers: ${kind} -->\\n\\n((?:\\|.*\\n)+)`).exec(page) ?? []
  const cells = table.split('\n').map((row) => row.split('|')[1] ?? '')
  return cells.flatMap((cell) => cell.match(/`[\w-]+`/g) ?? []).map((name) => name.slice(1, -1))
}

function withoutMarks(text: string): string {
  return text.replaceAll(/^ *\/\/ #.*\n/gm, '')
}
