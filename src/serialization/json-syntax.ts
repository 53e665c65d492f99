/** Where a text stops being JSON, Python's NaN and Infinity included: a position for people, since the messages of JSON.parse quote the text itself. */

const SPACE = /[ \t\n\r]*/y
const WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity|[[\]{}:,]/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y

/** What may come next: a value, a value or the end of its array, a key …, or what follows a value. */
type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma'

type Opener = '[' | '{'

/** The index of the first token that does not belong; the length of the text when it just breaks off. For texts JSON.parse refused. */
export function jsonErrorPosition(text: string): number {
  const open: Opener[] = []
  let expected: Expected | undefined = 'value'
  let at = endOf(SPACE, text, 0)
  while (at < text.length) {
    const end: number = text[at] === '"' ? endOfString(text, at) : endOf(WORD, text, at)
    expected = end === at ? undefined : afterToken(expected, text[at] ?? '', open)
    if (expected === undefined) return at
    at = endOf(SPACE, text, end)
  }
  return at
}

/** What may follow a token that starts with this character; undefined when it does not belong here. Keeps `open` up to date. */
function afterToken(expected: Expected, start: string, open: Opener[]): Expected | undefined {
  if (start === ':') return expected === 'colon' ? 'value' : undefined
  if (start === ',') return expected === 'comma' ? afterComma(open.at(-1)) : undefined
  if (start === ']' || start === '}') return afterClose(expected, start, open)
  return afterValue(expected, start, open)
}

function afterComma(around: Opener | undefined): Expected | undefined {
  if (around === undefined) return undefined
  return around === '[' ? 'value' : 'key'
}

function afterClose(expected: Expected, start: ']' | '}', open: Opener[]): Expected | undefined {
  const [opener, ifEmpty] = start === ']' ? ['[', 'value or ]'] : ['{', 'key or }']
  return (expected === 'comma' || expected === ifEmpty) && open.pop() === opener ? 'comma' : undefined
}

function afterValue(expected: Expected, start: string, open: Opener[]): Expected | undefined {
  if (expected === 'key' || expected === 'key or }') return start === '"' ? 'colon' : undefined
  if (expected !== 'value' && expected !== 'value or ]') return undefined
  if (start !== '[' && start !== '{') return 'comma'
  open.push(start)
  return start === '[' ? 'value or ]' : 'key or }'
}

/** Where a match that starts at `at` ends; `at` itself when there is none. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

/** By hand, because a pattern that repeats an alternative overflows on strings of megabytes. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === 0x22) return at + 1
    const end = code === 0x5c ? endOf(ESCAPE, text, at) : at + (code < 0x20 ? 0 : 1)
    if (end === at) return start
    at = end
  }
  return start
}
