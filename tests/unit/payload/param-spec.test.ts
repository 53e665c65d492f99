/** The words for a parameter's type. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { isOptional, isParamSpec, listOf, mapOf, oneOf, optional } from '../../../src/payload/param-spec.js'

class ImageDto {
  url!: string
}

describe('a spec', () => {
  it('is a class, a schema, or made by listOf, optional, mapOf and oneOf', () => {
    const specs = [ImageDto, String, BigInt, Date, Map, z.string(), listOf(ImageDto), optional(z.number())]
    const more = [mapOf(Number), oneOf('a', 1, true, null, ImageDto), listOf(listOf(optional(String)))]

    for (const spec of [...specs, ...more]) expect(isParamSpec(spec)).toBe(true)
  })

  it('may be a schema that is a function, as some libraries have them', () => {
    const schema = Object.assign(() => true, {
      '~standard': { version: 1, vendor: 'x', validate: () => ({ value: 1 }) },
    })

    expect(isParamSpec(schema)).toBe(true)
    expect(isParamSpec(() => true)).toBe(false)
  })

  it.each([
    undefined,
    null,
    5,
    'string',
    {},
    [],
    { kind: 'set' },
    { '~standard': true },
    Symbol('x'),
    Math.max,
  ])('is not %s', (value) => {
    expect(isParamSpec(value)).toBe(false)
  })

  it('is data that cannot be changed', () => {
    const spec = oneOf(listOf(ImageDto), 'none')

    expect(spec).toEqual({ kind: 'oneOf', of: [{ kind: 'list', of: ImageDto }, 'none'] })
    expect(Object.isFrozen(spec) && Object.isFrozen(spec.of) && Object.isFrozen(spec.of[0])).toBe(true)
  })
})

describe('isOptional', () => {
  it('is true only of what optional() made', () => {
    const specs = [optional(String), listOf(optional(String)), String, undefined, z.string().optional()]

    expect(specs.map(isOptional)).toEqual([true, false, false, false, false])
  })
})
