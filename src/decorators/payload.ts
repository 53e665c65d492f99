/** `@Payload`: records the type of a parameter of a task method or of run(). */
import { DeclarationError } from '../kernel/errors.js'
import { isParamSpec, notASpec, type ParamSpec } from '../payload/param-spec.js'
import { recordPayload } from '../registry/metadata.js'

/**
 * Marks a parameter of run() or of a task method, so that the compiler emits its type: `run(@Payload() image: ImageDto)`. Where it cannot (esbuild, tsx, arrays,
 * interfaces), name the type: `@Payload(listOf(ImageDto))`. Legacy decorators only; TC39 has none for parameters, so there `@task({ params: [ImageDto] })` says it.
 * Types are recorded, and do not convert arguments yet.
 * @throws DeclarationError ERR_PAYLOAD_TYPE when `type` is no type; without one and without a usable emitted type, when the task is declared
 */
export function Payload(type?: ParamSpec): ParameterDecorator
export function Payload(...args: readonly unknown[]): ParameterDecorator {
  // Only code that is not type-checked can get here with the arguments of a decorator.
  if (args.length > 1) throw notCalled()
  const [type] = args
  if (args.length === 1 && !isParamSpec(type)) throw noType(type)
  return (target, key, index) => {
    if (key === undefined || typeof index !== 'number') throw misplaced()
    recordPayload(target, key, index, type as ParamSpec | undefined)
  }
}

function notCalled(): DeclarationError {
  return new DeclarationError(
    'ERR_PAYLOAD_TYPE',
    '@Payload has to be called: write @Payload(), or @Payload(ImageDto).',
  )
}

function noType(type: unknown): DeclarationError {
  return new DeclarationError(
    'ERR_PAYLOAD_TYPE',
    `@Payload() was given ${notASpec(type)}. Give it a class, a Standard Schema, or listOf, optional, mapOf, oneOf.`,
  )
}

function misplaced(): DeclarationError {
  return new DeclarationError(
    'ERR_TASK_TARGET',
    '@Payload() is for parameters of run() or of a task method, under legacy decorators. Elsewhere write @task({ params: [ImageDto] }).',
  )
}
