/** Values from and to JSON text, as messages carry them: what a command line reads and shows. */
import { jsonSerializer } from './serialization/json.js'

/**
 * The value of a JSON text: integers beyond 2^53 as `bigint`, tagged dates, bytes, maps and sets as what they are.
 * @throws MessageError ERR_BODY_NOT_JSON, which says where it goes wrong, ERR_BODY_EMPTY, ERR_FORBIDDEN_KEY, ERR_BODY_TOO_LARGE, ERR_BODY_TOO_DEEP
 */
export function valueFromJson(text: string): unknown {
  return jsonSerializer().decode(Buffer.from(text))
}

/** JSON text of a value that came from a message; `bigint` as a bare integer. */
export function valueToJson(value: unknown): string {
  const bytes = jsonSerializer().encode(value, { subject: 'The value', bareBigInt: true })
  return Buffer.from(bytes).toString()
}
