/** Whether the provider has the templates that are named, and whether our variables are theirs. */
import { NotifyError } from '../../core/errors.ts'
import type { AnyNotifier } from '../../core/notifier.ts'
import type { ProviderTemplate } from '../../core/provider-template.ts'
import { adviceFor } from './advice.ts'
import { inTime } from './credentials.ts'
import { failed, ok, skipped, warning, type Finding } from './finding.ts'
import type { Limits } from './within.ts'

/** @param ids those that the caller names, of whichever provider */
export async function checkTemplates(
  notifier: AnyNotifier,
  ids: readonly string[],
  limits: Limits,
): Promise<readonly Finding[]> {
  if (!notifier.knownTemplates) return notAsked(notifier, ids)
  const ask = notifier.knownTemplates.bind(notifier)
  try {
    const known = await inTime(notifier, limits, (attempt) => ask(ids, attempt))
    return known.map((template) => judge(template, notifier.provider))
  } catch (cause) {
    const error = NotifyError.isNotifyError(cause) ? cause : notifier.explain(cause)
    const { code, message } = error
    const trouble = { message, fix: adviceFor(notifier.provider, error), code }
    return [failed('templates', { ...trouble, providerCode: error.provider?.code })]
  }
}

/** Tencent has a call for it, which its driver does not make. */
function notAsked({ provider }: AnyNotifier, ids: readonly string[]): readonly Finding[] {
  const numbers = ids.filter((id) => /^\d+$/.test(id))
  if (provider !== 'tencent' || numbers.length === 0) return []
  return [
    skipped('templates', `Tencent is not asked for templates (${numbers.join(', ')}): look in its console`),
  ]
}

function judge({ id, status, variables, configured }: ProviderTemplate, provider: string): Finding {
  switch (status) {
    case 'missing':
      return failed('templates', {
        message: `the account has no template ${id}`,
        fix: `Correct the template id, or use the keys of the account that has it; ${WHERE[provider] ?? 'see the console'}`,
        code: 'CONTENT_REJECTED',
      })
    case 'refused':
      return failed('templates', {
        message: `the template ${id} was not approved`,
        fix: 'Change its text as the review asks, and submit it again',
        code: 'CONTENT_REJECTED',
      })
    case 'pending':
      return warning('templates', {
        message: `the template ${id} is still under review`,
        fix: 'Wait for the approval before sending with it',
      })
    case 'approved':
      return judgeVariables(id, variables, configured)
  }
}

function judgeVariables(
  id: string,
  variables: readonly string[] | undefined,
  configured: readonly string[] | undefined,
): Finding {
  const isSame = (one: readonly string[], other: readonly string[]) =>
    one.length === other.length && one.every((name) => other.includes(name))
  if (!variables || !configured || isSame(variables, configured)) {
    return ok('templates', `${id} is approved`)
  }
  return failed('templates', {
    message: `the template ${id} has the variables ${listed(variables)}; the configuration names ${listed(configured)}`,
    fix: `Name ${listed(variables)} in the configuration of the template, as its text does`,
    code: 'CONTENT_REJECTED',
  })
}

const WHERE: Readonly<Record<string, string>> = {
  aliyun: 'SMS console > Templates',
  'wechat-mini-program': 'mp.weixin.qq.com > Subscribe messages',
  'wechat-official-account': 'mp.weixin.qq.com > Template messages',
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ')
}
