/** A small storage server, as a bucket in a cloud would be: PUT and GET objects, kept as files in one folder. */
import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastify, { type FastifyInstance } from 'fastify'
import { FILE_NAME, serveFolder } from './serve-folder.js'

/** The largest object that is taken. */
export const MAX_OBJECT_BYTES = 5 * 1024 * 1024

/** A server that is not listening yet; `PUT /objects/:name` answers 201, 400 for a bad name and 413 above 5 MB. */
export async function createStorage(folder: string): Promise<FastifyInstance> {
  await mkdir(folder, { recursive: true })
  const server = fastify({ bodyLimit: MAX_OBJECT_BYTES })
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  const schema = { params: { type: 'object', properties: { name: FILE_NAME } } }
  server.put<{ Params: { name: string }; Body: Buffer }>(
    '/objects/:name',
    { schema },
    async (request, reply) => {
      await writeWhole(join(folder, request.params.name), request.body)
      return reply.code(201).send()
    },
  )
  serveFolder(server, '/objects', folder)
  return server
}

/** A reader finds the old object or the new one, never half of one. */
async function writeWhole(file: string, bytes: Buffer): Promise<void> {
  const unfinished = `${file}.${randomUUID()}.part`
  try {
    await writeFile(unfinished, bytes)
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}
