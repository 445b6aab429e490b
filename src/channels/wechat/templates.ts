/**
 * Looks for templates among those of the account. Read 2026-11-27:
 * https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message/getMessageTemplateList.html
 * https://developers.weixin.qq.com/doc/service/en/api/notify/template/api_getalltemplates.html
 */
import type { ProviderTemplate } from '../../core/provider-template.ts'
import type { AccountSettings } from './config.ts'
import type { ListedTemplate } from './reply.ts'

const TEMPLATE_ID = /^[\w-]{43}$/

/** Those of the configuration, and of `ids` those that are ids of WeChat's; asks for nothing where there are none. */
export async function templatesNamed(
  ids: readonly string[],
  configured: AccountSettings['templates'],
  list: () => Promise<readonly ListedTemplate[]>,
): Promise<readonly ProviderTemplate[]> {
  const own = Object.values(configured).map((one) => (typeof one === 'string' ? { id: one } : one))
  const fields = new Map(
    own.map((template) => [template.id, 'fields' in template ? template.fields : undefined]),
  )
  const wanted = new Set([...fields.keys(), ...ids.filter((id) => TEMPLATE_ID.test(id))])
  if (wanted.size === 0) return []
  const listed = new Map((await list()).map(({ id, content }) => [id, content]))
  return [...wanted].map((id) => toTemplate(id, listed.get(id), fields.get(id)))
}

/** What the account has is usable: WeChat lists no others. */
function toTemplate(
  id: string,
  content: string | undefined,
  fields: readonly string[] | undefined,
): ProviderTemplate {
  const configured = fields === undefined ? {} : { configured: fields }
  if (content === undefined) return { id, status: 'missing', ...configured }
  const variables = [...content.matchAll(/\{\{(\w+)\.DATA\}\}/g)].map(([, name = '']) => name)
  return { id, status: 'approved', variables: [...new Set(variables)], ...configured }
}
