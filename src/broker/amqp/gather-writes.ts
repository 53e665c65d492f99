/** Puts what is written to a socket in one turn of the event loop into one system call. */
import type { Duplex } from 'node:stream'

/**
 * From now on all that is written to `socket` before the next tick leaves together. amqplib writes each frame by itself, and with small
 * messages those system calls are most of what publishing and acknowledging cost.
 */
export function gatherWrites(socket: Duplex): void {
  const write = socket.write.bind(socket) as (...args: readonly unknown[]) => boolean
  let gathering = false
  const send = () => {
    gathering = false
    socket.uncork()
  }
  socket.write = (...args: readonly unknown[]): boolean => {
    if (!gathering) {
      gathering = true
      socket.cork()
      process.nextTick(send)
    }
    return write(...args)
  }
}
