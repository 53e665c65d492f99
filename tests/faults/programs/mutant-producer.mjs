/** A sender as it must not be: takes calls for accepted that the broker has not confirmed, and dies. */
import { readFileSync } from 'node:fs'
import amqp from 'amqplib'
import { options, record } from './ledger-file.mjs'

const connection = await amqp.connect(options.url)
const channel = await connection.createChannel()
const embed = { callbacks: null, errbacks: null, chain: null, chord: null }
for (const { id, work } of JSON.parse(readFileSync(options.calls, 'utf8'))) {
  record({ ev: 'submit', id, ...work })
  channel.publish('', options.queue, Buffer.from(JSON.stringify([[work], {}, embed])), {
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    headers: { lang: 'js', task: 'faults.call', id, retries: 0 },
  })
  record({ ev: 'accept', id })
}
process.kill(process.pid, 'SIGKILL')
