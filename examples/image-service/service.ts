/** The HTTP service: takes an image's URL, answers at once, and says how it stands whenever it is asked. */
import fastify, { type FastifyInstance } from 'fastify'
import { BrokerError } from 'taskalope'
import { Jobs } from './jobs.js'
import { ProcessImage } from './tasks.js'

const REMEMBERED_JOBS = 10_000

/** A server that is not listening yet. `onNotification` is where it tells its user something; here that is a line on the screen. */
export function createService(onNotification: (message: string) => void = () => {}): FastifyInstance {
  const jobs = new Jobs(REMEMBERED_JOBS)
  // What is wrong is refused, not bent until it fits.
  const server = fastify({ ajv: { customOptions: { coerceTypes: false, removeAdditional: false } } })

  server.post<{ Body: { url: string } }>('/images', { schema: { body: IMAGE } }, async (request, reply) => {
    const { url } = request.body
    const call = await ProcessImage.delay(url)
    jobs.follow(url, call)
    const status = `/images/${call.id}`
    return reply.code(202).header('location', status).send({ id: call.id, status })
  })

  server.get<{ Params: { id: string } }>('/images/:id', async ({ params }, reply) => {
    return jobs.find(params.id) ?? reply.code(404).send({ error: `No image has the id "${params.id}".` })
  })

  server.post<{ Body: Notification }>(
    '/notifications',
    { schema: { body: NOTIFICATION } },
    async (request, reply) => {
      const { id, message } = request.body
      jobs.notify(id, message)
      onNotification(message)
      return reply.code(204).send()
    },
  )

  server.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) => {
    // The broker is out of reach: the image was not taken, and the client may try again.
    if (error instanceof BrokerError) return reply.code(503).send({ error: error.message, code: error.code })
    return reply.code(error.statusCode ?? 500).send({ error: error.message })
  })
  return server
}

interface Notification {
  readonly id: string
  readonly message: string
}

const IMAGE = {
  type: 'object',
  required: ['url'],
  additionalProperties: false,
  properties: { url: { type: 'string', maxLength: 2000, format: 'uri', pattern: '^https?://' } },
} as const

const NOTIFICATION = {
  type: 'object',
  required: ['id', 'message'],
  additionalProperties: false,
  properties: { id: { type: 'string', maxLength: 255 }, message: { type: 'string', maxLength: 4000 } },
} as const
