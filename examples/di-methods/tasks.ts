/** Methods as tasks: their class gets what it needs from a container, as everywhere else in the program. */
import { task } from 'taskalope'

const queue = 'examples.methods'

/** What the tasks need, whoever provides it. */
export interface Services {
  readonly mailer: { send(to: string, subject: string): Promise<string> }
  readonly users: { nameOf(id: string): Promise<string> }
  /** One per attempt: the container makes a new one for every scope. */
  readonly attemptNumber: number
}

export class Emails {
  readonly #services: Services

  constructor(services: Services) {
    this.#services = services
  }

  @task({ name: 'examples.emails.welcome', queue })
  async welcome(userId: string): Promise<string> {
    return await this.#send(userId, 'Welcome')
  }

  @task({ name: 'examples.emails.farewell', queue })
  async farewell(userId: string, reason = 'no reason'): Promise<string> {
    return await this.#send(userId, `Farewell (${reason})`)
  }

  /** Static methods need no instance, and no container is asked. */
  @task({ name: 'examples.emails.isAddress', queue })
  static isAddress(text: string): boolean {
    return /^\S+@\S+$/.test(text)
  }

  async #send(userId: string, greeting: string): Promise<string> {
    const { mailer, users, attemptNumber } = this.#services
    const receipt = await mailer.send(`${userId}@example.org`, `${greeting}, ${await users.nameOf(userId)}`)
    return `${receipt} by instance ${attemptNumber}`
  }
}
