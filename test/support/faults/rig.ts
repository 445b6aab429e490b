/** The faults that every channel with a provider can meet, staged between its driver and its fake. */
import type { FakeFault, ProviderFake } from '../../../src/core/fake.ts'
import type { AnyNotifier } from '../../../src/index.ts'
import type { ChannelName, Ending, FaultCase, Scene } from './case.ts'
import {
  CLOSED_PORT,
  NO_SUCH_HOST,
  startForeign,
  startLateLine,
  startSilent,
  startUntrusted,
  type FarEnd,
  type Where,
} from './far-ends.ts'

/** How to put a channel's driver in front of its fake. */
export interface Rig<Fake extends ProviderFake> {
  readonly channel: ChannelName
  /** Begins the names of its faults, where it is not the channel's first provider. */
  readonly label?: string
  readonly start: () => Promise<Fake>
  /** @param where instead of the fake */
  readonly drive: (fake: Fake, where?: Where) => AnyNotifier
  readonly driveWithWrongSecret: (fake: Fake) => AnyNotifier
  readonly message: (fake: Fake) => object
  /** A message that the driver's schema refuses. */
  readonly invalid: (fake: Fake) => object
  /** Whether its driver writes before it is greeted. */
  readonly speaksFirst: boolean
  /** Whether the protocol has TLS only. */
  readonly isTls: boolean
  /** By what the provider says. */
  readonly refusals: Readonly<Record<string, (fake: Fake) => void>>
}

interface Staging<Fake> {
  readonly driver?: (fake: Fake) => AnyNotifier
  readonly message?: (fake: Fake) => object
  /** Runs before the send. */
  readonly ending?: (fake: Fake) => Ending | undefined
  readonly farEnd?: FarEnd
  readonly settle?: (fake: Fake) => void | Promise<void>
}

export async function staged<Fake extends ProviderFake>(
  rig: Rig<Fake>,
  { driver = rig.drive, message = rig.message, ending, farEnd, settle }: Staging<Fake> = {},
): Promise<Scene> {
  const fake = await rig.start()
  return {
    driver: farEnd ? rig.drive(fake, farEnd.where) : driver(fake),
    message: message(fake),
    ending: ending?.(fake),
    accepted: async () => {
      await settle?.(fake)
      return fake.accepted.length
    },
    close: () => Promise.all([fake.close(), farEnd?.close()]),
  }
}

export function casesOf<Fake extends ProviderFake>(rig: Rig<Fake>): FaultCase[] {
  return toCases(rig, [
    ...connectionStages(rig),
    ...providerStages(rig),
    ...callerStages(rig),
    ...Object.entries(rig.refusals).map(([said, refuse]): Stage => {
      return [`refusal: ${said}`, () => staged(rig, { ending: (fake) => void refuse(fake) })]
    }),
  ])
}

export function toCases<Fake extends ProviderFake>(
  { channel, label }: Rig<Fake>,
  stages: readonly Stage[],
): FaultCase[] {
  const prefix = label === undefined ? '' : `${label}: `
  return stages.map(([fault, stage]) => ({ channel, fault: prefix + fault, stage }))
}

/** A provider that has taken all of a message, and says so only when time is up. */
export async function stageLateAnswer<Fake extends ProviderFake>(
  rig: Rig<Fake>,
  portOf: (fake: Fake) => number,
  isWhole: (written: string) => boolean,
): Promise<Scene> {
  const fake = await rig.start()
  const line = await startLateLine(portOf(fake), isWhole)
  const ending = () => ({ after: line.reached, by: 'deadline' }) as const
  return staged({ ...rig, start: () => Promise.resolve(fake) }, { farEnd: line, ending })
}

export const originOf = ({ host, port, isTls }: Where) => `${isTls ? 'https' : 'http'}://${host}:${port}`

export type Stage = readonly [fault: string, stage: () => Promise<Scene>]

function connectionStages<Fake extends ProviderFake>(rig: Rig<Fake>): Stage[] {
  const at = (where: Where) => staged(rig, { driver: (fake) => rig.drive(fake, where) })
  return [
    ['nothing goes wrong', () => staged(rig)],
    ['connection refused', () => at({ ...CLOSED_PORT, isTls: rig.isTls })],
    ['host name does not exist', () => at(NO_SUCH_HOST)],
    ['TLS: certificate not trusted', async () => staged(rig, { farEnd: await startUntrusted() })],
    ['TLS: answered with plain text', async () => staged(rig, { farEnd: await startForeign(true) })],
    [
      'accepts the connection, then says nothing',
      async () => {
        const farEnd = await startSilent(rig.isTls, rig.speaksFirst)
        return staged(rig, { farEnd, ending: () => ({ after: farEnd.reached, by: 'attempt' }) })
      },
    ],
  ]
}

const STRUCK: Readonly<Record<FakeFault, string>> = {
  unreachable: 'connection reset before the message',
  stall: 'takes the message, keeps nothing, says nothing',
  stall_accepted: 'keeps the message, says nothing',
  reset: 'takes the message, keeps nothing, resets',
  reset_accepted: 'keeps the message, resets',
  garbage: 'takes the message, keeps nothing, answers garbage',
}

function providerStages<Fake extends ProviderFake>(rig: Rig<Fake>): Stage[] {
  return Object.entries(STRUCK).map(([fault, words]) => {
    const ending = (fake: Fake): Ending | undefined => {
      const after = fake.failNext(fault as FakeFault)
      return fault.startsWith('stall') ? { after, by: 'attempt' } : undefined
    }
    return [words, () => staged(rig, { ending })]
  })
}

function callerStages<Fake extends ProviderFake>(rig: Rig<Fake>): Stage[] {
  const givenUp = (fault: FakeFault) => (fake: Fake) => ({
    after: fake.failNext(fault),
    by: 'caller' as const,
  })
  return [
    ['message does not fit the schema', () => staged(rig, { message: rig.invalid })],
    ['wrong credentials', () => staged(rig, { driver: rig.driveWithWrongSecret })],
    [
      'caller gives up at once',
      () => staged(rig, { ending: () => ({ after: Promise.resolve(), by: 'caller' }) }),
    ],
    ['caller gives up, message taken and dropped', () => staged(rig, { ending: givenUp('stall') })],
    ['caller gives up, message kept', () => staged(rig, { ending: givenUp('stall_accepted') })],
  ]
}
