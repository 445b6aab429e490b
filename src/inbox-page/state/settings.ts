/** What somebody has chosen for this browser: language and theme. Where storing is blocked, it lasts for the visit. */
import { preferredLanguage, type Language } from '../i18n/dictionary.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

export interface Settings {
  readonly language: Language
  readonly theme: Theme
}

const LANGUAGE_KEY = 'notiwire-inbox-language'
const THEME_KEY = 'notiwire-inbox-theme'

export function readSettings(): Settings {
  const stored = read(LANGUAGE_KEY)
  const language = stored === 'en' || stored === 'zh' ? stored : preferredLanguage(navigator.languages)
  const theme = THEMES.find((name) => name === read(THEME_KEY)) ?? 'system'
  return { language, theme }
}

export function writeSettings({ language, theme }: Settings): void {
  write(LANGUAGE_KEY, language)
  write(THEME_KEY, theme)
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value)
  } catch {
    // Blocked by the browser: then it is not remembered.
  }
}
