/** Whether the packages that a driver loads are installed, in versions that it works with. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NotifyError } from '../../core/errors.ts'
import { failed, ok, warning, type Finding } from './finding.ts'
import { isInRange } from './version-range.ts'

/** What the drivers of a provider load; those of other providers need Node alone. */
const PACKAGE: Readonly<Record<string, string>> = {
  smtp: 'nodemailer',
  aliyun: '@alicloud/dysmsapi20170525',
  'wechat-mini-program': 'axios',
  'wechat-official-account': 'axios',
  websocket: 'ws',
}

const NOT_INSTALLED = /^The package "([^"]+)" is not installed/

/** The package that the error misses; nothing where it is about something else. */
export function missingPackage(error: NotifyError | undefined): string | undefined {
  return error?.code === 'INVALID_CONFIG' ? NOT_INSTALLED.exec(error.message)?.[1] : undefined
}

export interface PackageEvidence {
  /** Whether the driver was used: it loads its package before anything else. */
  readonly wasUsed: boolean
  /** What it said then. */
  readonly error?: NotifyError | undefined
}

/** @returns nothing for a driver that needs no package */
export function checkPackage(provider: string, { wasUsed, error }: PackageEvidence): Finding | undefined {
  const missing = missingPackage(error)
  if (missing !== undefined) return notInstalled(missing)
  const name = PACKAGE[provider]
  if (name === undefined) return undefined
  const version = installedVersion(name)
  // Not every package manager keeps packages in folders.
  if (version === undefined) return wasUsed ? ok('package', `${name} can be loaded`) : notInstalled(name)
  const range = peerRange(name)
  if (range === undefined || isInRange(version, range)) return ok('package', `${name} ${version}`)
  return warning('package', {
    message: `${name} ${version} is installed; notiwire is tested with ${range}`,
    fix: `Run: npm install "${name}@${range}"`,
  })
}

function notInstalled(name: string): Finding {
  const range = peerRange(name)
  const wanted = range === undefined ? name : `"${name}@${range}"`
  return failed('package', {
    message: `the package ${name} is not installed`,
    fix: `Run: npm install ${wanted}`,
    code: 'INVALID_CONFIG',
  })
}

/** As Node would look for it from here: many packages do not export their package.json. */
function installedVersion(name: string): string | undefined {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? []
  const manifest = folders
    .map((folder) => join(folder, name, 'package.json'))
    .find((path) => existsSync(path))
  return manifest === undefined ? undefined : textAt(read(manifest), 'version')
}

function peerRange(name: string): string | undefined {
  const peers = ownManifest()?.['peerDependencies']
  return typeof peers === 'object' && peers !== null ? textAt(peers as Manifest, name) : undefined
}

type Manifest = Readonly<Record<string, unknown>>

/** Of notiwire itself: some folders above, of the sources as of what was built. */
function ownManifest(): Manifest | undefined {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const path = join(folder, 'package.json')
    const manifest = existsSync(path) ? read(path) : undefined
    if (manifest?.['name'] === 'notiwire') return manifest
    if (folder === dirname(folder)) return undefined
  }
}

function read(path: string): Manifest {
  return JSON.parse(readFileSync(path, 'utf8')) as Manifest
}

function textAt(manifest: Manifest, name: string): string | undefined {
  const value = manifest[name]
  return typeof value === 'string' ? value : undefined
}
