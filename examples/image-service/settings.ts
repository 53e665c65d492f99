/** Where the parts of the example find each other, and the limits the task keeps; read when used, never at import. */

/** Addresses, from the environment where it says so. */
export const settings = {
  /** The HTTP service: takes image URLs, and is told what became of them. */
  get serviceUrl() {
    return process.env['IMAGE_SERVICE_URL'] ?? 'http://127.0.0.1:4000'
  },
  /** The storage server thumbnails are uploaded to. */
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
