/** The body of a call: arguments, keyword arguments and the calls that follow, out of what a serializer decoded. */
import { MessageError } from '../kernel/errors.js'
import { isPlainObject } from '../serialization/value-kind.js'
import { EMPTY_EMBED, type Embed, type EmbeddedSignature } from './task-message.js'

/** What a body says. */
export interface Envelope {
  readonly args: readonly unknown[]
  readonly kwargs: Readonly<Record<string, unknown>>
  readonly embed: Embed
}

/**
 * Reads `[args, kwargs, embed]`; `embed` may be null, and an object with `args` and `kwargs` is taken as well, both as in Celery.
 * @throws MessageError ERR_ENVELOPE_INVALID, with the path that is wrong
 */
export function readEnvelope(body: unknown): Envelope {
  if (!Array.isArray(body)) return readCallObject(body)
  if (body.length !== 3)
    throw invalid('', `must have 3 elements, args, kwargs and embed; it has ${body.length}`)
  const [args, kwargs, embed] = body as unknown[]
  return { args: readArgs(args, '[0]'), kwargs: readKwargs(kwargs, '[1]'), embed: readEmbed(embed, '[2]') }
}

/** Reads an object with the keys of a protocol 1 body. */
export function readCallObject(body: unknown): Envelope {
  if (!isRecord(body) || !Object.hasOwn(body, 'args'))
    throw invalid('', 'must be an array of args, kwargs and embed')
  const kwargs = Object.hasOwn(body, 'kwargs') ? body['kwargs'] : {}
  return {
    args: readArgs(body['args'], '.args'),
    kwargs: readKwargs(kwargs, '.kwargs'),
    embed: readEmbed(body, ''),
  }
}

/** An object that is data: not null, no array, no restored Date or Map. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && isPlainObject(value)
}

function readArgs(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw invalid(path, 'must be an array: the arguments')
}

function readKwargs(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (isRecord(value)) return value
  throw invalid(path, 'must be an object: the keyword arguments')
}

function readEmbed(value: unknown, path: string): Embed {
  if (value === null) return EMPTY_EMBED
  if (!isRecord(value)) throw invalid(path, 'must be an object or null: the calls that follow')
  return {
    callbacks: readSignatures(value, 'callbacks', path),
    errbacks: readSignatures(value, 'errbacks', path),
    chain: readSignatures(value, 'chain', path),
    chord: readSignature(ownValue(value, 'chord'), `${path}.chord`),
  }
}

function readSignatures(
  embed: Readonly<Record<string, unknown>>,
  key: string,
  path: string,
): readonly EmbeddedSignature[] | null {
  const value = ownValue(embed, key)
  if (value === null) return null
  if (!Array.isArray(value)) throw invalid(`${path}.${key}`, 'must be an array or null')
  for (const [index, element] of value.entries()) {
    if (!isRecord(element)) throw invalid(`${path}.${key}[${index}]`, 'must be an object: a signature')
  }
  return value
}

function readSignature(value: unknown, path: string): EmbeddedSignature | null {
  if (value === null || isRecord(value)) return value
  throw invalid(path, 'must be an object or null: a signature')
}

function ownValue(record: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(record, key) ? (record[key] ?? null) : null
}

function invalid(path: string, rule: string): MessageError {
  const what = path === '' ? 'The body' : `The body's ${path}`
  return new MessageError('ERR_ENVELOPE_INVALID', `${what} ${rule}. See Celery's message protocol 2.`)
}
