/** The contract of a serializer: values to bytes and back, under one content type. */

/** Bounds on what may be encoded or decoded, each a setting of the app. */
export interface SizeLimits {
  /** Bytes of a body; default 8 MiB. */
  readonly bodyBytes: number
  /** Bytes of a body once it is inflated; default 16 MiB. */
  readonly inflatedBytes: number
  /** Arrays and objects inside each other; default 64. */
  readonly depth: number
  /** Values in one body; default 1 000 000. */
  readonly nodes: number
}

/** What errors call a part of the value: `Argument [0].items[3] of "billing.charge"`, and its path as `PayloadError.issues` has it. */
export interface PartName {
  readonly words: string
  readonly path: string
}

/** How `encode` treats what it is given. */
export interface EncodeOptions {
  /**
   * What the value is, for errors: `The result of "billing.charge"`, after which the path of the part at fault is put;
   * or a function that names the part at a path (`[0].items[3]`, empty for the whole value) itself.
   */
  readonly subject: string | ((path: string) => PartName)
  /** Write `bigint` as a bare JSON integer, as a Python receiver wants it, not as a tagged value of our own. Default false. */
  readonly bareBigInt?: boolean
}

/** Values to bytes and back. */
export interface Serializer {
  /** Exactly as it stands in the AMQP property; compared literally. */
  readonly contentType: string
  readonly contentEncoding: string
  /** @throws PayloadError ERR_VALUE_UNSENDABLE, ERR_FORBIDDEN_KEY, ERR_BODY_TOO_LARGE, ERR_BODY_TOO_DEEP */
  encode(value: unknown, options: EncodeOptions): Uint8Array
  /**
   * Everything in what it gives back belongs to the caller: no part is shared with `bytes`.
   * @throws MessageError ERR_BODY_EMPTY, ERR_BODY_NOT_UTF8, ERR_BODY_NOT_JSON, ERR_FORBIDDEN_KEY, ERR_BODY_TOO_LARGE, ERR_BODY_TOO_DEEP, ERR_TAG_UNKNOWN
   */
  decode(bytes: Uint8Array): unknown
}
