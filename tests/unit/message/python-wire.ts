/** Messages as a Python producer sends them, with any part replaced. */
import type { Headers, WireMessage } from '../../../src/message/wire-message.js'

/** The body of `add.delay(2, 3)`. */
export const MINIMAL_BODY =
  '[[2, 3], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]'

/** What to replace. */
export interface WireParts {
  readonly body?: string | Uint8Array
  readonly headers?: Readonly<Record<string, unknown>>
  readonly properties?: Readonly<Record<string, unknown>>
}

/** A minimal message of a Python producer, with parts replaced; a header that is undefined is not there. */
export function wireOf({ body = MINIMAL_BODY, headers = {}, properties = {} }: WireParts = {}): WireMessage {
  const all = Object.entries({ task: 'proj.add', id: 'id-1', ...headers }).filter(
    ([, value]) => value !== undefined,
  )
  return {
    body: typeof body === 'string' ? Buffer.from(body) : body,
    properties: {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      ...properties,
    },
    headers: Object.assign(Object.create(null), Object.fromEntries(all)) as Headers,
  }
}
