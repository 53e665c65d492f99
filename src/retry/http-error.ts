/** The status that a server answered, out of an error of whatever HTTP client. */
import { readProperty } from '../kernel/guarded.js'
import { causesOf } from './error-chain.js'

/**
 * The HTTP status, 100 to 599, of an error or the nearest of its causes that has one: its `status` or `statusCode`, or its response's, as fetch
 * (a `Response` thrown along as `cause` or kept as `response`), axios, got, undici and superagent have it. Undefined where there is none. Never throws.
 */
export function httpStatusOf(error: unknown): number | undefined {
  for (const one of causesOf(error)) {
    const response = readProperty(one, 'response')
    const status = statusIn(one) ?? (isObject(response) ? statusIn(response) : undefined)
    if (status !== undefined) return status
  }
  return undefined
}

function statusIn(holder: object): number | undefined {
  return [readProperty(holder, 'status'), readProperty(holder, 'statusCode')].find(isStatus)
}

function isStatus(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 100 && (value as number) <= 599
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
