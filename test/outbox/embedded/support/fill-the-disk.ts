/** Fills the small disk that the outbox is on, and says what came of it. */
import { rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { NotifyError } from '../../../../src/core/errors.ts'
import { embedded } from '../../../../src/outbox/embedded.ts'
import { openDatabase } from '../../../../src/outbox/embedded/database.ts'

const [, , file = ''] = process.argv
const ballast = join(dirname(file), 'ballast')
writeFileSync(ballast, Buffer.alloc(9_000_000))
const outbox = embedded({ file, thread: false, pollMs: 5 })
await outbox.open(['email', 'sms'])
const say = (text: string) => void process.stdout.write(`${text}\n`)
const job = (id: string, channel = 'email', size = 10) => ({
  id,
  channel,
  payload: JSON.stringify('x'.repeat(size)),
})

// Fifty are being attempted when the disk runs full.
let end: () => void = () => undefined
const ended = new Promise<void>((resolve) => (end = resolve))
let begun = 0
let settled = 0
let allBegun: () => void = () => undefined
const beginning = new Promise<void>((resolve) => (allBegun = resolve))
outbox.consume('email', {
  concurrency: 50,
  run: async () => {
    begun += 1
    if (begun === 50) allBegun()
    await ended
    return { type: 'done', record: JSON.stringify('y'.repeat(300)) }
  },
  settled: () => void (settled += 1),
})
await outbox.enqueue(Array.from({ length: 50 }, (_, at) => job(`under-way-${at}`)))
await beginning

const accepted: string[] = []
try {
  for (let at = 0; ; at += 1) {
    await outbox.enqueue([job(`more-${at}`, 'sms', 20_000)])
    accepted.push(`more-${at}`)
  }
} catch (cause) {
  if (NotifyError.isNotifyError(cause)) say(`refused ${cause.code} ${cause.message}`)
}
// And what room SQLite had left is gone too.
try {
  for (;;) writeFileSync(ballast, Buffer.alloc(4_096), { flag: 'a' })
} catch {
  const views = await Promise.all(accepted.map((id) => outbox.get(id)))
  say(`kept ${views.every((view) => view?.state === 'ready') ? 'all that was accepted' : 'not all'}`)
}

end()
for (let turns = 0; settled < 50 && turns < 500; turns += 1) await outbox.counts()
say(`settled ${settled} of 50`)
const refusals = await Promise.allSettled([1, 2, 3].map((at) => outbox.enqueue([job(`small-${at}`, 'sms')])))
say(`spared ${refusals.filter(({ status }) => status === 'rejected').length} of 3 were refused`)
say(`warned ${(await outbox.check()).join(' ')}`)

let attempted = 0
outbox.consume('sms', {
  concurrency: 5,
  run: () => {
    attempted += 1
    return Promise.resolve({ type: 'done', record: '' })
  },
  settled: () => undefined,
})
for (let turns = 0; turns < 50; turns += 1) await outbox.counts()
say(`idle ${attempted === 0 ? 'nothing' : attempted} is attempted`)

rmSync(ballast)
while ((await outbox.check()).length > 0);
await outbox.enqueue([job('again', 'sms')])
while ((await outbox.get('again'))?.state !== 'done') await outbox.counts()
say('again accepted and attempted')
await outbox.close()
const database = await openDatabase(file)
say(`integrity ${Object.values(database.prepare('PRAGMA integrity_check').get() as object).join()}`)
process.exit()
