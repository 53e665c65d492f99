/** RabbitMQ over TLS: a server is believed only when its certificate says who it is. */
import { execa } from 'execa'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { beforeAll, expect, it } from 'vitest'
import { findOnPath } from '../../../scripts/find-on-path.mjs'
import { describeWithout } from '../../support/describe-without.js'
import { describeWithRabbit } from '../../support/rabbitmq.js'
import { tracked } from '../../support/tracked.js'
import { brokerOn, message, outcomeOf } from './broker-on.js'
import { FlakyRoad } from './flaky-road.js'

interface Certificate {
  readonly key: Buffer
  readonly cert: Buffer
}

function describeWithOpenssl(name: string, tests: Parameters<typeof describeWithRabbit>[1]): void {
  if (findOnPath('openssl')) describeWithRabbit(name, tests)
  else describeWithout(name, 'openssl, which makes its certificate, is not installed')
}

/** For the name localhost, signed by itself. */
async function makeCertificate(): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), 'taskalope-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  try {
    await execa('openssl', ['req', '-x509', ...kind, ...name, '-keyout', key, '-out', cert])
    return { key: await readFile(key), cert: await readFile(cert) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A TLS server in front of the broker; gives its port. */
async function tlsBefore(url: string, certificate: Certificate): Promise<number> {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  const server = createServer(certificate, (client) => {
    const broker = connect(Number(port || 5672), hostname)
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => [client, broker].forEach((each) => each.destroy()))
    }
    client.pipe(broker).pipe(client)
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  tracked({
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  })
  return (server.address() as { port: number }).port
}

describeWithOpenssl('RabbitMQ over TLS', (rabbit) => {
  let certificate: Certificate
  beforeAll(async () => {
    certificate = await makeCertificate()
  })

  async function secureUrl(host: string): Promise<string> {
    const url = rabbit.url.replace(/^amqp:/, 'https:')
    const secure = new URL(url)
    secure.port = `${await tlsBefore(rabbit.url, certificate)}`
    secure.hostname = host
    return secure.href.replace(/^https:/, 'amqps:')
  }

  it('works with the certificate of its authority', async () => {
    const broker = brokerOn(await secureUrl('localhost'), { tls: { ca: certificate.cert } })
    const queue = rabbit.name('secure')
    await broker.declare({ name: queue })
    await broker.publish({ routingKey: queue }, message('secret'))
    expect(await broker.purge(queue)).toBe(1)
    expect(broker.url).toMatch(/^amqps:\/\/localhost:/)
  })

  it.each([
    ['whose authority is unknown', 'localhost', {}, /self.signed/i],
    ['that has another name', '127.0.0.1', { ca: true }, /altnames|does not match/i],
  ] as const)('does not talk to a server %s', async (_, host, { ca }: { ca?: boolean }, why) => {
    const tls = ca ? { ca: certificate.cert } : {}
    const broker = brokerOn(await secureUrl(host), { connectTimeoutMs: 500, tls })
    expect(await outcomeOf(broker.connect())).toMatchObject({
      code: 'ERR_CONNECTION_LOST',
      message: expect.stringMatching(why) as string,
    })
  })

  it('takes the name to expect from `servername`', async () => {
    const tls = { ca: certificate.cert, servername: 'localhost' }
    await brokerOn(await secureUrl('127.0.0.1'), { tls }).connect()
  })

  it('says what is wrong when the server does not speak it', async () => {
    const road = await FlakyRoad.to(rabbit.url)
    const broker = brokerOn(road.url.replace(/^amqp:/, 'amqps:'), { connectTimeoutMs: 500 })
    expect(await outcomeOf(broker.connect())).toMatchObject({ code: 'ERR_CONNECTION_LOST' })
  })
})
