/** Opens the file of an outbox for this process: created for its owner only, on a disk that can keep its promises. */
import { closeSync, mkdirSync, openSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { NotifyError } from '../../core/errors.ts'
import { openDatabase } from './database.ts'
import { Executor } from './executor.ts'
import { toNotifyError } from './failures.ts'
import { Reserve } from './reserve.ts'

/** Two machines on one of these do not see each other's locks. */
const OVER_THE_NETWORK =
  /^(nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|glusterfs|fuse\.(sshfs|s3fs|rclone|glusterfs|gcsfuse))$/

/** @throws {NotifyError} INVALID_CONFIG, where it cannot keep its promises here; UNAVAILABLE */
export async function openFile(file: string, clock: Pick<Clock, 'now'>): Promise<Executor> {
  refuseNetwork(file)
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    // SQLite makes its files beside it as this one is.
    closeSync(openSync(file, 'a', 0o600))
    const database = await openDatabase(file)
    return new Executor({ database, reserve: new Reserve(file), clock })
  } catch (cause) {
    throw toNotifyError(cause)
  }
}

function refuseNetwork(file: string): void {
  const type = fileSystemOf(realPath(file), mounts())
  if (type === undefined || !OVER_THE_NETWORK.test(type)) return
  const text = `The file of the outbox is on a network file system (${type}), where processes do not see each other's locks; put it on a local disk, or use an engine with a server`
  throw new NotifyError('INVALID_CONFIG', text)
}

/** Where links lead to, also of what is not there yet. */
export function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const above = dirname(path)
    return above === path ? path : join(realPath(above), basename(path))
  }
}

/** As Linux lists them; elsewhere nothing is known. */
function mounts(): string {
  try {
    return readFileSync('/proc/self/mounts', 'utf8')
  } catch {
    return ''
  }
}

/** Of the mount that holds the file, which is the one with the longest path. */
export function fileSystemOf(file: string, listed: string): string | undefined {
  const path = resolve(file)
  const holding = listed
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, at = '']) => path.startsWith(at === '/' ? at : `${unescaped(at)}/`))
  const longest = Math.max(...holding.map(([, at = '']) => at.length))
  return holding.findLast(([, at = '']) => at.length === longest)?.[2]
}

/** Spaces and the like are written in octal. */
function unescaped(path: string): string {
  return path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
