/** A module of tasks that the tests load more than once. */
import { Task, task, tasks } from 'taskalope'

export const send = task('reload.send', async (to: string) => to)
task(async function reloadNamed(to: string) {
  return to
})

@task({ name: 'reload.class' })
export class Send extends Task {
  run(to: string): string {
    return to
  }
}
@task
class ReloadBare extends Task {
  run(to: string): string {
    return to
  }
}

export class ReloadMethods {
  @task('reload.method') method(to: string): string {
    return to
  }
  @task bare(to: string): string {
    return to
  }
  @task() static sweep(): void {}
}
tasks(ReloadMethods)
void ReloadBare
