/** Finds a Python that has Celery 5, for the tests in which the two talk to each other. */
import { existsSync } from 'node:fs'
import { execa } from 'execa'
import { aptInstall, mayInstall } from './apt.mjs'
import { findOnPath } from './find-on-path.mjs'

const HOW_TO_GET_IT =
  'install the package python3-celery, or name a Python that has Celery in TASKALOPE_TEST_PYTHON'

/** @typedef {{ python: string, missing?: undefined } | { python?: undefined, missing: string }} CelerySearch */

/**
 * Finds it, installing it with apt where we may.
 * @param {(line: string) => void} say
 * @returns {Promise<CelerySearch>} the Python, or why there is none and how to get one
 */
export async function findCelery(say) {
  const python = await pythonWithCelery()
  if (python) return { python }
  if (!mayInstall()) return { missing: `no Python with Celery 5 was found; ${HOW_TO_GET_IT}` }

  say('Celery is not installed. Installing it with apt-get install python3-celery.')
  try {
    await aptInstall(['python3-celery'])
  } catch (error) {
    say(String(error instanceof Error ? error.message : error))
  }
  const installed = await pythonWithCelery()
  return installed
    ? { python: installed }
    : { missing: `Celery could not be installed with apt; ${HOW_TO_GET_IT}` }
}

/**
 * A Python that can import Celery 5, or undefined. Takes the one named in TASKALOPE_TEST_PYTHON or none at all.
 * @returns {Promise<string | undefined>}
 */
export async function pythonWithCelery() {
  const named = process.env['TASKALOPE_TEST_PYTHON']
  // The system's Python first: apt installs for that one, while the PATH may lead to another.
  const candidates = named ? [named] : ['/usr/bin/python3', findOnPath('python3')]
  for (const candidate of candidates) {
    if (candidate && existsSync(candidate) && (await hasCelery(candidate))) return candidate
  }
  return undefined
}

/** @param {string} python */
async function hasCelery(python) {
  const program = 'import sys, celery; sys.exit(int(celery.__version__.split(".")[0]) < 5)'
  const { failed } = await execa(python, ['-c', program], { reject: false, stdio: 'ignore', timeout: 60_000 })
  return !failed
}
