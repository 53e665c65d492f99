/** Text out of anything a task may throw or hand over: it cannot throw, is bounded, and shows neither control characters nor credentials. */
import { types } from 'node:util'
import type { RemoteError } from './errors.js'
import { isError, isList, readProperty } from './guarded.js'

const LONGEST_TEXT = 8 * 1024
const LONGEST_NAME = 200
const LONGEST_CHAIN = 8
const MOST_MEMBERS = 10
const MOST_KEYS = 50
const DEEPEST = 4
const UNREADABLE = '[unreadable]'

/**
 * What was thrown, as data: name, message, stack and the chain of causes, each bounded, escaped and redacted; stacks keep their line breaks.
 * A value that is no Error has the name `NonError` and is inspected for a message. Calls no method of the value, and never throws.
 */
export function safeError(thrown: unknown): RemoteError {
  return describe(thrown, { seen: new Set(), stackBytes: LONGEST_TEXT })
}

/** What the descriptions of one chain share. */
interface Chain {
  readonly seen: Set<unknown>
  /** What is left for stacks, all causes together. */
  stackBytes: number
}

function describe(thrown: unknown, chain: Chain): RemoteError {
  if (!isError(thrown)) return { name: 'NonError', message: safeInspect(thrown), module: null }
  if (chain.seen.has(thrown)) return { name: errorName(thrown), message: '[circular]', module: null }
  if (chain.seen.size === LONGEST_CHAIN) return { name: '…', message: '[more causes]', module: null }
  chain.seen.add(thrown)
  const stack = safeStack(thrown, chain)
  const cause = readProperty(thrown, 'cause')
  return {
    name: errorName(thrown),
    message: errorMessage(thrown),
    module: null,
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined ? {} : { cause: describe(cause, chain) }),
  }
}

function errorName(error: object): string {
  const own = readProperty(error, 'name')
  if (typeof own === 'string' && own !== '') return safeText(own, LONGEST_NAME)
  return className(error) ?? 'Error'
}

function errorMessage(error: object): string {
  const message = readProperty(error, 'message')
  const text = typeof message === 'string' ? safeText(message) : (className(error) ?? UNREADABLE)
  const members = readProperty(error, 'errors')
  return isList(members) ? cutText(`${text} ${membersText(members)}`, LONGEST_TEXT) : text
}

/** The first few members of an AggregateError, and how many there are. */
function membersText(members: readonly unknown[]): string {
  const length = readProperty(members, 'length')
  const count = typeof length === 'number' ? length : 0
  const shown = Math.min(count, MOST_MEMBERS)
  const texts: string[] = []
  for (let index = 0; index < shown; index += 1) texts.push(memberText(readProperty(members, index)))
  return `[${shown} of ${count} errors: ${texts.join('; ')}]`
}

function memberText(member: unknown): string {
  if (!isError(member)) return cutText(safeInspect(member), LONGEST_NAME)
  const message = readProperty(member, 'message')
  return `${errorName(member)}: ${typeof message === 'string' ? safeText(message, LONGEST_NAME) : UNREADABLE}`
}

function safeStack(error: object, chain: Chain): string | undefined {
  const stack = readProperty(error, 'stack')
  if (typeof stack !== 'string' || chain.stackBytes === 0) return undefined
  const text = safeLines(stack, chain.stackBytes)
  chain.stackBytes -= Math.min(chain.stackBytes, Buffer.byteLength(text))
  return text
}

function className(object: object): string | undefined {
  const constructor = readProperty(object, 'constructor')
  const name = typeof constructor === 'function' ? readProperty(constructor, 'name') : undefined
  return typeof name === 'string' && name !== '' ? safeText(name, LONGEST_NAME) : undefined
}

/** Any value as one line of text: at most 4 levels, 50 keys each, 8 KB in all; runs no getter, no proxy trap and no method of the value, and never throws. */
export function safeInspect(value: unknown): string {
  try {
    return safeText(inspectValue(value, { left: LONGEST_TEXT, around: [] }))
  } catch {
    return UNREADABLE
  }
}

/** How much may still be written, and the objects around the one being written. */
interface Inspection {
  left: number
  readonly around: object[]
}

function inspectValue(value: unknown, inspection: Inspection): string {
  const text = inspection.left > 0 ? valueText(value, inspection) : '…'
  inspection.left -= text.length
  return text
}

function valueText(value: unknown, inspection: Inspection): string {
  switch (typeof value) {
    case 'string':
      return `'${cutText(value, LONGEST_TEXT)}'`
    case 'symbol':
      return Symbol.prototype.toString.call(value)
    case 'function':
      return '[Function]'
    case 'bigint':
      return `${BigInt.asIntN(1024, value) === value ? value : '[large bigint] '}n`
    case 'object':
      return value === null ? 'null' : objectText(value, inspection)
    default:
      return String(value)
  }
}

function objectText(object: object, inspection: Inspection): string {
  if (types.isProxy(object)) return '[Proxy]'
  if (inspection.around.includes(object)) return '[circular]'
  const special = specialText(object)
  if (special !== undefined) return special
  if (inspection.around.length === DEEPEST) return Array.isArray(object) ? '[Array]' : '[Object]'
  inspection.around.push(object)
  const text = containerText(object, inspection)
  inspection.around.pop()
  return text
}

/** Objects that are shown as a whole. */
function specialText(object: object): string | undefined {
  if (isError(object)) return `[${memberText(object)}]`
  if (types.isDate(object)) return `[Date ${Date.prototype.getTime.call(object)}]`
  return ArrayBuffer.isView(object) ? `[${(object as ArrayBufferView).byteLength} bytes]` : undefined
}

function containerText(object: object, inspection: Inspection): string {
  if (types.isMap(object)) return `Map(${listText(object.entries(), inspection)})`
  if (types.isSet(object)) return `Set(${listText(object.values(), inspection)})`
  const keys = Object.keys(object)
  const isArray = Array.isArray(object)
  const parts = keys.slice(0, MOST_KEYS).map((key) => {
    const text = propertyText(object, key, inspection)
    return isArray ? text : `${cutText(key, LONGEST_NAME)}: ${text}`
  })
  if (keys.length > MOST_KEYS) parts.push(`… ${keys.length - MOST_KEYS} more`)
  return isArray ? `[${parts.join(', ')}]` : `{${parts.join(', ')}}`
}

function listText(items: Iterable<unknown>, inspection: Inspection): string {
  const parts: string[] = []
  for (const item of items) {
    if (parts.length === MOST_KEYS) return `${parts.join(', ')}, …`
    parts.push(inspectValue(item, inspection))
  }
  return parts.join(', ')
}

function propertyText(object: object, key: string, inspection: Inspection): string {
  const property = Object.getOwnPropertyDescriptor(object, key)
  return property && 'value' in property ? inspectValue(property.value, inspection) : '[Getter]'
}

/** Text as one harmless line: redacted, control characters escaped, cut. */
export function safeText(text: string, maxBytes = LONGEST_TEXT): string {
  // Cut first, for the cost; not too close, so that no credentials lose the `@` they are known by.
  return cutText(escapeControls(redact(cutText(text, 2 * LONGEST_TEXT))), maxBytes)
}

/** Text as harmless lines, such as a stack: like `safeText`, but line breaks stay. */
export function safeLines(text: string, maxBytes = LONGEST_TEXT): string {
  const lines = redact(cutText(text, 2 * LONGEST_TEXT)).split('\n')
  return cutText(lines.map(escapeControls).join('\n'), maxBytes)
}

/** Text with its control characters written as escapes, so that it is one harmless line in a log, a terminal or a header. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, escapeOf)
}

/** C0, DEL and C1, line and paragraph separators, the bidirectional controls that reorder what a reader sees, and lone surrogates, which UTF-8 has no bytes for. */
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/gu

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

function escapeOf(character: string): string {
  return SHORT_ESCAPES.get(character) ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Text with user and password taken out of the URLs in it. */
export function redact(text: string): string {
  return text.replace(USER_AND_PASSWORD, '://***@').replace(UNESCAPED_PASSWORD, '://***@')
}

const USER_AND_PASSWORD = /:\/\/[^\s/?#]{1,512}@/g
/** A password with a bare `/`, `?` or `#` in it; a port is none. */
const UNESCAPED_PASSWORD = /:\/\/[^\s/?#@:]{0,256}:(?!\d{1,5}(?:[/?#\s]|$))[^\s"'<>]{1,256}@/g

/** Text cut to so many bytes of UTF-8, between characters, with `…` where something is missing. */
export function cutText(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || (text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes))
    return text
  const bytes = Buffer.from(text.slice(0, maxBytes)).subarray(0, Math.max(0, maxBytes - 3))
  // As part of a stream, a character cut in half at the end is held back instead of becoming U+FFFD.
  return `${new TextDecoder().decode(bytes, { stream: true })}…`
}
