/** Tells whether an AMQP 0-9-1 broker answers on a port: a listening socket is not a broker yet. */
import { connect } from 'node:net'

const PROTOCOL_HEADER = Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1])
const METHOD_FRAME_ON_CHANNEL_0 = Buffer.from([1, 0, 0])

/**
 * Sends the protocol header and waits for the first method frame.
 * @param {string} host
 * @param {number} port
 * @param {number} [timeoutMs]
 * @returns {Promise<boolean>} false on any error and after `timeoutMs`
 */
export function answersAmqp(host, port, timeoutMs = 2_000) {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    let received = Buffer.alloc(0)

    /** @param {boolean} answer */
    const done = (answer) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => done(false), timeoutMs)

    socket.once('connect', () => socket.write(PROTOCOL_HEADER))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      if (received.length >= 3) done(received.subarray(0, 3).equals(METHOD_FRAME_ON_CHANNEL_0))
    })
    socket.once('error', () => done(false))
    socket.once('close', () => done(false))
  })
}
