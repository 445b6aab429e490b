/** What to do about each refusal of a provider, in one line. */
import type { NotifyError } from '../../core/errors.ts'
import type { FailureCode } from '../../core/failures.ts'

type Advice = Readonly<Record<string, string>>

const SMTP: Advice = {
  '535':
    'Correct auth.user and auth.pass: many providers want an app password or an API key instead of the password of the account',
  '534': 'Use an app password or OAuth2: the provider refuses the password of the account',
  '530': 'Configure auth: the server wants a login',
  '538': 'Turn on requireTLS: the server takes a login over TLS only',
  ENOAUTH: 'Use the port for submission (587 or 465), or leave auth out: the server offers no login here',
}

const ALIYUN: Advice = {
  SignatureDoesNotMatch:
    'Copy accessKeySecret again: it is not the secret of this accessKeyId (RAM console > AccessKey)',
  'InvalidAccessKeyId.NotFound':
    'Correct accessKeyId: the account has none of that id (RAM console > AccessKey)',
  'InvalidAccessKeyId.Inactive': 'Enable the access key, or make a new one (RAM console > AccessKey)',
  'InvalidSecurityToken.Expired':
    'Renew the temporary credentials: give credentials as a function that fetches them',
  'isv.AMOUNT_NOT_ENOUGH': 'Top up the Alibaba Cloud account',
}

const TENCENT: Advice = {
  'AuthFailure.SignatureFailure':
    'Copy secretKey again: it is not the key of this secretId (CAM console > API keys)',
  'AuthFailure.SecretIdNotFound': 'Correct secretId, or enable the key (CAM console > API keys)',
  'AuthFailure.InvalidSecretId': 'Give the secretId of an API key (CAM console > API keys)',
  'AuthFailure.TokenFailure': 'Renew the temporary credentials',
  'InvalidParameterValue.SdkAppIdNotExist': 'Correct smsSdkAppId (SMS console > Applications)',
  'UnauthorizedOperation.SmsSdkAppIdVerifyFail': 'Use an smsSdkAppId of the account that the key belongs to',
  'UnauthorizedOperation.RequestIpNotInWhitelist':
    'Add the address of this machine to the allowlist of the application',
}

const WECHAT: Advice = {
  '40001':
    'Copy appSecret again: it is not the secret of this appId (mp.weixin.qq.com > Development settings)',
  '40125':
    'Copy appSecret again: it is not the secret of this appId (mp.weixin.qq.com > Development settings)',
  '40013':
    'Correct appId: wx and 16 hex digits, as shown beside the AppSecret (mp.weixin.qq.com > Development settings)',
  '40164':
    'Add the public address of this machine to the IP allow-list (mp.weixin.qq.com > Development settings)',
  '40243': 'Unfreeze the AppSecret (mp.weixin.qq.com > Development settings)',
  '50002': 'Settle with WeChat why the account is limited',
}

const APNS: Advice = {
  InvalidProviderToken:
    'Check that key, keyId and teamId belong together, and that the key was not revoked (Apple Developer > Keys)',
  ExpiredProviderToken:
    'Make a new key if this one was revoked (Apple Developer > Keys); if not, compare the clock of this machine',
  MissingProviderToken:
    'Give auth: a .p8 key, or a certificate; behind a proxy that ends TLS only a key works',
  BadCertificate:
    'Make a new push certificate for the app (Apple Developer > Certificates), or use a .p8 key',
  BadCertificateEnvironment:
    'Set environment to that of the certificate: sandbox for Development, else production',
  BadEnvironmentKeyInToken: 'Set environment to that of the key: sandbox or production',
  BadEnvironmentKeyIdInToken: 'Set environment to that of the key: sandbox or production',
  TopicDisallowed:
    'Set bundleId to the id of an app that the key or certificate is for (Xcode > Signing > Bundle Identifier)',
  UnrelatedKeyIdInToken:
    'Use a key that is for this app, or a key for all apps of the team (Apple Developer > Keys)',
  BadTopic: 'Correct bundleId: letters, digits, dots and hyphens, such as com.example.app',
}

const CENTRIFUGO: Advice = {
  'HTTP 401': 'Give the http_api.key of the server as apiKey',
  'HTTP 404': "Set apiPath to the server's http_api.handler_prefix, and check that the HTTP API is on",
}

const BY_PROVIDER: Readonly<Record<string, Advice>> = {
  smtp: SMTP,
  aliyun: ALIYUN,
  tencent: TENCENT,
  'wechat-mini-program': WECHAT,
  'wechat-official-account': WECHAT,
  apns: APNS,
  centrifugo: CENTRIFUGO,
}

const BY_CODE: Readonly<Partial<Record<FailureCode, string>>> = {
  UNAUTHORIZED: 'Compare the credentials in the configuration with those in the console of the provider',
  INVALID_CONFIG: 'Correct the configuration as the message says',
  RATE_LIMITED: 'Try again later: the provider takes no more calls just now',
  QUOTA_EXHAUSTED: 'Top up the account, or wait until the quota is reset',
  UNAVAILABLE: 'Check the way to the provider above, and its status page; then try again',
  TIMED_OUT: 'Check firewall and proxy, or give it more time with --timeout',
}

/** @param provider as results name it */
export function adviceFor(provider: string, error: NotifyError): string {
  const advice = Object.hasOwn(BY_PROVIDER, provider) ? BY_PROVIDER[provider] : undefined
  const code = error.provider?.code ?? ''
  // SMTP's are `535` or `535 5.7.8`.
  const [head = ''] = code.split(' ', 1)
  return (
    (advice && (own(advice, code) ?? own(advice, head))) ??
    BY_CODE[error.code] ??
    'Look the code up in docs/errors.md, and in the documentation of the provider'
  )
}

function own(advice: Advice, code: string): string | undefined {
  return Object.hasOwn(advice, code) ? advice[code] : undefined
}
