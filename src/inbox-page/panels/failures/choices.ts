/** What can be made to fail, in one list that can be searched. Pure. */
import type { FaultMenu } from '../../../sandbox/api.ts'

export interface FailureChoice {
  /** Unlike all others. */
  readonly name: string
  readonly title: string
  readonly meaning: string
  /** What NotifyError makes of it, where that is known. */
  readonly code?: string
  readonly request: { readonly fault?: string; readonly refusal?: string }
}

/** Of the words of `texts` for faults; one that has none there goes by its name. */
export function choicesOf(
  menu: FaultMenu,
  texts: Readonly<Record<string, string>>,
): readonly FailureChoice[] {
  const faults = menu.faults.map((fault) => ({
    name: `fault ${fault}`,
    title: fault,
    meaning: Object.hasOwn(texts, fault) ? (texts[fault] ?? '') : '',
    request: { fault },
  }))
  const refusals = menu.refusals.map(({ refusal, code, meaning }) => ({
    name: `refusal ${refusal}`,
    title: refusal,
    meaning,
    code,
    request: { refusal },
  }))
  return [...faults, ...refusals]
}

/** Those in which all words occur. */
export function matching(choices: readonly FailureChoice[], search: string): readonly FailureChoice[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return choices.filter(({ title, meaning, code = '' }) => {
    const text = `${title} ${meaning} ${code}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}
