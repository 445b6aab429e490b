/** What a fake WeChat can be told, and what it shows. */
import type { Clock } from '../../core/clock.ts'
import type { FakeFault, FakeWatch, ProviderFake } from '../../core/fake.ts'
import type { FakeWechatKeys, FakeWechatMessage } from './fake-account.ts'
import type { FakeAnswer, FakeCall } from './fake-script.ts'

export interface FakeWechatOptions {
  /** Openids that exist in both accounts, besides `openid` of each. */
  readonly openids?: readonly string[]
  /** Fields by template id in both accounts, besides `template` of each: `{ [id]: ['thing1', 'time2'] }`. */
  readonly templates?: Readonly<Record<string, readonly string[]>>
  /** Mini-program pages that exist. @default every page */
  readonly pages?: readonly string[]
  /** Serves https with this PEM key and certificate. @default plain http */
  readonly tls?: { readonly key: string; readonly cert: string }
  readonly clock?: Clock
  /** Every openid and every template exists, those it was not told too. @default false */
  readonly knowsAll?: boolean
  /** @default random ones */
  readonly miniProgram?: FakeWechatKeys
  /** @default random ones */
  readonly officialAccount?: FakeWechatKeys
  /** @default a random one */
  readonly port?: number
  readonly watch?: FakeWatch<FakeWechatMessage>
}

/** One account of the fake. */
export interface FakeWechatAccount {
  /** For the driver's configuration. */
  readonly config: { readonly appId: string; readonly appSecret: string; readonly endpoint: string }
  /** A user who may be written to. */
  readonly openid: string
  /** A template with the fields `thing1` and `time2`. */
  readonly template: string
  /** Messages it may still send today; unlimited at first. */
  quota: number
  /** Leaves a user this many messages of a template; at first there is no limit. */
  setCredits(openid: string, template: string, count: number): void
  /** Replaces the access token at once, as a forced refresh by another program does. */
  rotateToken(): void
  /** Refuses messages with the present access token and goes on issuing it until a forced refresh. */
  poisonToken(): void
  /** Every access token it has issued that is not long forgotten. */
  readonly tokens: readonly string[]
}

export interface FakeWechat extends ProviderFake<FakeWechatMessage> {
  readonly endpoint: string
  readonly miniProgram: FakeWechatAccount
  readonly officialAccount: FakeWechatAccount
  /** Calls so far of the interfaces that send and that issue tokens, refused ones too. */
  readonly calls: Readonly<Record<FakeCall, number>>
  /** IP addresses that may call; while undefined, all may. */
  allowedIps: readonly string[] | undefined
  failNext(fault: FakeFault, on?: FakeCall): Promise<void>
  /** Refuses the next call with this errcode. */
  refuseNext(errcode: number, errmsg?: string, on?: FakeCall): void
  /** Answers the next call with this, whatever it asks. */
  answerNext(answer: FakeAnswer, on?: FakeCall): void
}
