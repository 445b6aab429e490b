/** What becomes of the file of an outbox: how it is opened, what it refuses, and what it survives. */
import { chmod, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { embedded } from '../../../src/outbox/embedded.ts'
import { openDatabase, refuseOldSqlite } from '../../../src/outbox/embedded/database.ts'
import { fileSystemOf, realPath } from '../../../src/outbox/embedded/open-file.ts'
import { newFile } from './support/processes.ts'

const job = (id: string) => ({ id, channel: 'email', payload: '{}' })

async function openedAndClosed(file: string) {
  const outbox = embedded({ file, thread: false })
  await outbox.open(['email'])
  await outbox.enqueue([job('a')])
  await outbox.close()
}

describe('a file', () => {
  it('waits for the disk at every commit, also when it is opened again', async () => {
    await using place = await newFile()
    await openedAndClosed(place.file)

    const database = await openDatabase(place.file)

    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 })
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    database.close()
  })

  it('keeps what it accepted when it is closed and opened again', async () => {
    await using place = await newFile()
    await openedAndClosed(place.file)

    const again = embedded({ file: `file:${place.file}`, thread: false })
    await again.open(['email'])

    expect(await again.get('a')).toMatchObject({ state: 'ready' })
    await again.close()
  })

  it('is made with its directory, for its owner only', async () => {
    await using place = await newFile()
    const file = join(place.folder, 'deep', 'er', 'notify.db')

    await openedAndClosed(file)

    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(join(place.folder, 'deep'))).mode & 0o077).toBe(0)
  })

  it('gets smaller again', async () => {
    await using place = await newFile()
    await openedAndClosed(place.file)

    const database = await openDatabase(place.file)

    expect(database.prepare('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 2 })
    database.close()
  })

  it('is refused where a newer version wrote it', async () => {
    await using place = await newFile()
    const database = await openDatabase(place.file)
    database.exec('UPDATE notiwire_version SET version=99')
    database.close()

    await expect(embedded({ file: place.file, thread: false }).open([])).rejects.toThrow(
      'The outbox file is of version 99',
    )
  })

  it.each(['3.45.1', '3.51.2', '3.50.6', '3.44.5'])('is not opened by SQLite %s', (version) => {
    expect(() => refuseOldSqlite(version)).toThrow(`SQLite ${version}`)
  })

  it.each(['3.51.3', '3.50.7', '3.44.6', '3.53.0', '4.0.0'])('is opened by SQLite %s', (version) => {
    expect(() => refuseOldSqlite(version)).not.toThrow()
  })

  it('that is no database is refused, and left as it is', async () => {
    await using place = await newFile()
    const text = 'These are my notes. '.repeat(500)
    await writeFile(place.file, text)

    await expect(embedded({ file: place.file, thread: false }).open([])).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('is no outbox') as string,
    })
    expect(await readFile(place.file, 'utf8')).toBe(text)
  })

  it('that is damaged is refused, or every call says so', async () => {
    await using place = await newFile()
    const outbox = embedded({ file: place.file, thread: false })
    await outbox.open(['email'])
    await outbox.enqueue(Array.from({ length: 5_000 }, (_, at) => job(`j${at}`)))
    await outbox.close()
    const bytes = await readFile(place.file)
    bytes.fill(0xa5, 4_096, bytes.length - 4_096)
    await writeFile(place.file, bytes)

    const damaged = embedded({ file: place.file, thread: false })
    const using_ = async () => {
      await damaged.open(['email'])
      await damaged.enqueue([job('next')])
      await damaged.list({}, { limit: 1_000 })
    }

    await expect(using_()).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining('damaged') as string,
    })
  })

  it('that may not be written is refused, and the text says what to do', async () => {
    await using place = await newFile()
    await chmod(place.folder, 0o755)
    await openedAndClosed(place.file)
    await chmod(place.file, 0o444)

    expect(openedByNobody(place.file)).toContain('INVALID_CONFIG')
    expect(openedByNobody(place.file)).toMatch(/may not be written|read-only|writable/)
  })

  it('in a directory that may not be written is refused', async () => {
    await using place = await newFile()
    const folder = join(place.folder, 'closed')
    await mkdir(folder, { mode: 0o555 })
    await chmod(place.folder, 0o755)

    expect(openedByNobody(join(folder, 'notify.db'))).toContain('INVALID_CONFIG')
  })
})

/** What opening it fails with, for a user who is not root: to root every file may be written. */
function openedByNobody(file: string): string {
  const program = join(import.meta.dirname, 'support', 'open-as-nobody.ts')
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', program, file], {
    encoding: 'utf8',
  })
  return stdout + stderr
}

describe('a disk over the network', () => {
  const mounts = [
    '/dev/vda / ext4 rw 0 0',
    'server:/data /data nfs4 rw 0 0',
    '/dev/vdb /data/local ext4 rw 0 0',
    '//server/share /mnt/my\\040share cifs rw 0 0',
  ].join('\n')

  it.each([
    ['/home/me/notify.db', 'ext4'],
    ['/data/notify.db', 'nfs4'],
    ['/data/local/notify.db', 'ext4'],
    ['/database/notify.db', 'ext4'],
    ['/mnt/my share/notify.db', 'cifs'],
  ])('is told from a local one: %s is on %s', (file, type) => {
    expect(fileSystemOf(file, mounts)).toBe(type)
  })
})

it('is looked for where links lead to, also before the file is there', async () => {
  await using place = await newFile()
  await using real = await newFile()
  await symlink(real.folder, join(place.folder, 'link'))

  expect(realPath(join(place.folder, 'link', 'deep', 'notify.db'))).toBe(
    join(realPath(real.folder), 'deep', 'notify.db'),
  )
})

it('says that its reserve is missing where it cannot have one', async () => {
  await using place = await newFile()
  const outbox = embedded({ file: place.file, thread: false })
  await outbox.open(['email'])
  expect(await outbox.check()).toEqual([])
  await rm(`${place.file}.reserve`)
  await mkdir(`${place.file}.reserve`)

  expect(await outbox.check()).toEqual([expect.stringContaining('reserve of 1 MiB') as string])
  expect(await outbox.enqueue([job('a')])).toMatchObject([{ status: 'accepted' }])
  await outbox.close()
})

it.each(['id', 'channel', 'payload', 'key'])(
  'refuses a NUL in the %s, which some versions would cut there',
  async (name) => {
    await using place = await newFile()
    const outbox = embedded({ file: place.file, thread: false })
    await outbox.open(['email'])

    const refused = outbox.enqueue([{ ...job('a'), [name]: 'a\0b' }])

    await expect(refused).rejects.toMatchObject({ code: 'INVALID_MESSAGE', issues: [{ path: name }] })
    expect((await outbox.list({})).jobs).toEqual([])
    await outbox.close()
  },
)

it('fails only the caller whose job cannot be kept', async () => {
  await using place = await newFile()
  const outbox = embedded({ file: place.file, thread: false })
  await outbox.open(['email'])

  const answers = await Promise.allSettled(['a', 'b\0', 'c'].map((id) => outbox.enqueue([job(id)])))

  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect((await outbox.list({})).jobs.map(({ id }) => id)).toEqual(['a', 'c'])
  await outbox.close()
})

it('keeps what it was asked for in the turn in which it is closed', async () => {
  await using place = await newFile()
  const outbox = embedded({ file: place.file, thread: false })
  await outbox.open(['email'])

  const asked = outbox.enqueue([job('a')])
  await outbox.close()

  expect(await asked).toEqual([{ id: 'a', status: 'accepted' }])
})

it('names every wrong option at once', () => {
  const options = {
    file: ':memory:',
    leaseMs: 5,
    thread: 'yes',
    pollMs: 0,
    keepDone: { age: 1, count: -1 },
    sync: 'off',
  }

  expect(() => embedded(options as never)).toThrow(
    expect.objectContaining({
      code: 'INVALID_CONFIG',
      issues: ['sync', 'file', 'thread', 'leaseMs', 'pollMs', 'keepDone.age', 'keepDone.count'].map(
        (path) => expect.objectContaining({ path }) as unknown,
      ),
    }) as Error,
  )
})
