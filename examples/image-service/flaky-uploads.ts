/** The third party uploads go through: it hands them on to the storage, but has troubles first, which an image's name decides. */
import fastify, { type FastifyInstance } from 'fastify'
import { FILE_NAME } from './serve-folder.js'
import { MAX_OBJECT_BYTES } from './storage.js'

type Trouble = 500 | 502 | 429 | 'hang up'

/** What becomes of the uploads of an image with this name, one after the other; other images have no trouble. */
const TROUBLES: Readonly<Record<string, readonly Trouble[]>> = {
  jackalope: [500],
  meadow: [429],
  lake: [502, 500],
  blink: ['hang up'],
}
/** Never comes through. */
const HOPELESS = 'unlucky'

/** A server that is not listening yet; `PUT /objects/:name` answers what the storage answers, or what the trouble is. */
export function createFlakyUploads(storageUrl: string): FastifyInstance {
  const server = fastify({ bodyLimit: MAX_OBJECT_BYTES })
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  const counts = new Map<string, number>()
  const schema = { params: { type: 'object', properties: { name: FILE_NAME } } }
  server.put<{ Params: { name: string }; Body: Buffer }>(
    '/objects/:name',
    { schema },
    async ({ params: { name }, headers, body, raw }, reply) => {
      const count = counts.get(name) ?? 0
      counts.set(name, count + 1)
      const trouble = troubleOf(name, count)
      if (trouble === 'hang up') {
        raw.socket.destroy()
        return reply.hijack()
      }
      if (trouble === 429) reply.header('retry-after', '2')
      if (trouble === 500 || trouble === 429) return reply.code(trouble).send()

      const stored = await fetch(`${storageUrl}/objects/${name}`, {
        method: 'PUT',
        headers: { 'content-type': headers['content-type'] ?? 'application/octet-stream' },
        body: new Uint8Array(body),
      })
      // A 502 here is an answer that got lost on its way back: the object is stored, and will be once more.
      return reply.code(trouble ?? stored.status).send(await stored.text())
    },
  )
  return server
}

/** Of the image an object belongs to: the part before the call's id. */
function troubleOf(object: string, count: number): Trouble | undefined {
  const [image = ''] = object.split('-')
  return image === HOPELESS ? 500 : TROUBLES[image]?.[count]
}
