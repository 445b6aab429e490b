import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startFakeSmtp, type FakeSmtp } from '../../src/channels/email/fake.ts'
import { startFakeAliyun } from '../../src/channels/sms/fake.ts'
import { csvItems } from '../../src/cli/message/csv.ts'
import type { Item } from '../../src/cli/message/item.ts'
import { linesIn, ROOT, run, tempFolder, until } from './support.ts'

const envOf = ({ port }: FakeSmtp) => ({ NOTIWIRE_EMAIL: `smtp://127.0.0.1:${port}?from=shop@example.com` })
const mail = (to: string) => JSON.stringify({ to, subject: 'News', text: 'What is new.' })
const addresses = ({ accepted }: FakeSmtp) => accepted.flatMap(({ to }) => to).sort()

describe('sending many', () => {
  it('sends every line of NDJSON, and tells of every line that is none', async () => {
    using folder = tempFolder()
    await using smtp = await startFakeSmtp()
    const bad = Buffer.from([0xff, 0xfe, 0x0a])
    const text = `\ufeff${mail('a@example.com')}\r\n\n{"to":"secret-address\n[]\n${mail('nobody')}\n`
    const stdin = Readable.from([Buffer.from(text), bad, Buffer.from(mail('b@example.com'))])

    const ran = await run(['send', 'email', '-'], { env: envOf(smtp), cwd: folder.path, stdin })

    expect(ran).toMatchObject({ code: 1, stderr: '2 sent, 4 failed\n' })
    const results = [...ran.json].sort((one, other) => Number(one['index']) - Number(other['index']))
    expect(results).toMatchObject([
      { index: 0, line: 1, status: 'sent', hash: expect.stringMatching(/^[0-9a-f]{16}$/) as string },
      {
        index: 1,
        line: 3,
        status: 'failed',
        code: 'INVALID_MESSAGE',
        error: { message: 'line 3 is no valid JSON' },
      },
      { index: 2, line: 4, status: 'failed', error: { message: 'line 4 is no JSON object' } },
      { index: 3, line: 5, status: 'failed', code: 'INVALID_MESSAGE', error: { issues: [{ path: 'to' }] } },
      { index: 4, line: 6, status: 'failed', error: { message: 'line 6 is no UTF-8' } },
      { index: 5, line: 7, status: 'sent' },
    ])
    expect(ran.stdout).not.toContain('secret-address')
    expect(addresses(smtp)).toEqual(['a@example.com', 'b@example.com'])
  })

  it('sends every row of a CSV, with what the flags say for all', async () => {
    using folder = tempFolder()
    await using aliyun = await startFakeAliyun()
    const { accessKeyId, accessKeySecret } = aliyun.credentials
    const options = `sign=${encodeURIComponent('阿里云短信测试')}&endpoint=${aliyun.endpoint}`
    const env = { NOTIWIRE_SMS: `aliyun://${accessKeyId}:${accessKeySecret}@default?${options}` }
    folder.write('codes.csv', 'to,params.code\n13800138000,1234\n13800138001,"5678"\n13800138002\n')

    const ran = await run(['send', 'sms', '-f', 'codes.csv', '--template', 'SMS_154950909'], {
      env,
      cwd: folder.path,
    })

    expect(ran).toMatchObject({ code: 1, stderr: '2 sent, 1 failed\n' })
    expect(ran.json.find(({ status }) => status === 'failed')).toMatchObject({
      line: 4,
      error: { message: 'line 4 has 1 cells, and the first row has 2' },
    })
    expect(aliyun.accepted).toHaveLength(2)
  })

  it('goes on where it was left: what was sent is left out, what failed is sent once it is mended', async () => {
    using folder = tempFolder()
    await using smtp = await startFakeSmtp()
    const lines = [mail('a@example.com'), mail('nobody'), '{', mail('b@example.com')]
    folder.write('list.ndjson', lines.join('\n'))
    const args = ['send', 'email', '-f', 'list.ndjson', '-o', 'results.ndjson']
    const options = { env: envOf(smtp), cwd: folder.path }

    const first = await run(args, options)
    folder.write('list.ndjson', [lines[0], mail('c@example.com'), mail('d@example.com'), lines[3]].join('\n'))
    const second = await run([...args, '--resume', 'results.ndjson'], options)
    const third = await run([...args, '--resume', 'results.ndjson', '--json'], options)

    expect(first).toMatchObject({ code: 1, stdout: '', stderr: '2 sent, 2 failed\n' })
    expect(second).toMatchObject({ code: 0, stderr: '2 sent, 2 sent before\n' })
    expect(third.code).toBe(0)
    expect(JSON.parse(third.stderr)).toMatchObject({ summary: { sent: 0, sentBefore: 4 } })
    expect(addresses(smtp)).toEqual(['a', 'b', 'c', 'd'].map((name) => `${name}@example.com`))
  })

  it('stops before it sends to somebody twice because lines have moved', async () => {
    using folder = tempFolder()
    await using smtp = await startFakeSmtp()
    const options = { env: envOf(smtp), cwd: folder.path }
    const args = ['send', 'email', '-f', 'list.ndjson', '-o', 'results.ndjson']
    folder.write('list.ndjson', `${mail('a@example.com')}\n${mail('b@example.com')}`)
    await run(args, options)
    folder.write(
      'list.ndjson',
      `${mail('new@example.com')}\n${mail('a@example.com')}\n${mail('b@example.com')}`,
    )

    const ran = await run([...args, '--resume', 'results.ndjson'], options)

    expect(ran).toMatchObject({ code: 2 })
    expect(ran.stderr).toContain('line 1 is not the message that the earlier run sent from there')
    expect(smtp.accepted).toHaveLength(2)
  })

  it('does not send again what may have gone out, unless it is told to', async () => {
    using folder = tempFolder()
    await using smtp = await startFakeSmtp()
    const options = { env: envOf(smtp), cwd: folder.path }
    folder.write('list.ndjson', `${mail('a@example.com')}\n${mail('b@example.com')}`)
    const args = ['send', 'email', '-f', 'list.ndjson', '-o', 'results.ndjson', '--resume', 'results.ndjson']
    await run(args.slice(0, 6), options)
    const [started] = linesIn(folder.read('results.ndjson')).filter(({ status }) => status === 'started')
    // As a crash leaves it: begun, and then half a line.
    folder.write('results.ndjson', `${JSON.stringify(started)}\n{"index":1,"ha`)

    const held = await run(args, options)
    const again = await run([...args, '--resend-unknown'], options)

    expect(held).toMatchObject({ code: 1 })
    expect(held.stderr).toBe('1 sent, 1 failed\n1 lines of earlier results could not be read\n')
    expect(linesIn(folder.read('results.ndjson').replace('{"index":1,"ha\n', ''))).toContainEqual(
      expect.objectContaining({ index: 0, line: 1, code: 'ABORTED', delivery: 'unknown' }),
    )
    expect(again).toMatchObject({ code: 0 })
    expect(smtp.accepted).toHaveLength(4)
  })

  it('takes no more when it is interrupted, ends what is under way, and says how to go on', async () => {
    using folder = tempFolder()
    await using smtp = await startFakeSmtp()
    let interrupt = () => {}
    // A source that never ends, as a pipe that somebody still writes into.
    const stdin = new Readable({ read: () => undefined })
    stdin.push(`${mail('a@example.com')}\n${mail('b@example.com')}\n`)
    const ending = run(['send', 'email', '-', '-o', 'results.ndjson', '--resume', 'old.ndjson'], {
      env: envOf(smtp),
      cwd: (folder.write('old.ndjson', ''), folder.path),
      stdin,
      onStart: (stop) => (interrupt = stop),
    })
    await until(() => smtp.accepted.length === 2)

    interrupt()
    const ran = await ending

    expect(ran.code).toBe(130)
    expect(ran.stderr).toContain('interrupted: 2 sent\n')
    expect(ran.stderr).toContain('--resume old.ndjson --resume results.ndjson --out results.ndjson')
    expect(linesIn(folder.read('results.ndjson')).filter(({ status }) => status === 'sent')).toHaveLength(2)
  })

  it('gives each message a key of its own, the same one in the next run', async () => {
    using folder = tempFolder()
    await using smtp = await startFakeSmtp()
    folder.write('list.ndjson', `${mail('a@example.com')}\n${mail('a@example.com')}`)
    const args = ['send', 'email', '-f', 'list.ndjson', '--idempotency-key', 'news-11']
    const options = { env: envOf(smtp), cwd: folder.path }

    await run(args, options)
    await run(args, options)

    const ids = smtp.accepted.map(({ raw }) => /^Message-ID: (.*)$/m.exec(raw.toString())?.[1])
    expect(ids).toHaveLength(4)
    expect(new Set(ids).size).toBe(2)
  })

  it('checks all and sends none in a dry run, of which later runs take no notice', async () => {
    using folder = tempFolder()
    await using smtp = await startFakeSmtp()
    folder.write('list.ndjson', `${mail('a@example.com')}\n${mail('nobody')}`)
    const args = ['send', 'email', '-f', 'list.ndjson', '-o', 'results.ndjson']
    const options = { env: envOf(smtp), cwd: folder.path }

    const dry = await run([...args, '--dry-run'], options)
    const real = await run([...args, '--resume', 'results.ndjson'], options)

    expect(dry).toMatchObject({ code: 1, stderr: '1 valid, 1 failed\n' })
    expect(real).toMatchObject({ code: 1, stderr: '1 sent, 1 failed\n' })
    expect(smtp.accepted).toHaveLength(1)
  })

  it('shows how it goes to whoever watches', async () => {
    await using smtp = await startFakeSmtp()
    const stdin = Readable.from([mail('a@example.com')])

    const ran = await run(['send', 'email', '-'], { env: envOf(smtp), stdin, isTty: true })

    expect(ran.stderr).toMatch(/\r\x1b\[K1 sent, \d+ a second\r\x1b\[K1 sent\n$/)
  })

  it('gives up at once where no message can be sent at all, and says why in one line', async () => {
    using folder = tempFolder()
    const index = JSON.stringify(join(ROOT, 'dist', 'index.js'))
    folder.write(
      'notiwire.config.mjs',
      `import { Notifier, NotifyError } from ${index}
       class Custom extends Notifier {
         provider = 'custom'
         schema = { '~standard': { version: 1, vendor: 'none', validate: (value) => ({ value }) } }
         async deliver() { throw new NotifyError('INVALID_CONFIG', 'The package "x" is not installed; run: npm install x') }
         toError(cause) { return new NotifyError('DRIVER_FAILED', 'failed', { cause }) }
       }
       export default { channels: { custom: new Custom() } }`,
    )
    const stdin = Readable.from([`{"to":"a"}\n`.repeat(1000)])

    const ran = await run(['send', 'custom', '-', '--concurrency', '2'], { cwd: folder.path, stdin })
    const one = await run(['send', 'custom', '{"to":"a"}'], { cwd: folder.path })

    expect(ran.code).toBe(2)
    expect(ran.stderr).toMatch(
      /^\d failed\nerror: The package "x" is not installed; run: npm install x \(INVALID_CONFIG\)\n$/,
    )
    expect(one).toMatchObject({ code: 2, stdout: '' })
    expect(one.stderr).toContain('npm install x')
  })

  it('exits with 3 where there is nothing to send', async () => {
    await using smtp = await startFakeSmtp()

    expect(await run(['send', 'email', '-'], { env: envOf(smtp) })).toMatchObject({
      code: 3,
      stderr: 'no messages\n',
    })
  })

  it.each([
    ['to,to\n', 'names a field twice'],
    ['to,,x\n', 'expected a field'],
    ['"to\n', 'cannot be read'],
  ])('refuses a CSV that begins with %j', async (text, told) => {
    await using smtp = await startFakeSmtp()
    const stdin = Readable.from([text])

    const ran = await run(['send', 'email', '-', '--format', 'csv'], { env: envOf(smtp), stdin })

    expect(ran).toMatchObject({ code: 2 })
    expect(ran.stderr).toContain(told)
  })
})

async function itemsOf(text: string): Promise<Item[]> {
  const items: Item[] = []
  for await (const item of csvItems(Readable.from([Buffer.from(text)]))) items.push(item)
  return items
}

describe('a CSV', () => {
  it('has quoted cells with line breaks, nested fields, JSON and empty cells', async () => {
    const text = 'to;data.a;badge:=;x.0\n"a;b";"two\r\nlines ""q""";3;\n'

    expect(await itemsOf(text)).toEqual([
      { line: 2, fields: { to: 'a;b', data: { a: 'two\nlines "q"' }, badge: 3 } },
    ])
  })

  it('loses no row after a quote that nothing closes', async () => {
    expect(await itemsOf('a,b\n1,"x\n2,y\n3,"z"q\n4,w\n5,"v\n')).toEqual([
      { line: 2, fault: 'line 2 has a quote in the wrong place' },
      { line: 3, fields: { a: '2', b: 'y' } },
      { line: 4, fault: 'line 4 has a quote in the wrong place' },
      { line: 5, fields: { a: '4', b: 'w' } },
      { line: 6, fault: 'line 6 has a quote in the wrong place' },
    ])
  })

  it('gives back every cell that was written', async () => {
    const cell = fc.string({ minLength: 1, unit: 'grapheme' }).map((text) => text.replaceAll(/\r/g, ' '))
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { maxLength: 20 }), async (rows) => {
        const text = `a,b\n${rows.map((row) => row.map(quoted).join(',')).join('\n')}`

        const items = await itemsOf(text)

        expect(items.map((item) => ('fields' in item ? item.fields : item))).toEqual(
          rows.map(([a, b]) => ({ a, b })),
        )
      }),
      { numRuns: 200 },
    )
  })
})
