/** Stages for the small versions of the fault tests that run with all other tests. */
import type { ThrowawayBroker } from '../../scripts/throwaway-broker.mjs'
import type { Rabbit } from '../support/rabbitmq.js'
import { tracked } from '../support/tracked.js'
import { Stage } from './stage.js'

/** On the broker of the test file, under a namespace of its own; closed after the test. */
export function stageOn(rabbit: Rabbit, name: string): Stage {
  const namespace = rabbit.name(name)
  // Where the broker is not ours, what is not named stays.
  rabbit.name(`${name}.calls`)
  return quietStage({ name, namespace, url: rabbit.url })
}

/** On a node that may be killed. */
export function stageOnNode(node: ThrowawayBroker, name: string): Stage {
  return quietStage({ name, namespace: 'taskalope', url: node.url, node })
}

function quietStage(options: {
  readonly name: string
  readonly namespace: string
  readonly url: string
  readonly node?: ThrowawayBroker
}): Stage {
  const stage = new Stage({ ...options, say: () => {} })
  tracked({ close: () => stage.close({ forget: true }) })
  return stage
}
