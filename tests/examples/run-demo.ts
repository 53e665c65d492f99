/** Runs `npm run demo` for the tests, without building. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
export const DEMO = join(ROOT, 'scripts/demo.mjs')

/** Over RabbitMQ when `brokerUrl` is given; resolves whatever the exit code, with both streams in `all`. */
export function runDemo(args: readonly string[], brokerUrl?: string) {
  return execa(process.execPath, [DEMO, '--no-build', ...args], {
    env: { TASKALOPE_BROKER_URL: brokerUrl },
    all: true,
    reject: false,
    timeout: 60_000,
  })
}
