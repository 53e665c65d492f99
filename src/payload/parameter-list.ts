/** Reads from a function's source whether it takes any number of arguments, which emitted types do not tell. */

/**
 * Whether a function has a rest parameter, or may have: `...` anywhere in its parameter list, `arguments` in its body, or a source that cannot be read.
 * Errs on the side of yes, so that no good call is ever refused.
 */
export function takesAnyNumber(code: unknown): boolean {
  if (typeof code !== 'function') return true
  const source = Function.prototype.toString.call(code)
  if (/\barguments\b|\[native code\]/.test(source)) return true
  const list = parameterList(source)
  // A slash that is no comment may be a regular expression, in which quotes and parentheses mean nothing.
  return list === undefined || /\.\.\.|\//.test(list)
}

/** What cannot hold a parenthesis that counts: comments, texts and templates. */
const OPAQUE = /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`/g

/** The text between the parentheses of the parameters; undefined where there are none to be found. */
function parameterList(source: string): string | undefined {
  const bare = source.replace(OPAQUE, '')
  // A computed name, as in `[make()](a) {}`, has parentheses of its own.
  const start = bare.startsWith('[') ? -1 : bare.indexOf('(')
  if (start < 0) return undefined
  let depth = 0
  for (let at = start; at < bare.length; at += 1) {
    if (bare[at] === '(') depth += 1
    if (bare[at] === ')') depth -= 1
    if (depth === 0) return bare.slice(start + 1, at)
  }
  return undefined
}
