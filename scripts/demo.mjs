/** `npm run demo`: the image service at work, on the embedded broker or over RabbitMQ; the exit code says whether all went as it should. */
import { parseArgs } from 'node:util'
import { runDemo } from './demo/run-demo.mjs'

const INTERRUPTED = 130
const USAGE = 64

const HELP = `npm run demo -- [options]

Sends the sample images of examples/image-service through its HTTP endpoint and
shows what became of them. Without TASKALOPE_BROKER_URL the service and its
worker are one process on the embedded broker; with it, the worker is a process
of its own, over that RabbitMQ.

  --out DIR       where the thumbnails go (default: a new temporary folder)
  --samples DIR   take the images from here; what is expected of them stays
  --timeout SEC   how long the images may take, all together (default 60)
  --keep          leave everything running afterwards, until Ctrl-C
  --json          print the outcome as JSON and nothing else
  --no-build      run dist and build as they are
  --help          this

Exit code 0: all came out as expected. 1: something did not, or could not be
started. 64: wrong usage. 130: interrupted.`

process.exitCode = await main()

async function main() {
  const options = readOptions()
  if (typeof options === 'string') {
    console.error(`${options}\nTry --help.`)
    return USAGE
  }
  if (options.help) {
    console.log(HELP)
    return 0
  }

  const interruption = new AbortController()
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  try {
    const isAsExpected = await runDemo(options, interruption.signal)
    return isAsExpected ? 0 : 1
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    console.error(message)
    if (options.json) console.log(JSON.stringify({ ok: false, error: message }))
    return interruption.signal.aborted ? INTERRUPTED : 1
  }

  function interrupt() {
    // Whoever asks twice does not want to wait for the end of anything.
    if (interruption.signal.aborted) process.exit(INTERRUPTED)
    interruption.abort(new Error('Interrupted.'))
  }
}

/** @returns {import('./demo/run-demo.mjs').DemoOptions & { help: boolean } | string} the options, or what is wrong with them */
function readOptions() {
  try {
    const { values } = parseArgs({
      allowNegative: true,
      options: {
        out: { type: 'string' },
        samples: { type: 'string' },
        timeout: { type: 'string', default: '60' },
        keep: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        build: { type: 'boolean', default: true },
        help: { type: 'boolean', default: false },
      },
    })
    const timeoutMs = Number(values.timeout) * 1000
    if (!(timeoutMs > 0)) return `--timeout is "${values.timeout}", which is no number of seconds.`
    return { ...values, timeoutMs, brokerUrl: process.env['TASKALOPE_BROKER_URL'] || undefined }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
