/** The languages of the page, and which of them somebody prefers. */
import { chinese } from './chinese.ts'
import { english, type Dictionary } from './english.ts'

export type Language = 'en' | 'zh'

export const DICTIONARIES: Readonly<Record<Language, Dictionary>> = { en: english, zh: chinese }

/** As the `lang` attribute spells it. */
export const LANGUAGE_TAGS: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-CN' }

/** The language of who prefers these, in the order of preference. */
export function preferredLanguage(languages: readonly string[]): Language {
  return languages[0]?.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}
