/** What `npm run check` checks: each step is a name and the commands that must all succeed. */
import { command } from './command.mjs'
import { checkLayers } from './layers.mjs'
import { packageTruth } from './package-truth.mjs'

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {readonly import('./command.mjs').Command[]} commands
 * @property {boolean} [needsBuild] whether it looks at dist
 */

const TYPESCRIPTS = ['ts5', 'ts6', 'typescript']
const DECORATOR_MODES = ['legacy', 'tc39']

/** @type {readonly Step[]} */
export const STEPS = [
  { name: 'types', commands: [...sourceTypes(), ...typeTests()], needsBuild: true },
  { name: 'package', commands: [packageTruth], needsBuild: true },
  { name: 'unused', commands: [command('knip', '--no-progress')] },
  { name: 'lint', commands: [command('oxlint', '--format', 'unix')] },
  { name: 'format', commands: [command('prettier', '--check', '.')] },
  { name: 'layers', commands: [checkLayers] },
]

/** The library, its tests, its examples and these scripts, each in the decorator mode it is written in. */
function sourceTypes() {
  return ['tsconfig.json', 'tests/types/tsconfig.tc39-sources.json'].map((project) =>
    typescript('typescript', project),
  )
}

/** What users' compilers make of the published declarations. */
function typeTests() {
  return TYPESCRIPTS.flatMap((compiler) =>
    DECORATOR_MODES.map((mode) => typescript(compiler, `tests/types/tsconfig.${mode}.json`)),
  )
}

/**
 * @param {string} compiler
 * @param {string} project
 */
function typescript(compiler, project) {
  return command('node', `node_modules/${compiler}/bin/tsc`, '--noEmit', '-p', project)
}
