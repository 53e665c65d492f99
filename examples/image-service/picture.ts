/** Which files are taken for pictures, and what is said of those that are not. */
import sharp from 'sharp'
import { limits } from './settings.js'

/** Formats a thumbnail keeps; others become PNG where they have transparent parts, else JPEG. */
export const KEPT = ['jpeg', 'png', 'webp', 'avif'] as const
const TAKEN = [...KEPT, 'gif', 'tiff']

/**
 * What the first bytes of a file say of it; nothing is decoded yet.
 * @throws an Error that says why it is not taken
 */
export async function openPicture(file: Buffer) {
  try {
    const picture = sharp(file, { limitInputPixels: limits.pixels, failOn: 'error' })
    const { mediaType = 'of no known type', hasAlpha, autoOrient } = await picture.metadata()
    const format = mediaType.replace('image/', '')
    if (!TAKEN.includes(format)) throw new Error(`${format} is not taken, only ${TAKEN.join(', ')}`)
    return { picture, format, hasAlpha, ...autoOrient }
  } catch (error) {
    throw unreadable(messageOf(error), error)
  }
}

/** Why a file that looked well could not be decoded. */
export function undecodable(format: string, error: unknown): Error {
  const words = messageOf(error)
  if (words.startsWith('timeout')) return unreadable(`it takes longer than ${limits.resizeSeconds} s`, error)
  // The decoder's own words are a bonus: they get lost when several pictures are decoded at a time.
  const detail = words === 'Unknown error' ? '' : ` (${words})`
  return unreadable(`the ${format} data is damaged or incomplete${detail}`, error)
}

export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

const unreadable = (reason: string, cause: unknown) =>
  new Error(`It cannot be read as an image: ${reason}`, { cause })
