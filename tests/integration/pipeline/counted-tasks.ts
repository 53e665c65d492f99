/** Tasks that tell of every attempt, for tests that count them over several processes. */
import { retry, task, type TaskRequest } from '../../../src/index.js'

/** The tasks; `onRan` hears of each attempt as it begins. */
export function countedTasks(onRan: (id: string, attempt: number) => void) {
  const told = ({ id, attempt }: TaskRequest) => {
    onRan(id, attempt)
    return attempt
  }
  return {
    well: task('counted.well', function (this: TaskRequest) {
      told(this)
    }),
    failsOnce: retry({ delay: '1s' })(
      task('counted.fails-once', function (this: TaskRequest) {
        if (told(this) === 1) throw new Error('the first time')
      }),
    ),
    fails: task('counted.fails', function (this: TaskRequest) {
      told(this)
      throw new Error('every time')
    }),
  }
}
