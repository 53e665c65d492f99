/** Where the parts of the example find each other, and the limits the task keeps; nothing is read before it is used. */
import type { Duration } from 'taskalope'

/** Addresses, from the environment where it says so. */
export const settings = {
  /** The HTTP service: takes image URLs, and is told what became of them. */
  get serviceUrl() {
    return process.env['IMAGE_SERVICE_URL'] ?? 'http://127.0.0.1:4000'
  },
  /** A third party: what thumbnails are uploaded through, and what has its troubles. */
  get uploadUrl() {
    return process.env['IMAGE_UPLOAD_URL'] ?? 'http://127.0.0.1:4003'
  },
  /** How long to wait before the same is tried again. 20 minutes, for third parties that are down; the demo says 1 s. */
  get retryDelay() {
    return (process.env['IMAGE_RETRY_DELAY'] ?? '20m') as Duration
  },
  /** The storage server thumbnails end up in. */
  get storageUrl() {
    return process.env['IMAGE_STORAGE_URL'] ?? 'http://127.0.0.1:4001'
  },
  /** The folder of the storage server. */
  get storageFolder() {
    return process.env['IMAGE_STORAGE_FOLDER'] ?? 'build/image-service/storage'
  },
  /** Stands for the rest of the web: the sample images, served over HTTP. */
  get samplesUrl() {
    return process.env['IMAGE_SAMPLES_URL'] ?? 'http://127.0.0.1:4002'
  },
  get samplesFolder() {
    return process.env['IMAGE_SAMPLES_FOLDER'] ?? 'examples/image-service/samples'
  },
}

/** What one image may cost. */
export const limits = {
  downloadMs: 30_000,
  downloadBytes: 20 * 1024 * 1024,
  /** Checked before decoding: a small file can claim to be a very large picture. */
  pixels: 50_000_000,
  resizeSeconds: 30,
  uploadMs: 10_000,
  /** Both sides of a thumbnail, at most. */
  thumbnailSide: 256,
}
