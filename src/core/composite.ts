/** Several providers behind one channel: a Notifier made of Notifiers. */
import { Attempt, type DeliveryContext } from './delivery.ts'
import { NotifyError, type Issue } from './errors.ts'
import { tryInOrder, type Candidate } from './failover.ts'
import { Notifier, type AnyNotifier, type InputOf, type ReceiptOf } from './notifier.ts'
import { invalid } from './parse.ts'
import type { StandardSchema } from './standard-schema.ts'

/** What all of them take: the intersection of their inputs. */
export type InputOfAll<N extends readonly AnyNotifier[]> = (
  N[number] extends infer Each ? (Each extends AnyNotifier ? (input: InputOf<Each>) => void : never) : never
) extends (input: infer Input) => void
  ? Input
  : never

/** One message in the form of each provider, in their order. */
export type ParsedForAll = readonly unknown[]

const BRAND = Symbol.for('notiwire.Composite')

/** The order in which the providers are tried for one message: every index once. */
export type Order = () => readonly number[]

/** Begins anew, where the order follows from the messages before. */
export type NewOrder = () => Order

export class Composite<N extends readonly AnyNotifier[] = readonly AnyNotifier[]> extends Notifier<
  InputOfAll<N>,
  ParsedForAll,
  ReceiptOf<N[number]>
> {
  readonly provider: string
  readonly members: N
  /** A second message does little harm only where it does little with every one of them. */
  override readonly onUnknown: 'retry' | 'hold'
  readonly order: Order
  readonly newOrder: NewOrder
  protected readonly schema: StandardSchema<InputOfAll<N>, ParsedForAll>

  /**
   * @param kind names the strategy in results
   * @throws {NotifyError} INVALID_CONFIG, where a member is no driver, or there is none
   */
  constructor(kind: string, members: N, newOrder: NewOrder) {
    super()
    const isWrong = (member: unknown) => !Notifier.isNotifier(member)
    if (members.length === 0 || members.some(isWrong)) {
      throw invalid('INVALID_CONFIG', [{ path: kind, message: 'expected one or more drivers' }])
    }
    this.provider = `${kind}(${members.map(({ provider }) => provider).join(', ')})`
    this.members = members
    this.onUnknown = members.every(({ onUnknown }) => onUnknown === 'retry') ? 'retry' : 'hold'
    this.order = newOrder()
    this.newOrder = newOrder
    this.schema = schemaOf(members)
  }

  /** True for composites of any copy of this package. */
  static isComposite(value: unknown): value is Composite {
    return typeof value === 'object' && value !== null && BRAND in value
  }

  /** @returns true where every member could be checked */
  override async verify(attempt: Attempt): Promise<boolean> {
    const checks = this.members.map(() => new Attempt({ id: attempt.id }))
    attempt.onAbort((reason) => {
      for (const check of checks) check.abort(reason)
    })
    const outcomes = await Promise.allSettled(
      this.members.map((member, index) => member.verify(checks[index] ?? attempt)),
    )
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed) throw failed.reason
    return outcomes.every((outcome) => outcome.status === 'fulfilled' && outcome.value)
  }

  override async close(): Promise<void> {
    // Through async functions, so that one that throws at once keeps no other from closing.
    const closing = [...new Set(this.members)].map(async (member) => member.close())
    const outcomes = await Promise.allSettled(closing)
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** Whoever any of the providers would send to; nobody where one of them names nobody, for that might be anybody. */
  override recipients(messages: ParsedForAll): readonly string[] {
    const named = this.members.map((member, index) => member.recipients?.(messages[index]) ?? [])
    return named.some(({ length }) => length === 0) ? [] : [...new Set(named.flat())]
  }

  override redirected(messages: ParsedForAll, to: string): ParsedForAll {
    return this.members.map((member, index) => member.redirected?.(messages[index], to))
  }

  protected deliver(messages: ParsedForAll, context: DeliveryContext): Promise<ReceiptOf<N[number]>> {
    const candidates = this.order().map((index): Candidate<ReceiptOf<N[number]>> => {
      const run = () => this.#sendTo(index, messages[index], context)
      return { run, runAnyway: run, wasAsked: () => true }
    })
    return tryInOrder(candidates, { onUnknown: 'stop', isLastResort: false })
  }

  protected toError(cause: unknown): NotifyError {
    return new NotifyError('DRIVER_FAILED', 'One of several drivers failed', { cause })
  }

  async #sendTo(
    index: number,
    message: unknown,
    { id, idempotencyKey, signal }: DeliveryContext,
  ): Promise<ReceiptOf<N[number]>> {
    const member: AnyNotifier | undefined = this.members[index]
    if (!member) throw new NotifyError('DRIVER_FAILED', 'No such member', { delivery: 'not_sent' })
    const attempt = new Attempt({ id, idempotencyKey })
    const abort = () => attempt.abort(signal.reason as NotifyError)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    try {
      return (await member.send(message, attempt)) as ReceiptOf<N[number]>
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }
}

Object.defineProperty(Composite.prototype, BRAND, { value: true })

/** Every member reads the message before any is asked, so that a route cannot fail halfway for a wrong field. */
function schemaOf<N extends readonly AnyNotifier[]>(members: N): StandardSchema<InputOfAll<N>, ParsedForAll> {
  const validate = (input: unknown) => {
    const issues: { message: string; path: readonly string[] }[] = []
    const value = members.map((member) => {
      try {
        return member.parse(input)
      } catch (cause) {
        if (!NotifyError.isNotifyError(cause) || !cause.issues) throw cause
        issues.push(...cause.issues.map((issue) => labelled(member, issue)))
        return undefined
      }
    })
    return issues.length > 0 ? { issues } : { value }
  }
  return { '~standard': { version: 1, vendor: 'notiwire', validate } }
}

function labelled({ provider }: AnyNotifier, { path, message }: Issue) {
  return { path: path === '' ? [] : path.split('.'), message: `${message} (${provider})` }
}
