/** Checks how spans of time are written. */
import { expect, it } from 'vitest'
import { durationInWords } from '../../../src/kernel/duration-in-words.js'
import { durationMs, type DurationString } from '../../../src/kernel/duration.js'

it.each([
  [25_000, '25s'],
  [90_000, '1m30s'],
  [7_200_000, '2h'],
  [90_061_001, '1d1h1m1s1ms'],
  [1500.4, '1s500ms'],
])('%d ms are %s', (ms, words) => {
  expect(durationInWords(ms)).toBe(words)
  expect(durationMs(words as DurationString, 'it')).toBe(Math.round(ms))
})

it.each([0, 0.3, -5])('%d ms are 0s', (ms) => {
  expect(durationInWords(ms)).toBe('0s')
})
