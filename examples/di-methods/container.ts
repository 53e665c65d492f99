/** The container of this program: awilix here, but anything that can build a class will do. */
import { asFunction, asValue, createContainer } from 'awilix'
import type { Services } from './tasks.js'

let attempts = 0

export const container = createContainer<Services>()
container.register({
  mailer: asValue({ send: async (to: string, subject: string) => `sent "${subject}" to ${to}` }),
  users: asFunction(() => new Directory()).singleton(),
  attemptNumber: asFunction(() => ++attempts).scoped(),
})

class Directory {
  async nameOf(id: string): Promise<string> {
    return id === 'ada' ? 'Ada Lovelace' : id
  }
}
