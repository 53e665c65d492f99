/** What users have to install with the package, which is decided and does not grow by accident. */
import { describe, expect, it } from 'vitest'
import { textOf } from './project-files.js'

interface Manifest {
  readonly name: string
  readonly engines: Record<string, string>
  readonly dependencies: Record<string, string>
  readonly peerDependencies: Record<string, string>
}

const manifest: Manifest = JSON.parse(textOf('package.json'))

describe('package.json', () => {
  it('has exactly four runtime dependencies', () => {
    expect(Object.keys(manifest.dependencies).toSorted()).toEqual([
      'amqplib',
      'cli-progress',
      'commander',
      'pino',
    ])
  })

  it('pins amqplib, whose decoder is mended from outside, to one version', () => {
    expect(manifest.dependencies['amqplib']).toMatch(/^\d+\.\d+\.\d+$/)
  })

  it('leaves to the user, as peers, the packages of which two copies would not know each other', () => {
    const peers = Object.keys(manifest.peerDependencies).filter((name) => !isOptionalPeer(name))

    expect(peers.toSorted()).toEqual(['class-transformer', 'class-validator', 'reflect-metadata'])
  })

  it('asks for a Node that can `require()` ES modules', () => {
    expect(manifest.engines['node']).toBe('>=20.19')
  })
})

function isOptionalPeer(name: string): boolean {
  const { peerDependenciesMeta = {} } = JSON.parse(textOf('package.json')) as {
    peerDependenciesMeta?: Record<string, { optional?: boolean }>
  }
  return peerDependenciesMeta[name]?.optional === true
}
