/** The job a web handler must not do itself: an image is downloaded, made small and uploaded, in steps nobody can call by mistake. */
import { Task, task, type RetryNotice } from 'taskalope'
import { httpStatusOf, retryOnHttp, retryOnNetwork } from 'taskalope/retry'
import { readBody, request } from './http.js'
import { KEPT, messageOf, openPicture, undecodable } from './picture.js'
import { limits, settings } from './settings.js'

/** One picture, as a file. */
export interface ImageFacts {
  readonly format: string
  /** As people see it, a rotation noted in EXIF respected. */
  readonly width: number
  readonly height: number
  readonly bytes: number
}

/** What became of one image. */
export interface ProcessedImage extends ImageFacts {
  readonly thumbnailUrl: string
  readonly original: ImageFacts
}

/** What a progress record says besides the fraction. */
export interface Step {
  /** Which run it is: 1 is the first. */
  readonly attempt: number
  readonly step: 'downloading' | 'resizing' | 'uploading' | 'waiting'
  /** Why it has to wait, and until when. */
  readonly retry?: Retry
}

/** A run that is to be made again. */
export interface Retry {
  /** The status that was answered, or else the policy: `network`. */
  readonly reason: string
  readonly message: string
  readonly nextAt: Date
}

type Thumbnail = Omit<ProcessedImage, 'thumbnailUrl'> & { readonly data: Buffer }

const delay = settings.retryDelay

// A third party that answers 500 or 502 is asked again in 20 minutes; one that is asked too often says itself when.
@task({ name: 'images.process', queue: 'images', maxRuns: 10 })
@retryOnHttp([500, 502], { delay, max: 3 })
@retryOnHttp([429, 503], { delay, max: 5, key: 'busy' })
@retryOnNetwork({ delay, max: 3 })
export class ProcessImage extends Task {
  /** The only way in. Running it twice for one call does no harm: the thumbnail's name comes from the call's id. */
  async run(url: string): Promise<ProcessedImage> {
    const image = await this.download(url)
    const thumbnail = await this.resize(image)
    return await this.upload(url, thumbnail)
  }

  /** Shows whoever asks that it waits, and until when. */
  override async onRetry(error: unknown, { policy, nextAt }: RetryNotice): Promise<void> {
    const reason = String(httpStatusOf(error) ?? policy)
    await this.tell(0, 'waiting', { reason, message: messageOf(error), nextAt })
  }

  /** Tells the user, through the service, why there will be no thumbnail: once, when it will not be tried again. */
  override async onFailure(error: unknown): Promise<void> {
    const { args, attempt } = this.request
    const [url] = args
    const outcome =
      attempt === 1 ? 'was not processed' : `was not processed, though it was tried ${attempt} times`
    await request(`${settings.serviceUrl}/notifications`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        id: this.request.id,
        message: `${String(url)} ${outcome}. ${messageOf(error)}`,
      }),
      signal: AbortSignal.timeout(limits.uploadMs),
    })
  }

  private async download(url: string): Promise<Buffer> {
    await this.tell(0, 'downloading')
    const response = await request(url, { signal: this.within(limits.downloadMs) })
    const type = response.headers.get('content-type') ?? 'of no stated type'
    if (!type.startsWith('image/')) {
      await response.body?.cancel()
      throw new Error(`It is ${type}, not an image`)
    }

    let told = 0
    const onProgress = async (share: number) => {
      if (share - told < 0.1) return
      told = share
      await this.tell(share * 0.5, 'downloading')
    }
    return await readBody(response, { maxBytes: limits.downloadBytes, onProgress })
  }

  private async resize(image: Buffer): Promise<Thumbnail> {
    this.signal.throwIfAborted()
    await this.tell(0.5, 'resizing')
    const { picture, format, hasAlpha, width, height } = await openPicture(image)
    const kept = KEPT.find((each) => each === format) ?? (hasAlpha ? 'png' : 'jpeg')
    const { data, info } = await picture
      .autoOrient()
      .resize(limits.thumbnailSide, limits.thumbnailSide, { fit: 'inside', withoutEnlargement: true })
      .toFormat(kept)
      .timeout({ seconds: limits.resizeSeconds })
      .toBuffer({ resolveWithObject: true })
      .catch((error: unknown) => {
        throw undecodable(format, error)
      })
    return {
      data,
      format: kept,
      width: info.width,
      height: info.height,
      bytes: info.size,
      original: { format, width, height, bytes: image.length },
    }
  }

  private async upload(url: string, { data, ...facts }: Thumbnail): Promise<ProcessedImage> {
    await this.tell(0.9, 'uploading')
    const path = `/objects/${objectName(url, this.request.id)}.${facts.format}`
    await request(settings.uploadUrl + path, {
      method: 'PUT',
      headers: { 'content-type': `image/${facts.format}` },
      body: new Uint8Array(data),
      signal: this.within(limits.uploadMs),
    })
    return { thumbnailUrl: settings.storageUrl + path, ...facts }
  }

  private tell(fraction: number, step: Step['step'], retry?: Retry): Promise<void> {
    return this.progress(fraction, {
      attempt: this.request.attempt,
      step,
      ...(retry && { retry }),
    } satisfies Step)
  }

  /** Ends with its own time, or when the worker has to stop. */
  private within(ms: number): AbortSignal {
    return AbortSignal.any([this.signal, AbortSignal.timeout(ms)])
  }
}

/** Readable for people, unique by the id. */
function objectName(url: string, id: string): string {
  const [base = ''] = (new URL(url).pathname.split('/').at(-1) ?? '').split('.')
  return encodeURIComponent(`${base.replaceAll(/[^\w-]/g, '').slice(0, 40)}-${id}`)
}
