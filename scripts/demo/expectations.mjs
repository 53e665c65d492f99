/** What must become of every sample image, as data. */

/**
 * @typedef {object} Picture
 * @property {string} format
 * @property {number} width
 * @property {number} height
 */
/**
 * One pixel of the thumbnail: its place as a share of width and height, and its red, green, blue and alpha.
 * @typedef {object} Pixel
 * @property {string} what
 * @property {readonly [number, number]} at
 * @property {readonly [number, number, number, number]} rgba
 */
/**
 * @typedef {object} Done
 * @property {string} file
 * @property {readonly string[]} [retriedAfter] what went wrong with its upload before it came through
 * @property {Picture} original
 * @property {Picture} thumbnail
 * @property {boolean} alpha
 * @property {readonly Pixel[]} pixels
 */
/** @typedef {{ file: string, retriedAfter?: readonly string[], failsWith: RegExp }} Failed */
/** @typedef {Done | Failed} Expectation */

/** How far a colour may be off, per channel: the formats are lossy, and the pixel may lie beside an edge. */
export const COLOUR_TOLERANCE = 24

// The landscapes are blue in the upper left corner and green in the lower one, whatever way the pixels lie in the file.
const LANDSCAPE = /** @type {const} */ ([
  { what: 'the sky above', at: [0.04, 0.03], rgba: [46, 67, 136, 255] },
  { what: 'the meadow below', at: [0.3, 0.97], rgba: [46, 139, 87, 255] },
])
const BELLY = /** @type {const} */ ({ what: 'the belly', at: [0.5, 0.78], rgba: [232, 211, 176, 255] })

/** @type {readonly Expectation[]} */
export const EXPECTATIONS = [
  {
    file: 'rotated.jpg',
    original: { format: 'jpeg', width: 900, height: 1200 },
    thumbnail: { format: 'jpeg', width: 192, height: 256 },
    alpha: false,
    pixels: LANDSCAPE,
  },
  {
    file: 'jackalope.png',
    retriedAfter: ['500'],
    original: { format: 'png', width: 800, height: 800 },
    thumbnail: { format: 'png', width: 256, height: 256 },
    alpha: true,
    pixels: [{ what: 'the transparent corner', at: [0.02, 0.02], rgba: [0, 0, 0, 0] }, BELLY],
  },
  {
    file: 'meadow.webp',
    retriedAfter: ['429'],
    original: { format: 'webp', width: 1280, height: 720 },
    thumbnail: { format: 'webp', width: 256, height: 144 },
    alpha: false,
    pixels: LANDSCAPE,
  },
  {
    file: 'lake.avif',
    retriedAfter: ['502', '500'],
    original: { format: 'avif', width: 1000, height: 1000 },
    thumbnail: { format: 'avif', width: 256, height: 256 },
    alpha: false,
    pixels: LANDSCAPE,
  },
  {
    file: 'blink.gif',
    retriedAfter: ['network'],
    original: { format: 'gif', width: 240, height: 240 },
    thumbnail: { format: 'png', width: 240, height: 240 },
    alpha: true,
    pixels: [{ what: 'the sky', at: [0.02, 0.02], rgba: [253, 226, 179, 255] }, BELLY],
  },
  {
    file: 'huge.jpg',
    original: { format: 'jpeg', width: 8000, height: 5000 },
    thumbnail: { format: 'jpeg', width: 256, height: 160 },
    alpha: false,
    pixels: LANDSCAPE,
  },
  {
    file: 'tiny.png',
    original: { format: 'png', width: 64, height: 48 },
    thumbnail: { format: 'png', width: 64, height: 48 },
    alpha: false,
    pixels: LANDSCAPE,
  },
  {
    file: 'unlucky.jpg',
    retriedAfter: ['500', '500', '500'],
    failsWith: /answered 500 Internal Server Error/,
  },
  { file: 'corrupt.jpg', failsWith: /cannot be read as an image: the jpeg data is damaged or incomplete/ },
]
