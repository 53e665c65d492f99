/** The third party: a real HTTP server with troubles of every kind, whose order a seed decides. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Trouble = 'broken' | 'bad gateway' | 'busy' | 'busy until' | 'hang up' | 'missing'

const ALL: readonly Trouble[] = ['broken', 'bad gateway', 'busy', 'busy until', 'hang up']

/** What comes before the price, in an order that the seed decides, or again and again without one. */
const PLANS: Readonly<Record<string, { readonly troubles: readonly Trouble[]; readonly forever: boolean }>> =
  {
    '/missing': { troubles: ['missing'], forever: true },
    '/down': { troubles: ['broken', 'bad gateway'], forever: true },
    '/moody': { troubles: ALL, forever: true },
    '/shaky': { troubles: ALL, forever: false },
  }

const ANSWERS: Readonly<Record<Trouble, (request: IncomingMessage, response: ServerResponse) => unknown>> = {
  broken: (_, response) => response.writeHead(500).end(),
  'bad gateway': (_, response) => response.writeHead(502).end(),
  busy: (_, response) => response.writeHead(429, { 'retry-after': '2' }).end(),
  'busy until': (_, response) => response.writeHead(429, { 'retry-after': soon() }).end(),
  'hang up': (request) => request.socket.destroy(),
  missing: (_, response) => response.writeHead(404).end(),
}

/** A third party that listens on a free port of this machine. */
export async function startUpstream(seed: number) {
  const random = randomNumbers(seed)
  const orders = new Map(
    Object.entries(PLANS).map(([path, { troubles }]) => [path, shuffled(troubles, random)]),
  )
  const asked = new Map<string, number>()

  const server = createServer((request, response) => {
    const path = request.url ?? ''
    const [order = [], count = 0] = [orders.get(path), asked.get(path)]
    asked.set(path, count + 1)
    const trouble = PLANS[path]?.forever ? order[count % order.length] : order[count]
    if (trouble) ANSWERS[trouble](request, response)
    else response.end('42')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => server.close().closeAllConnections(),
  }
}

/** As an HTTP date, one to two seconds ahead. */
const soon = () => new Date(Math.floor(Date.now() / 1000 + 2) * 1000).toUTCString()

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

/** From 0 to 1, the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
