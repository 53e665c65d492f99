/** Arguments as Python would print them, for the argsrepr and kwargsrepr headers that Celery's logs and Flower show; cut as Celery cuts. */
import { types } from 'node:util'

const LONGEST = 1024
const DEEPEST = 3

/** Positional arguments as a Python tuple: `(2, 'a')`. Never throws. */
export function argsRepr(args: readonly unknown[]): string {
  return repr((writer) => writer.tuple(args))
}

/** Keyword arguments as a Python dict: `{'y': 3}`. Never throws. */
export function kwargsRepr(kwargs: Readonly<Record<string, unknown>>): string {
  return repr((writer) => writer.value(kwargs))
}

function repr(write: (writer: ReprWriter) => void): string {
  const writer = new ReprWriter(LONGEST)
  try {
    write(writer)
    return writer.text
  } catch {
    // A getter that answered the serializer and throws now; the call itself is encoded by this time.
    return '...'
  }
}

/** Celery's saferepr: tokens as long as there is room, then `, ...` and the brackets that are still open. */
class ReprWriter {
  text = ''
  #left: number
  #isCut = false
  #depth = 0

  constructor(room: number) {
    this.#left = room
  }

  value(value: unknown): void {
    if (this.#isCut) return
    switch (typeof value) {
      case 'string':
        return this.#token(quoted(value, this.#left))
      case 'boolean':
        return this.#token(value ? 'True' : 'False')
      case 'object':
        return value === null ? this.#token('None') : this.#object(value)
      case 'undefined':
        return this.#token('None')
      default:
        return this.#token(cut(String(value), this.#left))
    }
  }

  tuple(items: readonly unknown[]): void {
    this.#sequence('(', items, items.length === 1 ? ',)' : ')')
  }

  #object(object: object): void {
    if (Array.isArray(object)) this.#sequence('[', object, ']')
    else if (types.isDate(object)) this.#token(dateTime(object))
    else if (types.isUint8Array(object)) this.#token(byteString(object, this.#left))
    else if (types.isSet(object)) this.#set(object)
    else if (types.isMap(object)) this.#entries(object)
    else this.#entries(Object.entries(object).filter(([, value]) => value !== undefined))
  }

  #set(set: ReadonlySet<unknown>): void {
    if (set.size === 0) this.#token('set()')
    else this.#sequence('{', set, '}')
  }

  #sequence(start: string, items: Iterable<unknown>, end: string): void {
    if (!this.#open(start, end)) return
    let isFirst = true
    for (const item of items) {
      if (this.#isCut) break
      if (!isFirst) this.#token(', ')
      isFirst = false
      this.value(item)
    }
    this.#close(end)
  }

  #entries(entries: Iterable<readonly [unknown, unknown]>): void {
    if (!this.#open('{', '}')) return
    let isFirst = true
    for (const [key, value] of entries) {
      if (this.#isCut) break
      if (!isFirst) this.#token(', ')
      isFirst = false
      this.value(key)
      this.#token(': ')
      this.value(value)
    }
    this.#close('}')
  }

  /** Whether the contents are to follow. */
  #open(start: string, end: string): boolean {
    const isDeepest = this.#depth === DEEPEST
    this.#token(isDeepest ? `${start}...${end}` : start)
    if (!isDeepest) this.#depth += 1
    return !isDeepest
  }

  #close(end: string): void {
    this.#depth -= 1
    if (this.#isCut) this.text += end
    else this.#token(end)
  }

  #token(token: string): void {
    if (this.#isCut) return
    if (this.#left <= 0) {
      // The token that no longer fits is lost, a closing bracket too: Celery's own logs look like that.
      this.#isCut = true
      this.text += ', ...'
      return
    }
    this.text += token
    this.#left -= token.length
  }
}

/** Celery cuts at a blank, if there is one, and escapes quotes but nothing else. */
function quoted(text: string, room: number): string {
  return `'${wellFormed(cut(text, room)).replaceAll("'", "\\'")}'`
}

function cut(text: string, room: number): string {
  if (text.length < room || room <= 0) return text
  const start = text.slice(0, room)
  const blank = start.lastIndexOf(' ')
  return `${blank === -1 ? start : start.slice(0, blank)}...`
}

/** Header text is UTF-8, which has no bytes for half a character. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}

function dateTime(date: Date): string {
  if (Number.isNaN(date.getTime())) return 'None'
  const [second, micro] = [date.getUTCSeconds(), date.getUTCMilliseconds() * 1000]
  const fields = [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
  ]
  if (second > 0 || micro > 0) fields.push(second)
  if (micro > 0) fields.push(micro)
  return `datetime.datetime(${fields.join(', ')}, tzinfo=datetime.timezone.utc)`
}

/** UTF-8 text as it is, other bytes in hexadecimal: so does Celery. */
function byteString(bytes: Uint8Array, room: number): string {
  const shown = Buffer.from(bytes.subarray(0, Math.max(room, 0)))
  const text = shown.toString('utf8')
  const ellipsis = bytes.length > shown.length ? '...' : ''
  return `b'${text.includes('\ufffd') ? shown.toString('hex') : text}${ellipsis}'`
}
