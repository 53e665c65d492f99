/** HTTP as the task needs it: what goes wrong is said in words a user understands, and a body never grows past its limit. */

/** The other side answered, but not with success. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  /** `response` is kept for its headers: Retry-After says when to come back. */
  constructor(
    readonly response: Response,
    host: string,
  ) {
    super(`${host} answered ${response.status} ${response.statusText}`.trimEnd())
    this.status = response.status
  }
}

/**
 * `fetch` that rejects for every answer but success, and says which server did not answer.
 * @throws HttpError for an answer with another status.
 */
export async function request(url: string, init: RequestInit): Promise<Response> {
  const host = new URL(url).host
  const response = await fetch(url, init).catch((error: unknown) => {
    throw new Error(`${host} cannot be reached: ${rootCause(error)}`, { cause: error })
  })
  if (response.ok) return response
  await response.body?.cancel()
  throw new HttpError(response, host)
}

/** How a body is read. */
export interface ReadOptions {
  readonly maxBytes: number
  /** Told the share that has arrived, 0 to 1, as far as the other side said how much is to come. */
  readonly onProgress: (share: number) => Promise<void>
}

/** The whole body, unless it is longer than `maxBytes`: then reading stops there. */
export async function readBody(response: Response, { maxBytes, onProgress }: ReadOptions): Promise<Buffer> {
  const announced = Number(response.headers.get('content-length') ?? 0)
  if (announced > maxBytes) {
    await response.body?.cancel()
    throw tooLong(maxBytes)
  }

  const chunks: Uint8Array[] = []
  let received = 0
  for await (const chunk of unbroken(response)) {
    received += chunk.length
    // The announced length may be missing or a lie; leaving the loop ends the download.
    if (received > maxBytes) throw tooLong(maxBytes)
    chunks.push(chunk)
    if (announced > 0) await onProgress(Math.min(1, received / announced))
  }
  return Buffer.concat(chunks)
}

async function* unbroken(response: Response): AsyncGenerator<Uint8Array> {
  try {
    yield* response.body ?? []
  } catch (error) {
    throw new Error(`The download broke off: ${rootCause(error)}`, { cause: error })
  }
}

const tooLong = (maxBytes: number) => new Error(`The file is larger than ${maxBytes / 1024 / 1024} MB`)

function rootCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? rootCause(error.cause) : error.message
}
