/** A small companion process that ends a node and removes its folder when we end, however we end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { groupFile } from './node-settings.mjs'

// It runs epmd as its child and waits for the end of its standard input: our end of that pipe closes when we close it,
// exit, crash, or are killed.
const SCRIPT = `
"$1" -port "$2" -address 127.0.0.1 >/dev/null 2>&1 &
epmd=$!
trap '' INT TERM HUP
cat >/dev/null
if [ -f "$3" ]; then
  group=$(cat "$3")
  kill -s KILL -- "-$group"
  tries=40
  while kill -s 0 -- "-$group" && [ $((tries -= 1)) -gt 0 ]; do sleep 0.05; done
fi
kill "$epmd"
wait "$epmd"
rm -rf "$4"
`

/**
 * Starts the companion, epmd with it.
 * @param {import('./node-settings.mjs').NodeSettings} settings
 * @returns {{ end(): Promise<void> }} `end()` resolves when node, epmd and folder are gone
 */
export function startKeeper({ folder, epmdPort, installation }) {
  const args = [installation.epmd, String(epmdPort), groupFile(folder), folder]
  const keeper = spawn('/bin/sh', ['-c', SCRIPT, 'keeper', ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const exited = once(keeper, 'exit')
  keeper.unref()

  return {
    async end() {
      keeper.ref()
      keeper.stdin.end()
      await exited
    },
  }
}
