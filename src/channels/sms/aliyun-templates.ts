/**
 * Looks for templates among those of the account, by QuerySmsTemplateList. Its statuses are read from the types of
 * `@alicloud/dysmsapi20170525` 4.6 (2026-11-27).
 */
import type { ProviderTemplate } from '../../core/provider-template.ts'
import type { ListedTemplate, TemplateList } from './aliyun-client.ts'
import type { AliyunTemplate } from './aliyun-config.ts'

/** One page of the list; the first is 1. */
export type ListPage = (pageIndex: number) => Promise<TemplateList>

/** Of 50 templates each; a list without an end is nobody's. */
const MAX_PAGES = 100

const STATUS: Readonly<Record<string, ProviderTemplate['status']>> = {
  AUDIT_STATE_PASS: 'approved',
  AUDIT_STATE_INIT: 'pending',
  AUDIT_STATE_NOT_PASS: 'refused',
  // Their spelling; the other one in case they mend it.
  AUDIT_SATE_CANCEL: 'refused',
  AUDIT_STATE_CANCEL: 'refused',
}

/** Those of the configuration, and of `ids` those that are codes; asks for no more pages than it takes to find them. */
export async function templatesNamed(
  ids: readonly string[],
  configured: Readonly<Record<string, AliyunTemplate>>,
  list: ListPage,
): Promise<readonly ProviderTemplate[]> {
  const own = new Map(Object.values(configured).map((template) => [template.code, template]))
  const wanted = new Set([...own.keys(), ...ids.filter((id) => /^SMS_\d{1,20}$/.test(id))])
  const found = await findAll(wanted, list)
  return [...wanted].map((id) => toTemplate(id, found.get(id), own.get(id)))
}

async function findAll(
  wanted: ReadonlySet<string>,
  list: ListPage,
): Promise<ReadonlyMap<string, ListedTemplate>> {
  const found = new Map<string, ListedTemplate>()
  for (let page = 1; page <= MAX_PAGES && found.size < wanted.size; page += 1) {
    const templates = await list(page)
    if (templates.length === 0) break
    for (const template of templates) {
      if (wanted.has(template.templateCode)) found.set(template.templateCode, template)
    }
  }
  return found
}

function toTemplate(
  id: string,
  listed: ListedTemplate | undefined,
  own: AliyunTemplate | undefined,
): ProviderTemplate {
  const configured = own === undefined ? {} : { configured: own.params }
  if (!listed) return { id, status: 'missing', ...configured }
  const variables = [...listed.templateContent.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name)
  const status = STATUS[listed.auditStatus] ?? 'pending'
  return { id, status, variables: [...new Set(variables)], ...configured }
}
