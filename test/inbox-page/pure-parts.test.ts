/** The parts of the page that need no browser. */
import { describe, expect, it } from 'vitest'
import { preferredLanguage } from '../../src/inbox-page/i18n/dictionary.ts'
import { choicesOf, matching } from '../../src/inbox-page/panels/failures/choices.ts'
import { fillTemplate } from '../../src/inbox-page/parts/fill-template.ts'
import { formatBytes, formatMs, prettyJson } from '../../src/inbox-page/parts/format.ts'
import { safeHref } from '../../src/inbox-page/parts/safe-link.ts'
import { actionOf } from '../../src/inbox-page/state/keymap.ts'
import { formatRoute, parseRoute } from '../../src/inbox-page/state/route.ts'
import { appNameOf } from '../../src/inbox-page/views/apns/app-name.ts'
import { faultMenus } from './support/example-panels.ts'

describe('a link', () => {
  it.each(['https://shop.example/a?b=c', 'http://shop.example/', 'mailto:ann@example.com'])(
    'to %s may be followed',
    (href) => expect(safeHref(href)).toBe(href),
  )

  it.each([
    'javascript:alert(1)',
    ' JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'blob:https://shop.example/1',
    'file:///etc/passwd',
    '/orders/1',
    '//shop.example/1',
    'orders',
    'https://',
    '',
  ])('to %j may not', (href) => expect(safeHref(href)).toBeUndefined())
})

describe('a template', () => {
  it('marks what was filled in, for both ways to write a variable', () => {
    expect(fillTemplate('Code ${code}, {1} min', { code: '42', 1: '10' })).toEqual([
      { text: 'Code ', isFilled: true },
      { text: '42', variable: 'code', isFilled: true },
      { text: ', ', isFilled: true },
      { text: '10', variable: '1', isFilled: true },
      { text: ' min', isFilled: true },
    ])
  })

  it('shows what was not filled in as it is written, also where it has the name of a method', () => {
    const pieces = fillTemplate('${toString}${__proto__}{2}', { 1: 'x' })

    expect(pieces.map(({ text, isFilled }) => [text, isFilled])).toEqual([
      ['${toString}', false],
      ['${__proto__}', false],
      ['{2}', false],
    ])
  })

  it('takes no value for a template again', () => {
    const pieces = fillTemplate('${a}', { a: '${b}', b: 'no' })

    expect(pieces).toEqual([{ text: '${b}', variable: 'a', isFilled: true }])
  })
})

describe('an address', () => {
  it.each([
    ['#/', {}],
    ['#/?channel=sms&q=code+1', { channel: 'sms', q: 'code 1' }],
    ['#/m/a%2Fb', { id: 'a/b' }],
    ['#/m/1?channel=email', { id: '1', channel: 'email' }],
  ] as const)('%s is read, and written again', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route)
    expect(formatRoute(route)).toBe(hash)
  })

  it.each(['', '#', '#/m/', '#/m/%zz', '#/?channel=fax', '#nonsense'])('%j is the whole list', (hash) => {
    expect(parseRoute(hash)).toEqual({})
  })
})

describe('a key', () => {
  const plain = { isModified: false, isTyping: false, isOnControl: false }

  it.each([
    ['j', { type: 'move', by: 1 }],
    ['ArrowUp', { type: 'move', by: -1 }],
    ['Enter', { type: 'open' }],
    ['2', { type: 'filter', channel: 'sms' }],
    ['0', { type: 'filter' }],
    ['#', { type: 'remove' }],
    ['x', undefined],
    ['6', undefined],
  ])('%s does what the help says', (key, action) => expect(actionOf({ ...plain, key })).toEqual(action))

  it('writes where somebody types, and is the browser’s with Ctrl', () => {
    expect(actionOf({ ...plain, key: 'j', isTyping: true })).toBeUndefined()
    expect(actionOf({ ...plain, key: 'f', isModified: true })).toBeUndefined()
    expect(actionOf({ ...plain, key: 'Enter', isOnControl: true })).toBeUndefined()
    expect(actionOf({ ...plain, key: 'Escape', isTyping: true })).toEqual({ type: 'leave' })
  })
})

it('finds a failure by all words, in its name, meaning or code', () => {
  const [, aliyun] = faultMenus()
  if (!aliyun) throw new Error('There is no menu')
  const choices = choicesOf(aliyun, { stall: 'The provider never answers' })

  expect(matching(choices, 'balance').map(({ title }) => title)).toEqual(['isv.AMOUNT_NOT_ENOUGH'])
  expect(matching(choices, 'NEVER answers').map(({ title }) => title)).toEqual(['stall'])
  expect(matching(choices, 'never balance')).toEqual([])
})

it.each([
  ['com.example.shop', 'Shop'],
  ['com.example.my-shop.voip', 'My shop'],
  ['', ''],
])('calls the app of %j %j', (topic, name) => expect(appNameOf(topic)).toBe(name))

it('speaks Chinese to who prefers it', () => {
  expect(preferredLanguage(['zh-TW', 'en'])).toBe('zh')
  expect(preferredLanguage(['de', 'zh'])).toBe('en')
  expect(preferredLanguage([])).toBe('en')
})

it('writes sizes and times with their unit', () => {
  expect([formatBytes(812), formatBytes(71_422), formatMs(850), formatMs(1_240), formatMs(90_000)]).toEqual([
    '812 B',
    '71.4 kB',
    '850 ms',
    '1.2 s',
    '1.5 min',
  ])
  expect(prettyJson(undefined)).toBe('')
})
