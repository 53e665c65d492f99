/** The same decorators in the dialect of the standard (TC39), as TypeScript compiles them without `experimentalDecorators`. */
import { Task, task } from 'taskalope'

const queue = 'examples.standard'

@task({ name: 'examples.Shout', queue })
export class Shout extends Task {
  async run(text: string, times = 1): Promise<string> {
    return `${text.toUpperCase()}${'!'.repeat(times)}`
  }
}

export class Numbers {
  @task({ name: 'examples.numbers.double', queue })
  double(n: number): number {
    return n * 2
  }

  @task({ name: 'examples.numbers.largest', queue })
  static largest(...n: number[]): number {
    return Math.max(...n)
  }
}
