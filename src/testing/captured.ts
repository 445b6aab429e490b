/** What the fake keeps of a message instead of sending it, typed by channel. */
import type { Composite } from '../core/composite.ts'
import type { AnyNotifier, InputOf } from '../core/notifier.ts'
import type { Channels } from '../facade/options.ts'

/** What the driver's schema makes of an input; of several drivers, what that of the one that was asked makes. */
export type MessageOf<N> =
  N extends Composite<infer Members>
    ? EachMessageOf<Members[number]>
    : N extends { parse(input: unknown): infer Message }
      ? Message
      : never

/** What the driver's `render` gives; unknown where it has none. */
export type RenderedOf<N> =
  N extends Composite<infer Members> ? EachRenderedOf<Members[number]> : EachRenderedOf<N>

type EachMessageOf<N> = N extends AnyNotifier ? MessageOf<N> : never
type EachRenderedOf<N> = N extends {
  render?: (message: never, context: never) => Promise<infer Rendered>
}
  ? Rendered
  : undefined

/** A message that would have gone out. */
export interface Captured<Channel extends string = string, N = unknown> {
  /** Of the delivery, as in its result. */
  readonly id: string
  readonly channel: Channel
  /** Who would have carried it. */
  readonly provider: string
  /** What the app wrote. Undefined where the guard sent it to somebody else. */
  readonly input: InputOf<N> | undefined
  /** What the driver's schema made of it. */
  readonly message: MessageOf<N>
  /** What would have gone to the provider, where the driver can show it. */
  readonly rendered: RenderedOf<N>
  /** Number of the try that worked; the first is 1. */
  readonly attempt: number
  readonly idempotencyKey: string | undefined
  /** Epoch milliseconds, by the clock of the fake. */
  readonly at: number
}

/** On any channel; `channel` tells which. */
export type CapturedOn<C extends Channels> = { [K in keyof C & string]: Captured<K, C[K]> }[keyof C & string]

type KeysOf<T> = T extends unknown ? keyof T : never
type ValueOf<T, K> = T extends unknown ? (K extends keyof T ? T[K] : never) : never
type Atom = string | number | bigint | boolean | symbol | null | undefined | Date | Uint8Array

/** What `expect.anything()` and its like return, where the runner has a type for it. */
export interface Asymmetric {
  asymmetricMatch(other: unknown): boolean
}

/** Any part of a value, however deep; of a list every item. */
export type PartOf<T> = Asymmetric | (T extends Atom ? T : Part<T>)

type Part<T> = T extends readonly (infer Item)[]
  ? readonly PartOf<Item>[]
  : T extends object
    ? { readonly [K in keyof T]?: PartOf<T[K]> }
    : T

type Written<N> = InputOf<N> | MessageOf<N>

/** What a test may ask of a message: fields as the app wrote them, or as the driver's schema made them. */
export type ExpectedMessage<N> =
  | Asymmetric
  | (unknown extends Written<N>
      ? Readonly<Record<string, unknown>>
      : { readonly [K in KeysOf<Written<N>>]?: PartOf<ValueOf<Written<N>, K>> })
