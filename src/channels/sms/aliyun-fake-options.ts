/** What a fake of Aliyun can be told, and what it shows. */
import type { Clock } from '../../core/clock.ts'
import type { FakeWatch, ProviderFake } from '../../core/fake.ts'
import type { FakeSms, FakeTemplate } from './aliyun-fake-account.ts'
import type { FakeKeys } from './aliyun-fake-gateway.ts'
import type { FakeReply } from './aliyun-fake-replies.ts'

export interface FakeAliyunOptions {
  readonly accessKeyId?: string
  readonly accessKeySecret?: string
  /** Where set, calls must carry it. */
  readonly securityToken?: string
  /** Approved sign names. @default ['阿里云短信测试'] */
  readonly signs?: readonly string[]
  /** Approved templates by code. @default a verification template, SMS_154950909, with the variable `code` */
  readonly templates?: Readonly<Record<string, FakeTemplate>>
  readonly clock?: Clock
  /** How long QuerySendDetails knows nothing of what was accepted, in milliseconds. @default 0 */
  readonly recordLagMs?: number
  /** Every sign name and every template is approved, those it was not told too. @default false */
  readonly approvesAll?: boolean
  /** @default a random one */
  readonly port?: number
  readonly watch?: FakeWatch<FakeSms>
}

export interface FakeAliyun extends ProviderFake<FakeSms> {
  /** For the driver's `endpoint`. */
  readonly endpoint: string
  /** What calls must be signed with; spread it into the driver's configuration. */
  readonly credentials: FakeKeys
  /** The operations that were called with a valid signature, oldest first, whatever came of them. */
  readonly calls: readonly string[]
  /** The codes of the calls that were not let through, oldest first. */
  readonly refused: readonly string[]
  /** How many connections were opened so far. */
  readonly connectionsMade: number
  /**
   * Answers the next call with this code, in the documented shape; the text and the HTTP status can be given. Of a
   * batch, `keeps` messages are accepted all the same: Aliyun does not promise that its refusal is of all.
   */
  refuseNext(code: string, details?: FakeRefusalDetails): void
  /** Answers the next call word for word. */
  answerNext(reply: FakeReply): void
  /** From now on only these keys are known; temporary ones known before have expired. */
  rotate(credentials: FakeKeys): void
}

export interface FakeRefusalDetails {
  readonly message?: string
  readonly status?: number
  /** @default 0 */
  readonly keeps?: number
}
