/** The routes of one message: what it is, and each of its parts. */
import { emailDocument, EMAIL_CSP } from './email-html.ts'
import { answer, answerJson, answerNothing, choiceIn, HttpError } from './http.ts'
import type { Inbox } from './inbox.ts'
import { get, type Route } from './route.ts'

export function messageRoutes(inbox: Inbox): readonly Route[] {
  const found = (id = '') => inbox.get(id) ?? missing('There is no such message')
  return [
    get(/^\/api\/messages\/([^/]+)$/, ({ response, params: [id] }) => answerJson(response, found(id))),
    {
      method: 'DELETE',
      path: /^\/api\/messages\/([^/]+)$/,
      handle: ({ response, params: [id = ''] }) => {
        if (!inbox.remove(id)) missing('There is no such message')
        answerNothing(response)
      },
    },
    get(/^\/api\/messages\/([^/]+)\/html$/, ({ response, url, params: [id = ''] }) => {
      const html = inbox.file(id, 'html') ?? missing('The message has no HTML')
      const theme = choiceIn(url, 'theme', ['light', 'dark'] as const) ?? 'light'
      const body = emailDocument(html.content.toString(), { theme, file: (name) => inbox.file(id, name) })
      answer(response, {
        type: 'text/html; charset=utf-8',
        body,
        headers: { 'content-security-policy': EMAIL_CSP },
      })
    }),
    get(/^\/api\/messages\/([^/]+)\/raw$/, ({ response, params: [id = ''] }) => {
      const { content } = inbox.file(id, 'raw') ?? missing('The message has no source')
      answer(response, { type: 'text/plain; charset=utf-8', body: content, headers: saved(`${id}.eml`) })
    }),
    get(/^\/api\/messages\/([^/]+)\/attachments\/(\d{1,4})$/, ({ response, params: [id = '', at = ''] }) => {
      const { content, name } = inbox.file(id, at) ?? missing('There is no such attachment')
      answer(response, { type: 'application/octet-stream', body: content, headers: saved(name) })
    }),
    get(/^\/api\/messages\/([^/]+)\/download$/, ({ response, params: [id = ''] }) => {
      const body = JSON.stringify(found(id), undefined, 2)
      answer(response, { type: 'application/json; charset=utf-8', body, headers: saved(`${id}.json`) })
    }),
  ]
}

function missing(message: string): never {
  throw new HttpError(404, 'NOT_FOUND', message)
}

/** Whatever its name is, it is saved and not shown. */
function saved(name: string): Readonly<Record<string, string>> {
  const plain = name.replace(/[^\w.-]/g, '_').slice(0, 100)
  const exact = encodeURIComponent(name.slice(0, 200).toWellFormed()).replace(/['()*]/g, '_')
  return { 'content-disposition': `attachment; filename="${plain}"; filename*=UTF-8''${exact}` }
}
