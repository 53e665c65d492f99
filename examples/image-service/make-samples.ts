/** Draws the sample images, so that they belong to nobody: `node build/examples/image-service/make-samples.js [FOLDER]`. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import sharp from 'sharp'
import { jackalope, landscape, sign } from './sample-scenes.js'

/** Every sample by its file name; nothing is drawn before its function is called. */
export const samples: Readonly<Record<string, () => Promise<Buffer>>> = {
  // Taken with the camera held upright: the pixels lie on their side and EXIF orientation 6 says how to turn them.
  'rotated.jpg': async () => {
    const upright = await render(landscape(900, 1200, sign('THIS SIDE UP')))
    return sharp(upright).rotate(270).withMetadata({ orientation: 6 }).jpeg({ quality: 80 }).toBuffer()
  },
  'jackalope.png': async () =>
    sharp(await render(jackalope(800)))
      .png({ palette: true })
      .toBuffer(),
  'meadow.webp': async () =>
    sharp(await render(landscape(1280, 720)))
      .webp({ quality: 80 })
      .toBuffer(),
  'lake.avif': async () =>
    sharp(await render(landscape(1000, 1000)))
      .removeAlpha()
      .avif({ quality: 50 })
      .toBuffer(),
  'blink.gif': async () => {
    const frames = await Promise.all(
      [false, true].map((winking) => render(jackalope(240, { winking, sky: '#fde2b3' }))),
    )
    return sharp(frames, { join: { animated: true } })
      .gif({ delay: [900, 200], loop: 0 })
      .toBuffer()
  },
  // 40 million pixels: 160 MB once decoded, less than a megabyte on its way.
  'huge.jpg': async () =>
    sharp(await render(landscape(8000, 5000)))
      .jpeg({ quality: 60 })
      .toBuffer(),
  'tiny.png': async () =>
    sharp(await render(landscape(64, 48)))
      .png({ palette: true })
      .toBuffer(),
  // Nothing is wrong with it, but its upload never comes through.
  'unlucky.jpg': async () =>
    sharp(await render(landscape(640, 480)))
      .jpeg({ quality: 80 })
      .toBuffer(),
  // A download that broke off: a good JPEG header, a third of the picture, then nothing.
  'corrupt.jpg': async () => {
    const whole = await sharp(await render(landscape(1200, 900)))
      .jpeg({ quality: 80 })
      .toBuffer()
    return whole.subarray(0, Math.floor(whole.length / 3))
  },
}

/** Writes all samples into `folder`. */
export async function makeSamples(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const [name, draw] of Object.entries(samples)) {
    const bytes = await draw()
    await writeFile(join(folder, name), bytes)
    console.log(`${name}: ${bytes.length} bytes`)
  }
}

const render = (svg: string): Promise<Buffer> =>
  sharp(Buffer.from(svg), { limitInputPixels: false }).png().toBuffer()

if (import.meta.filename === resolve(process.argv[1] ?? '')) {
  await makeSamples(process.argv[2] ?? 'examples/image-service/samples')
}
