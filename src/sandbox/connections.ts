/** How to point an application at the sandbox, in any language. */
import type { ProviderConnection } from './api.ts'

/** What each fake is reached by. */
export interface Endpoints {
  /** Of the page. */
  readonly inbox: string
  readonly smtp: { readonly host: string; readonly port: number }
  readonly aliyun: {
    readonly endpoint: string
    readonly accessKeyId: string
    readonly accessKeySecret: string
  }
  readonly tencent: {
    readonly endpoint: string
    readonly secretId: string
    readonly secretKey: string
    readonly smsSdkAppId: string
  }
  readonly miniProgram: WechatAccess
  readonly officialAccount: WechatAccess
  readonly apns: {
    readonly host: string
    readonly port: number
    readonly ca: string
    readonly auth: {
      readonly type: 'token'
      readonly key: string
      readonly keyId: string
      readonly teamId: string
    }
  }
  readonly centrifugo: { readonly endpoint: string; readonly apiKey: string }
  readonly websocket: { readonly url: string }
}

interface WechatAccess {
  readonly appId: string
  readonly appSecret: string
  readonly endpoint: string
}

export function connectionsOf(at: Endpoints): readonly ProviderConnection[] {
  return [smtp(at), aliyun(at), tencent(at), ...wechat(at), apns(at), centrifugo(at), websocket(at)]
}

/** Without TLS: who asks for it off loopback asks for it here too, so it is told not to. */
function smtp({ smtp: { host, port } }: Endpoints): ProviderConnection {
  return {
    provider: 'smtp',
    channel: 'email',
    config: { host, port, secure: false, requireTLS: false, tls: {}, auth: null, proxy: null },
    lines: [`NOTIWIRE_EMAIL=smtp://${host}:${port}`, `SMTP_HOST=${host}`, `SMTP_PORT=${port}`],
  }
}

function aliyun({ aliyun: { endpoint, accessKeyId, accessKeySecret } }: Endpoints): ProviderConnection {
  const credentials = { accessKeyId, accessKeySecret }
  return {
    provider: 'aliyun',
    channel: 'sms',
    config: { endpoint, ...credentials, securityToken: null, credentials: null },
    lines: [
      `ALIBABA_CLOUD_ACCESS_KEY_ID=${accessKeyId}`,
      `ALIBABA_CLOUD_ACCESS_KEY_SECRET=${accessKeySecret}`,
      `DYSMS_ENDPOINT=${endpoint}`,
    ],
  }
}

function tencent({ tencent: { endpoint, secretId, secretKey, smsSdkAppId } }: Endpoints): ProviderConnection {
  return {
    provider: 'tencent',
    channel: 'sms',
    config: { endpoint, secretId, secretKey, smsSdkAppId, token: null },
    lines: [
      `TENCENTCLOUD_SECRET_ID=${secretId}`,
      `TENCENTCLOUD_SECRET_KEY=${secretKey}`,
      `TENCENTCLOUD_SMS_SDK_APP_ID=${smsSdkAppId}`,
      `TENCENTCLOUD_SMS_ENDPOINT=${endpoint}`,
    ],
  }
}

function wechat({ miniProgram, officialAccount }: Endpoints): readonly ProviderConnection[] {
  const of = (provider: string, { appId, appSecret, endpoint }: WechatAccess): ProviderConnection => ({
    provider,
    channel: 'wechat',
    config: { appId, appSecret, endpoint, proxy: null, ca: null, token: {} },
    lines: [`WECHAT_APP_ID=${appId}`, `WECHAT_APP_SECRET=${appSecret}`, `WECHAT_ENDPOINT=${endpoint}`],
  })
  return [of('wechat-mini-program', miniProgram), of('wechat-official-account', officialAccount)]
}

function apns({ inbox, apns: { host, port, ca, auth } }: Endpoints): ProviderConnection {
  return {
    provider: 'apns',
    channel: 'apns',
    config: { host, port, ca, auth, environment: 'sandbox' },
    lines: [
      `curl -o AuthKey.p8 ${inbox}/api/apns/key.p8`,
      `curl -o apns-ca.pem ${inbox}/api/apns/ca.pem`,
      `APNS_HOST=${host}`,
      `APNS_PORT=${port}`,
      `APNS_KEY_ID=${auth.keyId}`,
      `APNS_TEAM_ID=${auth.teamId}`,
    ],
  }
}

function centrifugo({ centrifugo: { endpoint, apiKey } }: Endpoints): ProviderConnection {
  return {
    provider: 'centrifugo',
    channel: 'websocket',
    config: { endpoint, apiKey },
    lines: [`CENTRIFUGO_HTTP_API_ENDPOINT=${endpoint}`, `CENTRIFUGO_HTTP_API_KEY=${apiKey}`],
  }
}

function websocket({ inbox, websocket: { url } }: Endpoints): ProviderConnection {
  return {
    provider: 'websocket',
    channel: 'websocket',
    config: { url },
    lines: [
      `WEBSOCKET_URL=${url}`,
      `curl '${inbox}/api/websocket/token?user=ann' # a token for a client to connect with`,
    ],
  }
}
