/** Where in a value a walk is: the containers around, the steps taken in them, how deep that is, and the refusal that names the place. */
import { PayloadError, type PayloadCode } from '../kernel/errors.js'
import type { EncodeOptions, PartName } from './serializer.js'
import { pathText } from './value-path.js'

/** The place of one walk over one value. */
export class WritePlace {
  /** The last error made here, by which the walk tells its own from what the caller's getters throw. */
  refusal: PayloadError | undefined
  readonly #deepest: number
  readonly #subject: EncodeOptions['subject']
  readonly #around: object[] = []
  readonly #steps: (string | number)[] = []
  /** Brackets open in the text: more than containers, because tags have their own. */
  #brackets = 0

  constructor(deepest: number, subject: EncodeOptions['subject']) {
    this.#deepest = deepest
    this.#subject = subject
  }

  /**
   * Steps into a container that has so many brackets in the text; gives its level.
   * @throws PayloadError ERR_BODY_TOO_DEEP, or ERR_VALUE_UNSENDABLE for a container that contains itself
   */
  enter(container: object, brackets: number): number {
    this.#brackets += brackets
    if (this.#brackets > this.#deepest) throw this.#refuseDepthOf(container)
    return this.#around.push(container) - 1
  }

  leave(brackets: number): void {
    this.#brackets -= brackets
    this.#around.pop()
  }

  /** Says which element of the container at `level` comes now. */
  step(level: number, key: string | number): void {
    this.#steps[level] = key
  }

  /** @throws PayloadError ERR_BODY_TOO_DEEP where not even one bracket more is allowed */
  checkBracket(): void {
    if (this.#brackets + 1 > this.#deepest) throw this.#refuseDepth()
  }

  /** The error for the value at this place. */
  refuse(code: PayloadCode, why: string, cause?: unknown): PayloadError {
    const part = this.#partName(pathText(this.#steps.slice(0, this.#around.length)))
    const advice = code === 'ERR_BODY_TOO_LARGE' ? 'Send large data by reference.' : 'Send plain data only.'
    const message = `${part.words} cannot be sent as application/json: ${why}. ${advice}`
    const options = cause === undefined ? {} : { cause }
    this.refusal = new PayloadError(code, message, {
      ...options,
      issues: [{ path: part.path, message: why }],
    })
    return this.refusal
  }

  /** The error for the outermost part this place lies in. */
  refuseWhole(code: PayloadCode, why: string): PayloadError {
    this.#around.length = Math.min(this.#around.length, 1)
    return this.refuse(code, why)
  }

  #refuseDepthOf(container: object): PayloadError {
    const first = this.#around.indexOf(container)
    if (first === -1) return this.#refuseDepth()
    // One round of the cycle is enough of a path.
    const again = this.#around.indexOf(container, first + 1)
    if (again !== -1) this.#around.length = again
    return this.refuse('ERR_VALUE_UNSENDABLE', 'it contains itself')
  }

  #refuseDepth(): PayloadError {
    return this.refuse('ERR_BODY_TOO_DEEP', `it lies under more than ${this.#deepest} arrays and objects`)
  }

  #partName(path: string): PartName {
    const subject = this.#subject
    if (typeof subject === 'function') return subject(path)
    return { words: path === '' ? subject : `${subject} at ${path}`, path }
  }
}
