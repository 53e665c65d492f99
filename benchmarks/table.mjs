/** The figures for people: the ratio first, then what it is made of. */
import Table from 'cli-table3'

/** @param {readonly (import('./measure.mjs').Row & { kept: boolean })[]} rows */
export function table(rows) {
  const printed = new Table({
    head: ['what', 'ratio', 'limit', 'Taskalope', 'raw amqplib', ''],
    style: { head: [], border: [] },
  })
  for (const row of rows) printed.push(cells(row))
  return printed.toString()
}

/** @param {import('./measure.mjs').Row & { kept: boolean }} row */
function cells({ name, ratio, limit, better, ours, raw, unit, kept }) {
  const sign = better === 'higher' ? '≥' : '≤'
  const limited = limit === undefined ? '' : `${sign} ${limit}${ratio === undefined ? ` ${unit}` : ''}`
  return [
    name,
    ratio?.toFixed(2) ?? '',
    limited,
    figure(ours, unit),
    raw === undefined ? '' : figure(raw, unit),
    kept ? '' : 'NOT KEPT',
  ]
}

/**
 * @param {number} value
 * @param {string} unit
 */
function figure(value, unit) {
  return unit === '/s' ? `${Math.round(value).toLocaleString('en')}/s` : `${value.toFixed(2)} ${unit}`
}
