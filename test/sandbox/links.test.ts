/** What is read out of foreign HTML: quickly, and without a fall. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { linksInHtml, linksInText } from '../../src/sandbox/captures/links.ts'
import { segmentsOf } from '../../src/sandbox/captures/segments.ts'
import { emailDocument } from '../../src/sandbox/email-html.ts'

it.each([
  [
    '<a href="https://example.com/a?b=1&amp;c=2">Read &amp; go</a>',
    'https://example.com/a?b=1&c=2',
    undefined,
  ],
  ["<A HREF='http://example.com'>x</A>", 'http://example.com', 'insecure'],
  ['<a class=x href=/orders>x</a>', '/orders', 'not_absolute'],
  ['<a href="https://example.com/{{id}}">x</a>', 'https://example.com/{{id}}', 'unfilled'],
  ['<a href="java\tscript:alert(1)">x</a>', 'java\tscript:alert(1)', 'script'],
  ['<a href="http://localhost:3000/x">x</a>', 'http://localhost:3000/x', 'local'],
  ['<a href="https://">x</a>', 'https://', 'malformed'],
  ['<a href="mailto:ann@example.com">x</a>', 'mailto:ann@example.com', undefined],
])('reads %s', (html, href, problem) => {
  expect(linksInHtml(html)).toMatchObject([problem === undefined ? { href } : { href, problem }])
})

it('finds links in plain text', () => {
  expect(
    linksInText('See https://example.com/a, or <https://example.com/b>.').map(({ href }) => href),
  ).toEqual(['https://example.com/a,', 'https://example.com/b'])
})

it('reads any HTML, and that which is made to take long', () => {
  fc.assert(fc.property(fc.string(), (html) => void [linksInHtml(html), linksInText(html)]))
  for (const part of ['<a href=x ', '<a ', 'href=', '<a href="x" ', '<a href=x>']) {
    expect(linksInHtml(part.repeat(60_000 / part.length)).length).toBeLessThanOrEqual(200)
  }
})

it.each([
  ['a'.repeat(160), false, 1, 0],
  ['a'.repeat(161), false, 2, 145],
  ['€'.repeat(80), false, 1, 0],
  ['你'.repeat(70), true, 1, 0],
  ['你'.repeat(71), true, 2, 63],
  ['a'.repeat(160), true, 3, 41],
])('counts the parts of %#', (text, isMainland, segments, charactersLeft) => {
  expect(segmentsOf(text, isMainland)).toMatchObject({ segments, charactersLeft })
})

it('puts inline pictures into the document, and only pictures', () => {
  const files = new Map([
    ['cid:logo@x', { type: 'image/png', content: Buffer.from('png'), name: 'logo.png' }],
    ['cid:page', { type: 'text/html', content: Buffer.from('<script>'), name: 'page.html' }],
  ])
  const file = (name: string) => files.get(name)

  const shown = emailDocument('<img src="cid:logo%40x"><iframe src="cid:page">', { theme: 'light', file })

  expect(shown).toBe('<img src="data:image/png;base64,cG5n"><iframe src="cid:page">')
})
