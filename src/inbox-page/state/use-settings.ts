/** Language and theme, applied to the document as soon as they are chosen. */
import { useCallback, useLayoutEffect, useState } from 'preact/hooks'
import { DICTIONARIES, LANGUAGE_TAGS } from '../i18n/dictionary.ts'
import { readSettings, THEMES, writeSettings, type Settings } from './settings.ts'

export function useSettings() {
  const [settings, setSettings] = useState(readSettings)
  const { language, theme } = settings
  const choose = useCallback((chosen: Partial<Settings>) => {
    setSettings((before) => {
      const after = { ...before, ...chosen }
      writeSettings(after)
      return after
    })
  }, [])
  useLayoutEffect(() => {
    document.documentElement.lang = LANGUAGE_TAGS[language]
    document.documentElement.dataset['theme'] = theme
    document.title = DICTIONARIES[language].product
  }, [language, theme])
  return { settings, choose }
}

/** The settings after a press of the key for the next theme. */
export function nextTheme({ theme }: Settings): Partial<Settings> {
  return { theme: THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system' }
}

export function nextLanguage({ language }: Settings): Partial<Settings> {
  return { language: language === 'en' ? 'zh' : 'en' }
}
