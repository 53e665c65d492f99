/** Stands for the rest of the web: serves the sample images, so that the task downloads real ones over HTTP. */
import { readdir } from 'node:fs/promises'
import fastify, { type FastifyInstance } from 'fastify'
import { serveFolder } from './serve-folder.js'

/** A server that is not listening yet; `GET /` names the images. */
export function createSampleServer(folder: string): FastifyInstance {
  const server = fastify()
  server.get('/', async () => (await readdir(folder)).filter((name) => !name.endsWith('.md')))
  serveFolder(server, '', folder)
  return server
}
