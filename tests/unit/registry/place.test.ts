/** Where a declaration stands, read from the stack. */
import { afterEach, describe, expect, it } from 'vitest'
import { isSamePlace, placeOfCaller, showPlace, type Place } from '../../../src/registry/place.js'

const at = (file: string, line = 1, column = 1, via = ''): Place => ({ file, line, column, via })

describe('placeOfCaller', () => {
  const prepareStackTrace = Error.prepareStackTrace
  const { stackTraceLimit } = Error

  afterEach(() => {
    Error.prepareStackTrace = prepareStackTrace
    Error.stackTraceLimit = stackTraceLimit
  })

  function declare(): Place | undefined {
    return placeOfCaller(declare)
  }
  /** What a stack of these frames is read as. */
  function read(...frames: string[]): Place | undefined {
    Error.prepareStackTrace = () => ['Error', ...frames.map((frame) => `    at ${frame}`)].join('\n')
    return declare()
  }

  it('is where the function was called', () => {
    const place = declare()

    expect(place?.file).toMatch(/place\.test\.ts$/)
    expect(place?.line).toBeGreaterThan(1)
  })

  it.each([
    ['file:///app/dist/mail.js:12:3', '/app/dist/mail.js', 12],
    ['Object.<anonymous> (/app/dist/mail.js:12:3)', '/app/dist/mail.js', 12],
    ['Function.<static_initializer> (file:///app/mail.js:12:3)', '/app/mail.js', 12],
    ['new Mail (file:///app/mail.js:12:3)', '/app/mail.js', 12],
    ['C:\\app\\mail.js:12:3', 'C:\\app\\mail.js', 12],
    ['file:///app/mail.js?t=1712345:12:3', '/app/mail.js', 12],
    ['Mail.send [as go] (file:///app/with (parens)/mail.js:12:3)', '/app/with (parens)/mail.js', 12],
  ])('reads %s', (frame, file, line) => {
    expect(read(frame)).toMatchObject({ file: expect.stringContaining(file), line, column: 3 })
    expect(read(frame)?.file).not.toContain('?')
  })

  it('passes over what compilers and their packages call to apply decorators', () => {
    const place = read(
      'DecorateProperty (/app/node_modules/reflect-metadata/Reflect.js:5:1)',
      '__decorate (file:///app/mail.js:2:1)',
      'applyMemberDec (file:///app/mail.js:40:1)',
      'file:///app/mail.js:12:3',
    )

    expect(place).toEqual(at('file:///app/mail.js', 12, 3))
  })

  it('passes over a package’s own way of declaring tasks', () => {
    const place = read('mailTask (/app/node_modules/@acme/tasks/index.js:5:1)', 'file:///app/mail.js:12:3')

    expect(place).toEqual(at('file:///app/mail.js', 12, 3))
  })

  it('takes a package’s file where the package itself declares the task', () => {
    const place = read(
      'file:///app/node_modules/@acme/tasks/index.js:5:1',
      'ModuleJob.run (node:internal/modules:1:1)',
    )

    expect(place).toEqual(at('file:///app/node_modules/@acme/tasks/index.js', 5, 1))
  })

  it('remembers through which files of the user’s it went, and nothing of what loaded them', () => {
    const place = read(
      'make (file:///app/make.js:3:1)',
      'file:///app/mail.js:12:3',
      'Module._compile (node:internal/modules:1:1)',
      'Object.<anonymous> (/app/main.js:1:1)',
    )

    expect(place).toEqual(at('file:///app/make.js', 3, 1, 'file:///app/mail.js'))
    for (const loader of ['async file:///app/main.js:1:1', 'async load (file:///app/main.js:1:1)']) {
      expect(read('file:///app/mail.js:12:3', loader)).toEqual(at('file:///app/mail.js', 12, 3))
    }
  })

  it('is undefined where the stack tells nothing', () => {
    expect(read('<anonymous>')).toBeUndefined()
    expect(read()).toBeUndefined()

    Error.prepareStackTrace = (_error, sites) => sites
    expect(declare()).toBeUndefined()
    Error.prepareStackTrace = prepareStackTrace
    Error.stackTraceLimit = 0
    expect(declare()).toBeUndefined()
  })
})

describe('isSamePlace', () => {
  it('is true of the same spot, reached the same way', () => {
    expect(isSamePlace(at('/a.js', 1, 2), at('/a.js', 1, 2))).toBe(true)
    expect(isSamePlace(at('/a.js', 1, 2), at('/b.js', 1, 2))).toBe(false)
    expect(isSamePlace(at('/a.js', 1, 2), at('/a.js', 2, 2))).toBe(false)
    expect(isSamePlace(at('/a.js', 1, 2), at('/a.js', 1, 3))).toBe(false)
    expect(isSamePlace(at('/a.js', 1, 2, '/x.js'), at('/a.js', 1, 2, '/y.js'))).toBe(false)
  })

  it('is false where a place is not known', () => {
    expect(isSamePlace(undefined, undefined)).toBe(false)
    expect(isSamePlace(at('/a.js'), undefined)).toBe(false)
  })
})

describe('showPlace', () => {
  it.each([
    [at('file:///app/src/mail.ts', 12), undefined, 'mail.ts:12'],
    [at('C:\\app\\src\\mail.ts', 12), undefined, 'mail.ts:12'],
    [at('/app/esm/mail.js', 12), at('/app/cjs/mail.js', 9), 'esm/mail.js:12'],
    [at('/app/esm/lib/mail.js', 12), at('/app/cjs/lib/mail.js', 9), 'esm/lib/mail.js:12'],
    [at('/app/mail.js', 12), at('/app/mail.js', 9), 'mail.js:12'],
    [at('/app/mail.js', 12), at('/app/other.js', 9), 'mail.js:12'],
    [at('mail.js', 12), at('x/mail.js', 9), 'mail.js:12'],
  ])('shows %o apart from %o as %s', (place, other, shown) => {
    expect(showPlace(place, other)).toBe(shown)
  })
})
