/** GET for the files of one folder, and of nothing outside of it. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'

/** What a file may be called: no separators, no leading dot, so that no name leads out of the folder. */
export const FILE_NAME = {
  type: 'string',
  maxLength: 120,
  pattern: '^[A-Za-z0-9_-][A-Za-z0-9._-]*$',
} as const

const TYPES: Readonly<Record<string, string>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.gif': 'image/gif',
}

/** Adds `GET {path}/:name` to a server. */
export function serveFolder(server: FastifyInstance, path: string, folder: string): void {
  const schema = { params: { type: 'object', properties: { name: FILE_NAME } } }
  server.get<{ Params: { name: string } }>(`${path}/:name`, { schema }, async ({ params }, reply) => {
    const file = join(folder, params.name)
    const found = await stat(file).catch(() => undefined)
    if (!found?.isFile()) return reply.code(404).send({ error: `There is no "${params.name}" here.` })
    return reply
      .type(TYPES[extname(params.name)] ?? 'application/octet-stream')
      .header('content-length', found.size)
      .send(createReadStream(file))
  })
}
