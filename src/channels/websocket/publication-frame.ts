/** What subscribers are told, as text of the protocol: publications, and who came and went. */
import type { KeptPublication, Position, Publication } from '../../core/push-broker.ts'
import { Frame } from './frame.ts'
import { isPersonal } from './names.ts'

/** A push to every subscriber of the channel. The data is JSON already, and is not read again. */
export function publicationFrame({ channel, kind, data, position }: Publication): Frame {
  const name = JSON.stringify(channel)
  if (kind !== 'pub') return new Frame(`{"push":{"channel":${name},"${kind}":{"info":${data}}}}`)
  const pub = publicationText(data, position?.offset)
  // An event stream resumes by one id only: that of the channel which nobody else has.
  const eventId = position && isPersonal(channel) ? eventIdOf(position) : undefined
  return new Frame(`{"push":{"channel":${name},"pub":${pub}}}`, eventId)
}

export function publicationText(data: string, offset?: number): string {
  return offset === undefined ? `{"data":${data}}` : `{"data":${data},"offset":${offset}}`
}

/** Kept publications as a field of a reply: the text of a JSON array. */
export function publicationsText(publications: readonly KeptPublication[]): string {
  return `[${publications.map(({ data, offset }) => publicationText(data, offset)).join(',')}]`
}

export function eventIdOf({ epoch, offset }: Position): string {
  return `${epoch}.${offset}`
}

/** What {@link eventIdOf} wrote; undefined where it is something else. */
export function positionOf(eventId: string): Position | undefined {
  const [, epoch, offset] = /^([\x21-\x7e]{1,64})\.(\d{1,15})$/.exec(eventId) ?? []
  return epoch === undefined ? undefined : { epoch, offset: Number(offset) }
}
