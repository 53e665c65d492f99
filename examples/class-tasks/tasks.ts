/** Classes as tasks: steps that belong together, hooks around them, and a function's generated class with hooks added to it. */
import { Reject, Task, task, type TaskRequest } from 'taskalope'

const queue = 'examples.classes'

/** What the hooks had to say; a real one would write to a log or to a database. */
export const notes: string[] = []

/** `run()` is the only door: nobody can take one of the steps alone by mistake. */
@task({ name: 'examples.Brew', queue })
export class Brew extends Task {
  async run(tea: string, cups: number): Promise<string> {
    if (cups > 100) throw new Reject(`A pot of ${cups} cups does not exist`)
    await this.progress(0.5, `boiling water for ${cups}`)
    const water = this.boil(cups)
    return this.pour(tea, water)
  }

  override onSuccess(result: unknown): void {
    notes.push(`brewed ${JSON.stringify(result)}`)
  }

  override onFailure(error: unknown, request: TaskRequest): void {
    const reason = error instanceof Error ? error.message : String(error)
    notes.push(`no ${String(request.args[0])}: ${reason}`)
  }

  override afterRun(outcome: string): void {
    notes.push(outcome)
  }

  private boil(cups: number): number {
    if (cups === 0) throw new RangeError('An empty kettle must not be heated')
    return cups * 200
  }

  private pour(tea: string, millilitres: number): string {
    return `${millilitres} ml of ${tea}`
  }
}

/** A function that is a task, and the class it is underneath. */
export const greet = task({ name: 'examples.greet', queue }, (name: string) => `Hello, ${name}`)

/** Another task, under a name of its own: the same function with a hook. */
@task({ name: 'examples.LoudGreet', queue })
export class LoudGreet extends greet.Task {
  override async run(name: string): Promise<string> {
    return `${await super.run(name)}!`
  }
}
