/** A throwaway node works while its owner lives and leaves nothing behind, however the owner ends. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { answersAmqp } from '../../scripts/rabbitmq/amqp-handshake.mjs'
import { controlNode } from '../../scripts/rabbitmq/node-control.mjs'
import { ROOT } from '../architecture/project-files.js'
import { startChild } from '../support/child.js'
import { describeWithOwnNode } from '../support/rabbitmq.js'
import { until } from '../support/until.js'

describeWithOwnNode('the node of `npm run broker`', () => {
  it('runs until its owner ends, even when that is killed', { timeout: 240_000 }, async () => {
    const owner = startChild(process.execPath, [join(ROOT, 'scripts/broker.mjs'), '--json'])
    await owner.printed('"folder"', { timeoutMs: 200_000 })
    const { port, folder } = JSON.parse(
      owner
        .output()
        .split('\n')
        .find((line) => line.startsWith('{')) ?? '{}',
    )

    const node = controlNode(folder)
    const vhosts = Array.from({ length: 10 }, (_, number) => `of/test ${number}`)
    await Promise.all(vhosts.map((vhost) => node.addVhost(vhost)))
    expect((await node.ctl(['-q', 'list_vhosts'])).split('\n')).toEqual(expect.arrayContaining(vhosts))

    owner.kill('SIGKILL')
    await owner.ended
    await until(() => !existsSync(folder), { timeoutMs: 30_000, what: 'the folder is gone' })
    expect(await answersAmqp('127.0.0.1', port)).toBe(false)
  })
})
