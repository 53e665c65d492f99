/** Content type to serializer: what is accepted on the way in, and which one is used on the way out. */
import { MessageError } from '../kernel/errors.js'
import { escapeControls } from '../kernel/safe-text.js'
import { jsonSerializer } from './json.js'
import { sizeLimits } from './limits.js'
import type { Serializer, SizeLimits } from './serializer.js'

/** What a registry is made of; everything has a default. */
export interface SerializerRegistryOptions {
  /** Serializers besides JSON, or instead of it; the first one is used for sending. Default: JSON alone. */
  readonly serializers?: readonly Serializer[]
  /** The content types that may come in; default those of all the serializers. */
  readonly accept?: readonly string[]
  /** Bounds on bodies; each has its default. */
  readonly limits?: Partial<SizeLimits>
}

/** The serializers of one app. */
export class SerializerRegistry {
  /** The one to send with. */
  readonly preferred: Serializer
  readonly limits: SizeLimits
  readonly #accepted: ReadonlyMap<string, Serializer>

  constructor(options: SerializerRegistryOptions = {}) {
    this.limits = sizeLimits(options.limits)
    const json = jsonSerializer(this.limits)
    const serializers = options.serializers ?? [json]
    this.preferred = serializers[0] ?? json
    const accept = options.accept ?? serializers.map((serializer) => serializer.contentType)
    this.#accepted = new Map(
      serializers.filter((s) => accept.includes(s.contentType)).map((s) => [s.contentType, s]),
    )
  }

  /**
   * The serializer for what a message says it is. Case and blanks do not matter; a charset other than UTF-8 (or ASCII) does, and
   * nothing is ever guessed: a message without a content type is refused, as is one of a type that is not accepted.
   * @throws MessageError ERR_CONTENT_TYPE
   */
  serializerFor(contentType: string | undefined, contentEncoding?: string): Serializer {
    if (contentEncoding !== undefined && contentEncoding !== 'utf-8') checkEncoding(contentEncoding)
    const exact = this.#accepted.get(contentType ?? '')
    if (exact) return exact
    if (typeof contentType !== 'string' || contentType === '') throw this.#refusal('has no content type')
    const { mediaType, charset } = parseMediaType(contentType)
    if (!UTF8_CHARSETS.has(charset)) throw this.#refusal(`is in the charset ${shown(charset)}`)
    const serializer = this.#accepted.get(mediaType)
    if (!serializer) throw this.#refusal(`is of the content type ${shown(mediaType)}`)
    return serializer
  }

  #refusal(what: string): MessageError {
    const accepted = [...this.#accepted.keys()].map((type) => `"${type}"`).join(', ')
    return new MessageError(
      'ERR_CONTENT_TYPE',
      `The body ${what}. Accepted here: ${accepted}, in UTF-8. Send one of these, or register a serializer for it.`,
    )
  }
}

const UTF8_CHARSETS: ReadonlySet<string> = new Set(['', 'utf-8', 'utf8', 'us-ascii', 'ascii'])
const ENCODINGS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'binary', 'us-ascii', 'ascii', ''])

function checkEncoding(contentEncoding: unknown): void {
  const encoding =
    typeof contentEncoding === 'string' ? contentEncoding.trim().toLowerCase() : typeof contentEncoding
  if (ENCODINGS.has(encoding)) return
  throw new MessageError(
    'ERR_CONTENT_TYPE',
    `The body has the content encoding ${shown(encoding)}; "utf-8" and "binary" are read. Compressed bodies name theirs in the compression header.`,
  )
}

function parseMediaType(contentType: string): { readonly mediaType: string; readonly charset: string } {
  const [mediaType = '', ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase())
  const charset =
    parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length) ?? ''
  return { mediaType, charset: charset.replace(/^"(.*)"$/, '$1') }
}

function shown(text: string): string {
  return `"${escapeControls(text.slice(0, 80))}"`
}
