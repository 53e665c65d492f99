/** Starts the service and the servers around it in one process; without a broker URL the worker is in it as well. */
import { createFlakyUploads } from './flaky-uploads.js'
import { createSampleServer } from './samples.js'
import { createService } from './service.js'
import { settings } from './settings.js'
import { createStorage } from './storage.js'
import { defaultApp } from 'taskalope'

const service = createService((message) => console.log(`To the user: ${message}`))
const parts = [
  { name: 'Samples', server: createSampleServer(settings.samplesFolder), url: settings.samplesUrl },
  { name: 'Storage', server: await createStorage(settings.storageFolder), url: settings.storageUrl },
  { name: 'Uploads', server: createFlakyUploads(settings.storageUrl), url: settings.uploadUrl },
  { name: 'Service', server: service, url: settings.serviceUrl },
]

for (const { name, server, url } of parts) {
  const { hostname, port } = new URL(url)
  await server.listen({ host: hostname, port: Number(port) })
  console.log(`${name}: ${url}`)
}
console.log('Ready')

let stopping: Promise<void> | undefined
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void (stopping ??= stop()))

/** Takes no more requests, finishes what runs, and only then lets go of the storage. */
async function stop(): Promise<void> {
  await service.close()
  await defaultApp().close()
  await Promise.all(parts.map(({ server }) => server.close()))
}
