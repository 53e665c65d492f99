/** Values to JSON text in one walk that reads everything once and keeps count. */
import type { PayloadError } from '../kernel/errors.js'
import { MAX_INTEGER_DIGITS } from './limits.js'
import type { EncodeOptions, SizeLimits } from './serializer.js'
import { bigintTag, bytesTag, dateTag, KOMBU_TAG, openTag, OWN_TAG, TAG_VALUE } from './tagged-values.js'
import { isPlainArray, isPlainObject, taggedKindOf, wordsFor } from './value-kind.js'
import { WritePlace } from './write-place.js'

// Taken at load, so that a task that replaces JSON.stringify changes nothing here.
const { stringify } = JSON

const OPEN_MAP = openTag(OWN_TAG, 'map')
const OPEN_SET = openTag(OWN_TAG, 'set')
const LARGEST_INTEGER = 10n ** BigInt(MAX_INTEGER_DIGITS)

/** For these, a look is faster than JSON.stringify. */
const SHORT_STRING = 50
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/

/** A tag is an object of two keys. */
const VALUES_IN_TAG = 2

/** How much text is gathered before it is turned into bytes: longer chains of strings cost the collector more than the copying. */
const CHUNK = 8192

/** One encoding of one value; not to be used twice. */
export class JsonWriter {
  readonly #limits: SizeLimits
  readonly #place: WritePlace
  readonly #bareBigInt: boolean
  #text = ''
  #chunks: Buffer[] | undefined
  /** Bytes in the chunks. */
  #bytes = 0
  /** Values as a reader counts them: one for each element, and one for an empty container. */
  #values = 0

  constructor(limits: SizeLimits, options: EncodeOptions) {
    this.#limits = limits
    this.#place = new WritePlace(limits.depth, options.subject)
    this.#bareBigInt = options.bareBigInt === true
  }

  /** @throws PayloadError ERR_VALUE_UNSENDABLE, ERR_FORBIDDEN_KEY, ERR_BODY_TOO_LARGE, ERR_BODY_TOO_DEEP */
  encode(value: unknown): Uint8Array {
    this.#writeAnything(value)
    const last = Buffer.from(this.#text, 'utf8')
    if (this.#bytes + last.length > this.#limits.bodyBytes) throw this.#tooLarge()
    return this.#chunks ? Buffer.concat([...this.#chunks, last]) : last
  }

  /** Getters, proxies and the like are the caller's code: what they throw is the reason, not the error. */
  #writeAnything(value: unknown): void {
    try {
      this.#write(value)
    } catch (thrown) {
      if (thrown === this.#place.refusal) throw thrown
      throw this.#place.refuse('ERR_VALUE_UNSENDABLE', 'reading it threw an error', thrown)
    }
  }

  #write(value: unknown): void {
    this.#countValues(1)
    switch (typeof value) {
      case 'string':
        return this.#writeString(value)
      case 'number':
        return Number.isFinite(value) ? this.#put(numberText(value)) : this.#cannotSend(value)
      case 'boolean':
        return this.#put(value ? 'true' : 'false')
      case 'object':
        return value === null ? this.#put('null') : this.#writeObject(value)
      case 'bigint':
        return this.#writeBigint(value)
      default:
        return this.#cannotSend(value)
    }
  }

  #countValues(count: number): void {
    this.#values += count
    if (this.#values > this.#limits.nodes) throw this.#tooLarge()
  }

  #put(text: string): void {
    this.#text += text
    if (this.#text.length > CHUNK) this.#flush()
  }

  /** A tag with nothing but text in it, which is a bracket all the same. */
  #putTag(text: string): void {
    this.#countValues(VALUES_IN_TAG)
    this.#place.checkBracket()
    this.#put(text)
  }

  #flush(): void {
    const chunk = Buffer.from(this.#text, 'utf8')
    this.#text = ''
    this.#bytes += chunk.length
    if (this.#bytes > this.#limits.bodyBytes) throw this.#tooLarge()
    ;(this.#chunks ??= []).push(chunk)
  }

  #writeString(value: string): void {
    // Before it is copied, and maybe sixfold, by its escapes.
    if (value.length > this.#limits.bodyBytes) throw this.#tooLarge()
    this.#put(quote(value))
  }

  #writeBigint(value: bigint): void {
    if (value >= LARGEST_INTEGER || value <= -LARGEST_INTEGER) {
      throw this.#place.refuse('ERR_VALUE_UNSENDABLE', `it has more than ${MAX_INTEGER_DIGITS} digits`)
    }
    if (this.#bareBigInt) return this.#put(String(value))
    this.#putTag(bigintTag(String(value)))
  }

  #writeObject(value: object): void {
    if (Array.isArray(value)) {
      if (!isPlainArray(value)) this.#cannotSend(value)
      this.#writeArray(value, value, 1)
    } else if (isPlainObject(value)) this.#writeRecord(value as Record<string, unknown>)
    else this.#writeTagged(value)
  }

  /** `items` as a JSON array; `container` is what it stands for, and `brackets` how many that has in the text. */
  #writeArray(items: readonly unknown[], container: object, brackets: number): void {
    const level = this.#place.enter(container, brackets)
    if (items.length === 0) this.#countValues(1)
    this.#text += '['
    for (let index = 0; index < items.length; index += 1) {
      this.#place.step(level, index)
      if (index > 0) this.#text += ','
      this.#write(items[index])
    }
    this.#text += ']'
    this.#place.leave(brackets)
  }

  #writeRecord(record: Record<string, unknown>): void {
    const level = this.#place.enter(record, 1)
    let before = '{'
    let keys = 0
    let tagKeys = 0
    for (const key of Object.keys(record)) {
      this.#place.step(level, key)
      const value = record[key]
      if (key.startsWith('__')) tagKeys += this.#tagKey(key, value)
      if (value === undefined) continue
      keys += 1
      this.#put(`${before}${quote(key)}:`)
      before = ','
      this.#write(value)
    }
    if (keys === 0) this.#countValues(1)
    this.#text += keys === 0 ? '{}' : '}'
    this.#place.leave(1)
    if (keys === 2 && tagKeys === 3)
      throw this.#place.refuse('ERR_VALUE_UNSENDABLE', 'it has exactly the keys of a tagged value')
    if (hasSymbolKeys(record)) throw this.#place.refuse('ERR_VALUE_UNSENDABLE', 'it has a symbol as a key')
  }

  /** 1 for the key of a tag's value, 2 for one of a tag's type: together 3. */
  #tagKey(key: string, value: unknown): number {
    if (key === '__proto__') {
      throw this.#place.refuse('ERR_FORBIDDEN_KEY', 'that key changes what an object is when it is copied')
    }
    if (value === undefined) return 0
    if (key === TAG_VALUE) return 1
    return key === KOMBU_TAG || key === OWN_TAG ? 2 : 0
  }

  #writeTagged(value: object): void {
    switch (taggedKindOf(value)) {
      case 'date':
        return this.#writeDate(Date.prototype.getTime.call(value))
      case 'bytes':
        return this.#writeBytes(value as Uint8Array)
      case 'map':
        return this.#writeMap(value as ReadonlyMap<unknown, unknown>)
      case 'set':
        return this.#writeSet(value as ReadonlySet<unknown>)
      default:
        return this.#cannotSend(value)
    }
  }

  #writeDate(epochMs: number): void {
    if (Number.isNaN(epochMs)) throw this.#place.refuse('ERR_VALUE_UNSENDABLE', 'it is an invalid Date')
    this.#putTag(dateTag(epochMs))
  }

  #writeBytes(bytes: Uint8Array): void {
    if (bytes.length > this.#limits.bodyBytes) throw this.#tooLarge()
    this.#putTag(bytesTag(bytes))
  }

  #writeMap(map: ReadonlyMap<unknown, unknown>): void {
    const level = this.#place.enter(map, 3)
    this.#countValues(VALUES_IN_TAG + Math.max(map.size, 1))
    let before = `${OPEN_MAP}[[`
    let index = 0
    for (const [key, value] of map) {
      this.#place.step(level, index)
      this.#put(before)
      this.#write(key)
      this.#text += ','
      this.#write(value)
      before = '],['
      index += 1
    }
    this.#text += index === 0 ? `${OPEN_MAP}[]}` : ']]}'
    this.#place.leave(3)
  }

  #writeSet(set: ReadonlySet<unknown>): void {
    this.#countValues(VALUES_IN_TAG)
    this.#text += OPEN_SET
    this.#writeArray([...set], set, 2)
    this.#text += '}'
  }

  #cannotSend(value: unknown): never {
    throw this.#place.refuse('ERR_VALUE_UNSENDABLE', `it is ${wordsFor(value)}`)
  }

  #tooLarge(): PayloadError {
    const { bodyBytes, nodes } = this.#limits
    return this.#place.refuseWhole(
      'ERR_BODY_TOO_LARGE',
      `it has more than ${bodyBytes} bytes or ${nodes} values, the limits`,
    )
  }
}

/** A whole number beyond 2^53 gets a fraction: without one a reader takes it for an integer, and we bring those back as `bigint`. */
function numberText(value: number): string {
  const text = String(value)
  const looksInteger =
    text.length > 15 && Number.isInteger(value) && !Number.isSafeInteger(value) && !text.includes('e')
  return looksInteger ? `${text}.0` : text
}

function quote(value: string): string {
  return value.length < SHORT_STRING && !NEEDS_ESCAPE.test(value) ? `"${value}"` : stringify(value)
}

function hasSymbolKeys(record: object): boolean {
  return Object.getOwnPropertySymbols(record).some((symbol) =>
    Object.prototype.propertyIsEnumerable.call(record, symbol),
  )
}
