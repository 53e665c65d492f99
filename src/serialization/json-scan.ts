/** One pass over JSON text before it is parsed: how deep, how many values, and which words JSON.parse would refuse or round. */
import { MessageError } from '../kernel/errors.js'
import { MAX_INTEGER_DIGITS } from './limits.js'
import type { SizeLimits } from './serializer.js'
import { bigintTag, numberTag } from './tagged-values.js'

/** A stretch of the text, and the tagged value to put in its place. */
export interface Replacement {
  readonly start: number
  readonly end: number
  readonly text: string
}

const QUOTE = 1
const COMMA = 2
const OPEN = 3
const CLOSE = 4
const WORD = 5

/** What a character outside of strings means to the scan; what is not in here is passed over. */
const KINDS = new Uint8Array(128)
for (const [characters, kind] of [
  ['"', QUOTE],
  [',', COMMA],
  ['[{', OPEN],
  [']}', CLOSE],
  ['-0123456789NI', WORD],
] as const) {
  for (const character of characters) KINDS[character.charCodeAt(0)] = kind
}

/** Below 2^53 an integer has at most 16 digits. */
const LARGE_INTEGER = /^-?[1-9]\d{15,}$/

/**
 * What must be replaced before JSON.parse may have the text; nearly always nothing.
 * @throws MessageError ERR_BODY_TOO_DEEP, ERR_BODY_TOO_LARGE, ERR_BODY_NOT_JSON
 */
export function scanJson(text: string, limits: SizeLimits): readonly Replacement[] {
  let depth = 0
  let deepest = 0
  let values = 1
  const found: Replacement[] = []
  for (let at = 0; at < text.length; at += 1) {
    switch (KINDS[text.charCodeAt(at)]) {
      case QUOTE:
        at = endOfString(text, at)
        break
      case COMMA:
        values += 1
        break
      case OPEN:
        depth += 1
        values += 1
        deepest = Math.max(deepest, depth)
        break
      case CLOSE:
        depth -= 1
        break
      case WORD: {
        const end = endOfWord(text, at)
        const tagged = taggedWord(text, at, end)
        if (tagged !== undefined) found.push({ start: at, end, text: tagged })
        at = end - 1
        break
      }
      default:
    }
  }
  if (deepest > limits.depth) throw tooDeep(limits.depth)
  if (values > limits.nodes) throw tooMany(limits.nodes)
  return found
}

/** The text with the replacements in place. */
export function replaceIn(text: string, replacements: readonly Replacement[]): string {
  const parts: string[] = []
  let done = 0
  for (const { start, end, text: tagged } of replacements) {
    parts.push(text.slice(done, start), tagged)
    done = end
  }
  return parts.join('') + text.slice(done)
}

/** Where the quote is that closes the string opened at `start`; the end of the text when there is none, which JSON.parse reports. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 0x22) return at
    if (code === 0x5c) at += 1
  }
  return at
}

function endOfWord(text: string, start: number): number {
  let end = start + 1
  while (end < text.length && isWordCode(text.charCodeAt(end))) end += 1
  return end
}

/** Letters, digits, and the signs and point of numbers. */
function isWordCode(code: number): boolean {
  const isDigit = code >= 0x30 && code <= 0x39
  const isLetter = (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a)
  return isDigit || isLetter || code === 0x2e || code === 0x2d || code === 0x2b
}

/** The tagged value a word stands for; undefined for one JSON.parse gets right, and for nonsense, which it reports. */
function taggedWord(text: string, start: number, end: number): string | undefined {
  const startsNumber = text.charCodeAt(end - 1) <= 0x39
  if (startsNumber && end - start < 16) return undefined
  const word = text.slice(start, end)
  if (word === 'NaN' || word === 'Infinity' || word === '-Infinity') return numberTag(word)
  if (!LARGE_INTEGER.test(word) || Number.isSafeInteger(Number(word))) return undefined
  if (word.length > MAX_INTEGER_DIGITS + 1) throw tooManyDigits()
  return bigintTag(word)
}

function tooDeep(limit: number): MessageError {
  return new MessageError(
    'ERR_BODY_TOO_DEEP',
    `The body has more than ${limit} arrays and objects inside each other. Send flatter data, or raise the limit.`,
  )
}

function tooMany(limit: number): MessageError {
  return new MessageError(
    'ERR_BODY_TOO_LARGE',
    `The body has more than ${limit} values. Send large data by reference, or raise the limit.`,
  )
}

function tooManyDigits(): MessageError {
  return new MessageError(
    'ERR_BODY_NOT_JSON',
    `The body has an integer of more than ${MAX_INTEGER_DIGITS} digits, which Python does not read either. Send it as text.`,
  )
}
