/** What options of Celery's tasks are called here, for those who look for them. */

const EQUIVALENTS: Readonly<Record<string, string>> = {
  autoretryfor: 'Which errors a task is tried again after is said by @retry({ on: [HttpError] })',
  dontautoretryfor:
    'Errors that end a task are those that no @retry lets through: @retry({ when: (e) => … })',
  retrybackoff: "How the delay grows is said by @retry({ backoff: { base: '1s', factor: 2 } })",
  retrybackoffmax: "The longest delay is said by @retry({ backoff: { max: '10m' } })",
  retryjitter: "Chance in the delay is said by @retry({ backoff: { jitter: 'full' } })",
  maxretries: 'How often a task is tried again is said by @retry({ max: 3 })',
  defaultretrydelay: "The delay is said by @retry({ delay: '3m' })",
  retrykwargs: "How often and after what delay is said by @retry({ max: 3, delay: '3m' })",
  retry: "When to try again is said by a decorator: @retry({ max: 3, delay: '3m' })",
  throws: 'An error that is expected ends a task without retries where no @retry lets it through',
}

/** A sentence about what Celery's option is here; undefined for no option of Celery's about retries. Written as in Python or as in JavaScript. */
export function celeryEquivalent(option: string): string | undefined {
  const name = option.replaceAll('_', '').toLowerCase()
  return Object.hasOwn(EQUIVALENTS, name) ? `${EQUIVALENTS[name]}.` : undefined
}
