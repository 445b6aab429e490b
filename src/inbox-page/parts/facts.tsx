/** Names and values below each other. Those without a value are left out. */
import type { ComponentChildren } from 'preact'

export type Fact = readonly [name: string, value: ComponentChildren | undefined]

export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.filter(isKnown).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function isKnown([, value]: Fact): boolean {
  return value !== undefined && value !== ''
}
