/** The words for a parameter's type: classes, listOf, optional, mapOf, oneOf and Standard Schema. */
import { DeclarationError } from '../kernel/errors.js'

/** A validator following the Standard Schema interface (zod 4, valibot, arktype …); see https://standardschema.dev. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a Standard Schema says of a value. */
export type SchemaResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] }

/** One thing a Standard Schema has against a value. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Any class: a DTO, `Date`, `Map`, and `String`, `Number` and `Boolean`, which stand for the primitive. */
export type AnyClass = abstract new (...args: never[]) => unknown

/** A list of one type; made by `listOf`. */
export interface ListSpec<S = unknown> {
  readonly kind: 'list'
  readonly of: S
}

/** A type whose argument may be left out; made by `optional`. */
export interface OptionalSpec<S = unknown> {
  readonly kind: 'optional'
  readonly of: S
}

/** An object used as a dictionary; made by `mapOf`. */
export interface MapSpec<S = unknown> {
  readonly kind: 'map'
  readonly of: S
}

/** One of several types or values; made by `oneOf`. */
export interface OneOfSpec<S extends readonly unknown[] = readonly unknown[]> {
  readonly kind: 'oneOf'
  readonly of: S
}

/** What a parameter's type can be declared as. */
export type ParamSpec =
  AnyClass | BigIntConstructor | StandardSchema | ListSpec | OptionalSpec | MapSpec | OneOfSpec

/** A value that stands for itself in `oneOf`. */
export type LiteralSpec = string | number | boolean | null

/**
 * An array whose elements are all of one type: `listOf(ImageDto)`.
 * @throws DeclarationError ERR_PAYLOAD_TYPE when `of` is no type, as after a circular import
 */
export function listOf<const S extends ParamSpec>(of: S): ListSpec<S> {
  return Object.freeze({ kind: 'list', of: checked(of, 'listOf()') })
}

/**
 * A parameter that may be left out, or given as `undefined` or `null`: `optional(Number)`. It lowers the least number of arguments only at the end of the list.
 * @throws DeclarationError ERR_PAYLOAD_TYPE when `of` is no type
 */
export function optional<const S extends ParamSpec>(of: S): OptionalSpec<S> {
  return Object.freeze({ kind: 'optional', of: checked(of, 'optional()') })
}

/**
 * A plain object with any keys, whose values are all of one type: `mapOf(ImageDto)` is a `Record<string, ImageDto>`. A JavaScript `Map` is declared as the class `Map`.
 * @throws DeclarationError ERR_PAYLOAD_TYPE when `of` is no type
 */
export function mapOf<const S extends ParamSpec>(of: S): MapSpec<S> {
  return Object.freeze({ kind: 'map', of: checked(of, 'mapOf()') })
}

/**
 * The first of these that fits: types, or values that stand for themselves, as in `oneOf('small', 'large', SizeDto)`.
 * @throws DeclarationError ERR_PAYLOAD_TYPE without any choice, or when one is neither a type nor a text, number, boolean or null
 */
export function oneOf<const S extends readonly (ParamSpec | LiteralSpec)[]>(...choices: S): OneOfSpec<S> {
  if (choices.length === 0) {
    throw new DeclarationError(
      'ERR_PAYLOAD_TYPE',
      'oneOf() has nothing to choose from. Give it types or values.',
    )
  }
  for (const choice of choices) if (!isLiteral(choice)) checked(choice, 'oneOf()')
  return Object.freeze({ kind: 'oneOf', of: Object.freeze(choices) })
}

/** Whether a value can stand for a parameter's type. */
export function isParamSpec(value: unknown): value is ParamSpec {
  if (isSchema(value)) return true
  if (typeof value === 'function') return value === BigInt || isConstructor(value)
  const kind = (value as { readonly kind?: unknown } | null | undefined)?.kind
  return kind === 'list' || kind === 'optional' || kind === 'map' || kind === 'oneOf'
}

/** Whether an argument of this type may be left out. */
export function isOptional(spec: ParamSpec | undefined): boolean {
  return typeof spec === 'object' && 'kind' in spec && spec.kind === 'optional'
}

/** What a value that is no type is, in the words of an error. */
export function notASpec(value: unknown): string {
  if (value === undefined) return 'undefined (a circular import leaves a class undefined while modules load)'
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}, which is no class`
  return value === null ? 'null' : `a value of type ${typeof value}`
}

function checked<S>(spec: S, where: string): S {
  if (isParamSpec(spec)) return spec
  throw new DeclarationError(
    'ERR_PAYLOAD_TYPE',
    `${where} was given ${notASpec(spec)}. Give it a class, a Standard Schema, or listOf, optional, mapOf, oneOf.`,
  )
}

function isSchema(value: unknown): boolean {
  // Schemas of some libraries are functions.
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  const standard = (value as { readonly '~standard'?: unknown })['~standard']
  return typeof standard === 'object' && standard !== null
}

/** Arrow functions and methods have no prototype; what has one can be constructed. */
function isConstructor(value: object): boolean {
  return typeof (value as { readonly prototype?: unknown }).prototype === 'object'
}

function isLiteral(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}
