/** Words in a reply that tell more than the status they come with, and what of it they overrule. */

/**
 * Before what of a status a wording is looked up: `everything`; the `family` of an enhanced status, such as 5.7.x;
 * its `class`, such as 4xx; or a bare `status`, where the enhanced one says nothing.
 */
export type Place = 'everything' | 'family' | 'class' | 'status'

interface Wording {
  /** In the table of errors. */
  readonly key: string
  readonly before: Place
  /** The class of status it counts with. @default both */
  readonly of?: '4xx' | '5xx'
  readonly sign: RegExp
}

const NO_SUCH =
  /\b(?:no such|unknown) (?:user|recipient|mailbox|person|account)\b|\b(?:user|recipient|mailbox|account)(?: is)? (?:unknown|not found|does(?: not|n['’]t) exist)\b|\bno mailbox here\b/i
const NO_RELAY =
  /\brelay(?:ing)?(?: access)?(?: is)? (?:denied|not|prohibited)|\b(?:to|not) relay\b|\brcpthosts\b/i

const WORDINGS: readonly Wording[] = [
  // Google counts for a mailbox and for an account under 4.2.1, and for a mailbox also under 5.2.1.
  { key: 'mail rate', before: 'everything', sign: /receiving mail (?:too quickly|at a rate)/i },
  { key: 'relay limit', before: 'everything', of: '4xx', sign: /relay limit exceeded/i },
  { key: 'too many', before: 'everything', of: '4xx', sign: /too many (?:connections|messages|sessions)/i },
  { key: 'greylist', before: 'everything', of: '4xx', sign: /gr[ea]y-?list/i },
  { key: 'relay', before: 'family', of: '5xx', sign: NO_RELAY },
  {
    key: 'blocked',
    before: 'family',
    of: '5xx',
    sign: /client host|blocked using|block ?list|blacklist|banned/i,
  },
  { key: 'too many', before: 'class', of: '4xx', sign: /too many/i },
  { key: 'no such user', before: 'status', of: '5xx', sign: NO_SUCH },
]

/** Of a longer text the rest is not searched. In characters. */
const MAX_TEXT = 1000

/** The keys of the wordings in a reply, by the place they are looked up at. */
export function wordingsIn(text: string, statusClass: string): (place: Place) => string[] {
  // Not in an address that is quoted: anybody can have one with such a word.
  const words = text.slice(0, MAX_TEXT).replace(/\S*@\S*/g, ' ')
  const found = WORDINGS.filter(({ of = statusClass, sign }) => of === statusClass && sign.test(words))
  return (place) => found.filter(({ before }) => before === place).map(({ key }) => key)
}
