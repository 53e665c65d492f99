/** The path of a value inside another, as people write it: `[0].items[3]["odd key"]`. */
import { escapeControls } from '../kernel/safe-text.js'

const PLAIN_KEY = /^[A-Za-z_$][\w$]*$/
const LONGEST_KEY = 80
const LONGEST_PATH = 300

/** The steps from the outside in as text; cut where it gets long. */
export function pathText(steps: readonly (string | number)[]): string {
  let text = ''
  for (const step of steps) {
    text += typeof step === 'number' ? `[${step}]` : keyText(step)
    if (text.length > LONGEST_PATH) return `${text.slice(0, LONGEST_PATH)}…`
  }
  return text
}

function keyText(key: string): string {
  const short = key.length > LONGEST_KEY ? `${key.slice(0, LONGEST_KEY)}…` : key
  return PLAIN_KEY.test(short) ? `.${short}` : `["${escapeControls(short)}"]`
}
