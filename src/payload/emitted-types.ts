/** Reads the parameter types the compiler emitted, and says why one is of no use. */
import { isParamSpec, type ParamSpec } from './param-spec.js'

/** The types emitted for the parameters of a method of exactly this prototype or class; undefined where none were. */
export function emittedTypes(owner: object, key: string | symbol): readonly unknown[] | undefined {
  const types = (Reflect as MetadataReader).getOwnMetadata?.('design:paramtypes', owner, key)
  return Array.isArray(types) ? types : undefined
}

/** An emitted type as a spec; undefined where the compiler had nothing to say but "some object". */
export function specOfEmitted(type: unknown): ParamSpec | undefined {
  return UNINFORMATIVE.has(type) || !isParamSpec(type) ? undefined : type
}

/** Why parameter `index` has no usable type, and what to do about it, in sentences for an error. */
export function whyNoType(types: readonly unknown[] | undefined, index: number): string {
  if (!types) {
    return `The compiler emitted no types. Turn on "experimentalDecorators" and "emitDecoratorMetadata" in tsconfig.json (esbuild and tsx cannot emit types; tsc, swc and oxc can), or name the type: @Payload(ImageDto), or @task({ params: [ImageDto] }).`
  }
  const type = types[index]
  if (type === Array) {
    return 'Its type was emitted as Array, without its elements. Name them: @Payload(listOf(ImageDto)).'
  }
  if (type === undefined) {
    return 'Its type was emitted as undefined, as a circular import leaves it. Name it where it is known: @task({ params: [ImageDto] }), or break the circle.'
  }
  return `Its type was emitted as ${nameOf(type)}, because an interface, a union, a generic or an import type is no class at run time. Name a class or a schema: @Payload(ImageDto).`
}

/** reflect-metadata adds to Reflect when it is loaded, which is not for this file to do. */
type MetadataReader = typeof Reflect & {
  readonly getOwnMetadata?: (metadataKey: string, owner: object, key: string | symbol) => unknown
}

const UNINFORMATIVE: ReadonlySet<unknown> = new Set([undefined, Object, Function, Array, Promise])

function nameOf(type: unknown): string {
  return typeof type === 'function' ? type.name : String(type)
}
