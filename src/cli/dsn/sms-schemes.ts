/** The schemes of the SMS providers. */
import type { Dsn } from './parse.ts'
import { endpointOf, type Scheme, type Values } from './scheme.ts'

const text = { kind: 'text' } as const
const number = { kind: 'number' } as const

export const aliyunScheme: Scheme = {
  example: 'aliyun://accessKeyId:accessKeySecret@default?sign=...',
  login: 'both',
  loginNames: ['an accessKeyId', 'an accessKeySecret'],
  options: {
    sign: { kind: 'text', to: 'signName' },
    region: text,
    endpoint: text,
    securityToken: text,
    maxSockets: number,
    templates: text,
  },
  config: (dsn, { region, endpoint: given, templates }) => {
    const regional = typeof region === 'string' ? aliyunEndpoint(region) : undefined
    const endpoint = endpointOf(dsn) ?? given ?? regional
    return {
      accessKeyId: dsn.user,
      accessKeySecret: dsn.password,
      region: undefined,
      ...templatesField(templates, 'code'),
      ...(endpoint !== undefined && { endpoint }),
    }
  },
  load: async () => {
    const { AliyunDriver } = await import('../../channels/sms/aliyun-driver.ts')
    return (config) => new AliyunDriver(config)
  },
}

/** Where a region has an address of another form. Source: the endpoint map of @alicloud/dysmsapi20170525 4.6.0, read 2026-11-27. */
const ALIYUN_HOSTS: Readonly<Record<string, string>> = {
  'cn-beijing': 'dysmsapi-proxy.cn-beijing',
  'cn-hongkong': 'dysmsapi-xman.cn-hongkong',
}

/** The other regions of mainland China share one. */
function aliyunEndpoint(region: string): string {
  const shared = region.startsWith('cn-') ? 'dysmsapi' : `dysmsapi.${region}`
  const host = Object.hasOwn(ALIYUN_HOSTS, region) ? ALIYUN_HOSTS[region] : shared
  return `https://${host}.aliyuncs.com`
}

export const tencentScheme: Scheme = {
  example: 'tencent://secretId:secretKey@default?app=1400006666&sign=...',
  login: 'both',
  loginNames: ['a secretId', 'a secretKey'],
  options: {
    app: { kind: 'text', to: 'smsSdkAppId' },
    sign: { kind: 'text', to: 'signName' },
    region: text,
    endpoint: text,
    token: text,
    maxSockets: number,
    templates: text,
  },
  config: (dsn, { templates }) => ({
    secretId: dsn.user,
    secretKey: dsn.password,
    ...endpointField(dsn),
    ...templatesField(templates, 'id'),
  }),
  load: async () => {
    const { TencentDriver } = await import('../../channels/sms/tencent-driver.ts')
    return (config) => new TencentDriver(config as ConstructorParameters<typeof TencentDriver>[0])
  },
}

function endpointField(dsn: Dsn): Values {
  const endpoint = endpointOf(dsn)
  return endpoint === undefined ? {} : { endpoint }
}

/** Such as `code:449739:code,minutes;paid:449740`: by alias the template, and the names of its values in their order. */
function templatesField(text: unknown, idField: 'code' | 'id'): Values {
  if (typeof text !== 'string') return {}
  const templates = text.split(';').map((entry) => {
    const [alias = '', id = '', names = ''] = entry.split(':')
    return [alias, { [idField]: id, params: names === '' ? [] : names.split(',') }] as const
  })
  return { templates: Object.fromEntries(templates) }
}
