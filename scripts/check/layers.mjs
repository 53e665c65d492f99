/** Holds src against the layer rules, and makes sure that every file was looked at: a file not seen breaks no rule. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { ROOT } from './command.mjs'

/**
 * @param {string} [folder] the one that holds `src`; default this project
 * @returns {Promise<import('./command.mjs').CommandResult>}
 */
export async function checkLayers(folder = ROOT) {
  const { modules, summary } = await cruise(folder)
  const seen = new Set(modules.map(({ source }) => source))
  const problems = [
    ...summary.violations.map(
      ({ from, to, rule }) => `${rule.name}: ${from} → ${to}. ${commentOf(rule.name, summary)}`,
    ),
    ...sourceFiles(folder)
      .filter((file) => !seen.has(file))
      .map((file) => `${file} was not looked at.`),
  ]
  if (seen.size === 0) problems.push('No module was looked at.')
  return { ok: problems.length === 0, output: problems.join('\n') }
}

/**
 * @typedef {object} Cruise the parts read here of what dependency-cruiser reports
 * @property {Array<{ source: string }>} modules
 * @property {{ violations: Array<{ from: string, to: string, rule: { name: string } }>, ruleSetUsed: { forbidden: Array<{ name: string, comment?: string }> } }} summary
 */

/**
 * @param {string} folder
 * @returns {Promise<Cruise>}
 */
async function cruise(folder) {
  const config = join(ROOT, 'dependency-cruiser.config.cjs')
  const args = ['--config', config, '--output-type', 'json', 'src']
  const { stdout } = await execa('depcruise', args, { cwd: folder, preferLocal: true, localDir: ROOT })
  return JSON.parse(stdout)
}

/**
 * @param {string} rule
 * @param {Cruise['summary']} summary
 */
function commentOf(rule, { ruleSetUsed }) {
  return ruleSetUsed.forbidden.find(({ name }) => name === rule)?.comment ?? ''
}

/** @param {string} folder */
function sourceFiles(folder) {
  return readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `src/${file.replaceAll('\\', '/')}`)
}
