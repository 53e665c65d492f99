/** Gives tests a Python that has Celery, beside RabbitMQ. */
import { pythonWithCelery } from '../../scripts/find-celery.mjs'
import { startChild, type Child, type ChildOptions } from './child.js'
import { describeWithout } from './describe-without.js'
import { describeWithRabbit, type Rabbit } from './rabbitmq.js'

/** Starts that Python with `args`; it is stopped after the test. Celery workers: `['-m', 'celery', '-A', …, '--pool', 'solo', '-l', 'info']`. */
export type StartPython = (args: readonly string[], options?: ChildOptions) => Child

const python = await pythonWithCelery()

/** A `describe` whose tests need Celery and RabbitMQ: left out where one is missing, failing there in CI. */
export function describeWithCelery(
  name: string,
  tests: (rabbit: Rabbit, startPython: StartPython) => void,
): void {
  if (!python)
    return describeWithout(name, 'no Python with Celery 5 was found; `npm test` finds or installs it')
  const startPython: StartPython = (args, options) => startChild(python, args, unbuffered(options))
  describeWithRabbit(name, (rabbit) => tests(rabbit, startPython))
}

/** A Python that writes to a pipe keeps its lines back otherwise. */
function unbuffered(options: ChildOptions = {}): ChildOptions {
  return { ...options, env: { PYTHONUNBUFFERED: '1', ...options.env } }
}
