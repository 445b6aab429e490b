/** The libraries we are compared with that are no dependency of ours: installed beside the bench when it needs them. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, 'peers')

interface NotifmeResult {
  readonly status: 'success' | 'error'
  readonly errors?: unknown
}

export interface NotifmeSdk {
  send(notification: { readonly email: object }): Promise<NotifmeResult>
}

interface NotifmeModule {
  readonly default: new (options: object) => NotifmeSdk
}

/** @throws {Error} where it is not there and cannot be installed */
export function loadNotifme(): NotifmeModule['default'] {
  if (!existsSync(join(FOLDER, 'node_modules', 'notifme-sdk'))) install()
  const load = createRequire(join(FOLDER, 'package.json'))
  return (load('notifme-sdk') as NotifmeModule).default
}

function install(): void {
  console.error('Installing notifme-sdk into bench/peers, once; this needs the network')
  try {
    // Its scripts are not needed: nothing in it is compiled for what is measured. Its words go to stderr.
    const options = ['ci', '--prefix', FOLDER, '--ignore-scripts', '--no-audit', '--no-fund']
    execFileSync('npm', options, { stdio: ['ignore', 2, 2] })
  } catch (cause) {
    throw new Error('notifme-sdk could not be installed; try again, or leave it out by --no-notifme', {
      cause,
    })
  }
}
