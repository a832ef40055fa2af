import { ALNUM, BASE64, HEX, marked, token, UUID, WORD, type SecretKind } from '../kind.js'

/** Chat, mail, telephone, notices. */
export const messagingKinds = (): readonly SecretKind[] => [
  token('slack_bot_token', 'xoxb-', '[A-Za-z0-9-]{20,250}'),
  token('slack_token', ['xoxp-', 'xoxa-', 'xoxr-', 'xoxs-', 'xoxo-', 'xoxc-', 'xoxd-'], '[A-Za-z0-9%-]{10,250}'),
  token('slack_configuration_token', ['xoxe-', 'xoxe.xoxp-', 'xoxe.xoxb-'], '[A-Za-z0-9-]{20,300}'),
  token('slack_app_token', 'xapp-', `[0-9]-[A-Z0-9]{8,14}-[0-9]{10,16}-${HEX}{40,80}`),
  webhook('slack_webhook', 'hooks.slack.com/', '(?:services|workflows|triggers)/[A-Z0-9]{8,14}/[A-Za-z0-9/]{20,80}'),
  webhook('discord_webhook', '/api/webhooks/', `\\d{17,20}/${WORD}{60,72}`),
  marked('discord_bot_token', '.G', {
    lead: '[MNO][A-Za-z0-9_-]{23,27}',
    chars: WORD,
    most: 28,
    rest: `${WORD}{5}\\.${WORD}{27,40}`,
    entropy: 4,
  }),
  webhook(
    'teams_webhook',
    '.webhook.office.com/',
    `webhookb2/[a-z0-9@-]{60,90}/IncomingWebhook/[a-z0-9]{32}/[a-z0-9-]{36}`,
  ),
  webhook(
    'teams_webhook',
    'outlook.office.com/',
    `webhook/[a-z0-9@-]{60,90}/(?:IncomingWebhook|[A-Za-z]{3,30})/[a-z0-9]{32}/[a-z0-9-]{36}`,
  ),
  webhook(
    'google_chat_webhook',
    'chat.googleapis.com/',
    `v1/spaces/${WORD}{8,20}/messages\\?key=[^\\s"']{20,80}&token=[^\\s"']{20,80}`,
  ),
  webhook('zapier_webhook', 'hooks.zapier.com/', 'hooks/catch/[A-Za-z0-9/]{14,60}'),
  webhook('ifttt_webhook', 'maker.ifttt.com/', `trigger/${WORD}{1,60}/with/key/${WORD}{20,64}`),
  token('twilio_api_key', 'SK', '(?:[0-9a-f]{32}|[0-9A-F]{32})', { entropy: 2.8 }),
  token('sendgrid_key', 'SG.', `${WORD}{16,32}\\.${WORD}{16,64}`),
  token('mailgun_key', ['key-', 'pubkey-'], `${HEX}{32}`, { entropy: 2.8 }),
  marked('mailchimp_key', '-us', { lead: '[0-9a-f]{32}', most: 32, rest: '[0-9]{1,2}', entropy: 2.8 }),
  token('mandrill_key', 'md-', `${WORD}{22}`, { entropy: 3.8, holds: hasDigitAndCapital }),
  token('brevo_key', ['xkeysib-', 'xsmtpsib-'], `${HEX}{64}-${ALNUM}{16}`),
  token('resend_key', 're_', `[A-Za-z0-9]{8}_[A-Za-z0-9]{24}`),
  token('mailersend_key', 'mlsn.', `${HEX}{64}`),
  token('telegram_bot_token', 'bot', '\\d{8,10}:AA[A-Za-z0-9_-]{32,35}'),
  marked('telegram_bot_token', ':AA', { lead: '[0-9]{8,10}', most: 10, rest: `${WORD}{32,35}`, entropy: 3.5 }),
  token('matrix_token', 'syt_', `${BASE64}{2,80}={0,2}_${ALNUM}{20}_${ALNUM}{6}`),
  token('onesignal_key', ['os_v2_app_', 'os_v2_org_'], '[a-z2-7]{80,120}'),
  token('klaviyo_key', 'pk_', `${HEX}{34}`, { entropy: 2.8 }),
  token('courier_key', 'pk_', '(?:prod|test)_[A-Z0-9]{28}'),
  token('pubnub_secret_key', 'sec-c-', `(?:${BASE64}{40,80}={0,2}|${UUID})`),
  token('intercom_token', 'dG9rO', `${BASE64}{50,70}={0,2}`),
  token('twitch_stream_key', 'live_', `\\d{8,10}_${ALNUM}{30}`),
  token('twitch_oauth_token', 'oauth:', '[a-z0-9]{30}'),
  token('zoho_token', '1000.', `${HEX}{32}\\.${HEX}{30,32}`),
]

/** A web address that lets anyone who knows it post. */
function webhook(kind: string, host: string, path: string): SecretKind {
  const escaped = host.replace(/[.]/g, '\\.')
  return { kind, keywords: [host], pattern: new RegExp(`${escaped}${path}`, 'y'), inside: true, entropy: 3 }
}

function hasDigitAndCapital(value: string): boolean {
  return /\d.*\d/.test(value.slice(3)) && /[A-Z]/.test(value)
}
