/** Loads an amqplib of our own, with its table codec, its handshake errors and its first frames mended; nobody else's amqplib is touched. */
import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import type * as amqplib from 'amqplib'
import { DeclarationError } from '../../kernel/errors.js'
import { decodeFieldTable } from './field-table-decoder.js'
import { encodeFieldTable } from './field-table-encoder.js'

/** The part of amqplib this library uses. */
export type Amqplib = Pick<typeof amqplib, 'connect'>

interface Frame {
  readonly id?: number
}

/** What of amqplib's inside is replaced; a test fails when a new version looks different. */
interface Insides {
  readonly codec: { encodeTable: unknown; decodeFields: unknown }
  readonly defs: { readonly ConnectionClose: number }
  readonly format: {
    inspect: (frame: Frame, showFields: boolean) => string
    closeMessage: (frame: Frame) => string
  }
  readonly connection: { readonly Connection: { readonly prototype: { acceptLoop: () => void } } }
}

const require = createRequire(import.meta.url)
let loaded: Amqplib | undefined

/**
 * The mended amqplib; loaded at the first call, the same one afterwards.
 * @throws DeclarationError ERR_PEER_MISSING when the installed amqplib is not the version this library was made for.
 */
export function loadAmqplib(): Amqplib {
  loaded ??= loadPrivately(require.resolve('amqplib'))
  return loaded
}

/**
 * amqplib's modules read each other's exports while they load, so the mending has to come first: they are loaded afresh, past the module
 * cache, which also leaves the amqplib of the application, if it uses one, as it is.
 */
function loadPrivately(main: string): Amqplib {
  const folder = dirname(main)
  const others = takeFromCache(folder)
  try {
    mendCodec(requireInside(folder, 'codec'))
    mendHandshakeErrors(requireInside(folder, 'defs'), requireInside(folder, 'format'))
    mendFirstFrames(requireInside(folder, 'connection'))
    return require(main) as Amqplib
  } finally {
    takeFromCache(folder)
    for (const [file, module] of others) require.cache[file] = module
  }
}

function takeFromCache(folder: string): [string, NodeJS.Module | undefined][] {
  const entries = Object.entries(require.cache).filter(([file]) => file.startsWith(folder + sep))
  for (const [file] of entries) delete require.cache[file]
  return entries
}

function requireInside<Name extends keyof Insides>(folder: string, name: Name): Insides[Name] {
  try {
    return require(join(folder, 'lib', `${name}.js`)) as Insides[Name]
  } catch (cause) {
    throw strangeAmqplib(`lib/${name}.js`, cause)
  }
}

function mendCodec(codec: Insides['codec']): void {
  if (typeof codec.encodeTable !== 'function' || typeof codec.decodeFields !== 'function') {
    throw strangeAmqplib('lib/codec.js')
  }
  codec.encodeTable = encodeFieldTable
  codec.decodeFields = decodeFieldTable
}

/** A refused vhost is reported as an unexpected frame without its reason, which alone tells "no such vhost" from "still starting". */
function mendHandshakeErrors(defs: Insides['defs'], format: Insides['format']): void {
  const { inspect, closeMessage } = format
  if (typeof inspect !== 'function' || typeof closeMessage !== 'function' || !defs.ConnectionClose) {
    throw strangeAmqplib('lib/format.js')
  }
  format.inspect = (frame, showFields) =>
    frame.id === defs.ConnectionClose ? closeMessage(frame) : inspect(frame, showFields)
}

/**
 * amqplib handles frames that came together with the last one of the handshake before anybody could listen: an error among them would be
 * uncaught, a close unnoticed. One turn of the event loop later, somebody does.
 */
function mendFirstFrames({ Connection }: Insides['connection']): void {
  const { acceptLoop } = Connection.prototype
  if (typeof acceptLoop !== 'function') throw strangeAmqplib('lib/connection.js')
  Connection.prototype.acceptLoop = function (this: object) {
    setImmediate(() => acceptLoop.call(this))
  }
}

function strangeAmqplib(file: string, cause?: unknown): DeclarationError {
  return new DeclarationError(
    'ERR_PEER_MISSING',
    `The installed amqplib is not the one this library was made for: "${file}" has another shape. Install the version that taskalope's package.json names.`,
    cause === undefined ? undefined : { cause },
  )
}
