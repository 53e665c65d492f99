/** How large, how deep and how many: the bounds on every body, their defaults, and the refusals of a body that breaks them. */
import { MessageError } from '../kernel/errors.js'
import type { SizeLimits } from './serializer.js'

const MIB = 1024 * 1024

/** What holds where nothing else is said. */
export const DEFAULT_LIMITS: SizeLimits = Object.freeze({
  bodyBytes: 8 * MIB,
  inflatedBytes: 16 * MIB,
  depth: 64,
  nodes: 1_000_000,
})

/** The digits of the longest integer that is read or sent: Python's own bound, and reading longer ones takes seconds. */
export const MAX_INTEGER_DIGITS = 4300

/** The defaults, with some of them replaced. */
export function sizeLimits(limits: Partial<SizeLimits> = {}): SizeLimits {
  return Object.freeze({ ...DEFAULT_LIMITS, ...limits })
}

/** Refuses bytes over a limit before anything is read of them. */
export function checkBodySize(bytes: Uint8Array, limitBytes: number): void {
  if (bytes.length > limitBytes) {
    throw new MessageError(
      'ERR_BODY_TOO_LARGE',
      `The body has ${bytes.length} bytes, and ${limitBytes} is the limit. Send large data by reference, or raise the limit.`,
    )
  }
}
