/** Checks that docs/reference/errors.md puts exactly those codes under "Kept for later" that nothing gives. */
import { expect, it } from 'vitest'
import { filesOf, textOf } from '../architecture/project-files.js'

it('The page of errors says of exactly those codes that nothing gives them which are given nowhere', () => {
  const [, later = ''] = textOf('docs/reference/errors.md').split('## Kept for later')
  const named = [...textOf('src/kernel/errors.ts').matchAll(/'(ERR_[A-Z_]+)'/g)].map(([, code]) => code ?? '')
  const source = filesOf('src', '.ts')
    .filter(({ path }) => path !== 'src/kernel/errors.ts' && path !== 'src/cli/exit-codes.ts')
    .map(({ text }) => text)
    .join('\n')

  const unused = [...new Set(named)].filter((code) => !source.includes(`'${code}'`))
  const kept = [...later.matchAll(/^### (ERR_[A-Z_]+)$/gm)].map(([, code]) => code)
  expect(kept.toSorted()).toEqual(unused.toSorted())
})
