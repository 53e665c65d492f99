/** Which serializer reads what: by content type, compared by meaning, never guessed. */
import { describe, expect, it } from 'vitest'
import type { Serializer } from '../../../src/serialization/serializer.js'
import { SerializerRegistry } from '../../../src/serialization/serializer-registry.js'

const registry = new SerializerRegistry()
const msgpack: Serializer = {
  contentType: 'application/x-msgpack',
  contentEncoding: 'binary',
  encode: () => new Uint8Array(),
  decode: () => null,
}

describe('serializerFor', () => {
  it.each([
    'application/json',
    'APPLICATION/JSON',
    ' application/json ',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/json; charset=us-ascii; x=y',
  ])('reads %j as JSON', (contentType) => {
    expect(registry.serializerFor(contentType).contentType).toBe('application/json')
  })

  it.each([
    undefined,
    '',
    'application/x-python-serialize',
    'application/x-yaml',
    'application/x-msgpack',
    'application/json; charset=utf-16',
    'application/jsonp',
    'text/plain',
    '__proto__',
    '\u001b[2J',
  ])('refuses %j', (contentType) => {
    expect(() => registry.serializerFor(contentType)).toThrow(
      expect.objectContaining({ code: 'ERR_CONTENT_TYPE', message: expect.not.stringContaining('\u001b') }),
    )
  })

  it.each(['utf-8', 'UTF-8', 'binary', undefined, ''])('takes the content encoding %j', (encoding) => {
    expect(() => registry.serializerFor('application/json', encoding)).not.toThrow()
  })

  it.each(['gzip', 'utf-16', 'base64', 'latin1'])('refuses the content encoding %j', (encoding) => {
    expect(() => registry.serializerFor('application/json', encoding)).toThrow(
      expect.objectContaining({ code: 'ERR_CONTENT_TYPE' }),
    )
  })

  it('survives properties of the wrong type, which a broker never gives', () => {
    const odd = 5 as unknown as string

    expect(() => registry.serializerFor(odd)).toThrow(expect.objectContaining({ code: 'ERR_CONTENT_TYPE' }))
    expect(() => registry.serializerFor('application/json', odd)).toThrow(
      expect.objectContaining({ code: 'ERR_CONTENT_TYPE' }),
    )
  })
})

describe('a registry', () => {
  it('sends with the first serializer and reads with all of them', () => {
    const both = new SerializerRegistry({ serializers: [msgpack, registry.preferred] })

    expect(both.preferred).toBe(msgpack)
    expect(both.serializerFor('application/x-msgpack', 'binary')).toBe(msgpack)
    expect(both.serializerFor('application/json')).toBe(registry.preferred)
  })

  it('reads only what is on its list', () => {
    const one = new SerializerRegistry({
      serializers: [registry.preferred, msgpack],
      accept: ['application/json'],
    })

    expect(() => one.serializerFor('application/x-msgpack')).toThrow(
      expect.objectContaining({
        code: 'ERR_CONTENT_TYPE',
        message: expect.stringContaining('"application/json"'),
      }),
    )
  })

  it('gives its limits to its serializer', () => {
    const small = new SerializerRegistry({ limits: { depth: 1 } })

    expect(small.limits).toMatchObject({ depth: 1, nodes: 1_000_000 })
    expect(() => small.preferred.encode([[]], { subject: 'x' })).toThrow(
      expect.objectContaining({ code: 'ERR_BODY_TOO_DEEP' }),
    )
  })
})
