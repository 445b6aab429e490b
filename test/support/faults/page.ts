/** The outcomes as a table for the terminal and as a page of the docs. */
import type { ChannelName, Outcome } from './case.ts'

interface Section {
  readonly title: string
  readonly channel: ChannelName
  /** What the names of its faults begin with, and only its own. */
  readonly prefix?: string
}

const SECTIONS: readonly Section[] = [
  { title: 'Email', channel: 'email' },
  { title: 'SMS', channel: 'sms' },
  { title: 'SMS, many in one call', channel: 'sms', prefix: 'batch: ' },
  { title: 'SMS through Tencent Cloud', channel: 'sms', prefix: 'Tencent: ' },
  { title: 'WeChat', channel: 'wechat' },
  { title: 'WeChat official account', channel: 'wechat', prefix: 'official account: ' },
  { title: 'APNs', channel: 'apns' },
  { title: 'WebSocket', channel: 'websocket' },
]

const INTRO = `# What is said when things go wrong

Made by \`npm run faults -- --write\`. Every row is a real driver, called through \`createNotify\`, that meets one fault
on a real socket to the channel’s fake provider on 127.0.0.1; retries are off, so a row is one try. The last column is
what the fake itself knows: whether it has the message. A row is a lie where the status is \`sent\` and the provider
does not have the message, or where the certainty is \`not_sent\` and it has. There is none, and
\`npm run faults\` fails where there is one. \`unknown\` is never a lie: it is said where the driver cannot know.

The page proves that the drivers tell the truth of these faults to these fakes. The fakes are built from the
providers’ documentation; what a provider does beyond it is not proved here.`

const WEBSOCKET = `A WebSocket message goes straight to the devices, so the last column says whether a device
received it: one that was connected, or one with which the user came back after the send. What is said to a user who is
away is stored and \`sent\`, with \`outcome: 'stored'\`, because it is handed over then. A device that vanished without a
word counts as connected until the heartbeat misses it (\`pingMs\` and \`pongMs\`, 33 s by default): what is written to it
until then is handed over later too, except what is kept nowhere (\`store: false\`, or a topic without a history), which is
lost, and was told as \`published\`.`

const HEAD = ['Fault', 'Status', 'Code', 'Certainty', 'Provider has it']

export function toPage(outcomes: readonly Outcome[]): string {
  const sections = SECTIONS.map((section) => {
    const rows = outcomes.filter((outcome) => sectionOf(outcome) === section).map(toRow)
    const note = section.channel === 'websocket' ? `${WEBSOCKET}\n\n` : ''
    return `## ${section.title}\n\n${note}${toMarkdown(rows)}`
  })
  return `${[INTRO, `${outcomes.length} cases.`, ...sections].join('\n\n')}\n`
}

function sectionOf({ channel, fault }: Outcome): Section | undefined {
  const ofChannel = SECTIONS.filter((section) => section.channel === channel)
  return ofChannel.find(({ prefix }) => prefix && fault.startsWith(prefix)) ?? ofChannel[0]
}

export function toTable(outcomes: readonly Outcome[]): string {
  const rows = [['Channel', ...HEAD], ...outcomes.map((outcome) => [outcome.channel, ...toCells(outcome)])]
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function toCells({ fault, status, code, delivery, accepted }: Outcome): string[] {
  return [fault, status, code ?? '–', delivery ?? '–', accepted ? 'yes' : 'no']
}

function toRow(outcome: Outcome): string[] {
  const [name = '', status = '', code = '', delivery = '', accepted = ''] = toCells(outcome)
  const fault = name.slice(sectionOf(outcome)?.prefix?.length)
  const quoted = [status, code, delivery].map((word) => (word === '–' ? word : `\`${word}\``))
  return [fault, ...quoted, accepted]
}

function toMarkdown(rows: readonly (readonly string[])[]): string {
  const toLine = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [toLine(HEAD), toLine(HEAD.map(() => '---')), ...rows.map(toLine)].join('\n')
}
