/** A secret that is known by its own shape. */
export interface SecretFormat {
  readonly kind: string
  /** Text that every one of them holds. */
  readonly keyword: string
  /** Sticky; matched from the keyword on. A first group is the value where the match is more. */
  readonly pattern: RegExp
  /** Least entropy of the value, where the shape alone also fits ordinary names. */
  readonly entropy?: number
  /** The keyword may follow a letter or digit. */
  readonly inside?: true
}

const end = '(?![A-Za-z0-9_-])'

function token(kind: string, keyword: string, rest: string, entropy = 3): SecretFormat {
  const escaped = keyword.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return { kind, keyword, pattern: new RegExp(`${escaped}${rest}${end}`, 'y'), entropy }
}

/** Formats as their issuers publish them. */
export const SECRET_FORMATS: readonly SecretFormat[] = [
  ...['AKIA', 'ASIA', 'ABIA', 'ACCA'].map((prefix) => token('aws_access_key_id', prefix, '[A-Z2-7]{16}', 2.5)),
  token('aws_bedrock_key', 'ABSK', '[A-Za-z0-9+/]{109,269}={0,2}'),
  token('github_token', 'ghp_', '[A-Za-z0-9]{36}'),
  token('github_oauth_token', 'gho_', '[A-Za-z0-9]{36}'),
  token('github_app_token', 'ghu_', '[A-Za-z0-9]{36}'),
  token('github_app_token', 'ghs_', '[A-Za-z0-9]{36}'),
  token('github_refresh_token', 'ghr_', '[A-Za-z0-9]{36,76}'),
  token('github_fine_grained_token', 'github_pat_', '[A-Za-z0-9]{22}_[A-Za-z0-9]{59}'),
  token('gitlab_token', 'glpat-', '[A-Za-z0-9_-]{20,64}(?:\\.[0-9a-z]{2}\\.[0-9a-z]{7,9})?'),
  ...['glptt-', 'gldt-', 'glrt-', 'glcbt-', 'glsoat-', 'glft-', 'glimt-', 'glagent-', 'gloas-'].map((prefix) =>
    token('gitlab_token', prefix, '[A-Za-z0-9_-]{20,64}'),
  ),
  token('bitbucket_token', 'ATBB', '[A-Za-z0-9]{28}[A-F0-9]{4}'),
  token('atlassian_token', 'ATATT3', '[A-Za-z0-9_=-]{160,220}'),
  ...['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-', 'xoxe-', 'xoxe.xoxp-', 'xoxe.xoxb-', 'xoxo-'].map((prefix) =>
    token('slack_token', prefix, '[A-Za-z0-9-]{10,250}'),
  ),
  token('slack_app_token', 'xapp-', '[0-9]-[A-Z0-9]{8,14}-[0-9]{10,16}-[a-f0-9]{40,80}'),
  {
    kind: 'slack_webhook',
    keyword: 'hooks.slack.com/',
    pattern: /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Z0-9]{8,14}\/[A-Za-z0-9/]{20,80}/y,
    inside: true,
  },
  {
    kind: 'discord_webhook',
    keyword: '/api/webhooks/',
    pattern: /\/api\/webhooks\/\d{17,20}\/[\w-]{60,72}/y,
    inside: true,
  },
  {
    kind: 'teams_webhook',
    keyword: '.webhook.office.com/',
    pattern: /\.webhook\.office\.com\/webhookb2\/[a-z0-9@-]{60,90}\/IncomingWebhook\/[a-z0-9]{32}\/[a-z0-9-]{36}/y,
    inside: true,
  },
  ...['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'sk_prod_'].map((prefix) =>
    token('stripe_key', prefix, '[A-Za-z0-9]{16,250}'),
  ),
  token('stripe_webhook_secret', 'whsec_', '[A-Za-z0-9+/=]{24,64}'),
  { kind: 'openai_key', keyword: 'T3BlbkFJ', pattern: /T3BlbkFJ[A-Za-z0-9_-]{20,80}/y, inside: true },
  token('openai_key', 'sk-proj-', '[A-Za-z0-9_-]{40,200}'),
  token('openai_key', 'sk-svcacct-', '[A-Za-z0-9_-]{40,200}'),
  token('openai_key', 'sk-admin-', '[A-Za-z0-9_-]{40,200}'),
  token('openai_key', 'sk-', '[A-Za-z0-9]{40,64}', 3.5),
  token('openrouter_key', 'sk-or-v1-', '[a-f0-9]{64}'),
  token('anthropic_key', 'sk-ant-', '[a-z]{3,8}\\d{2}-[A-Za-z0-9_-]{80,120}'),
  token('google_api_key', 'AIza', '[A-Za-z0-9_-]{35}'),
  token('google_oauth_secret', 'GOCSPX-', '[A-Za-z0-9_-]{28}'),
  token('google_oauth_token', 'ya29.', '[A-Za-z0-9_-]{20,500}'),
  token('npm_token', 'npm_', '[A-Za-z0-9]{36}'),
  token('pypi_token', 'pypi-AgE', '[A-Za-z0-9_-]{50,1000}'),
  token('rubygems_token', 'rubygems_', '[a-f0-9]{48}'),
  token('crates_io_token', 'cio', '[A-Za-z0-9]{32}', 3.5),
  token('docker_token', 'dckr_pat_', '[A-Za-z0-9_-]{27}'),
  token('docker_token', 'dckr_oat_', '[A-Za-z0-9_-]{32}'),
  token('sendgrid_key', 'SG.', '[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{16,64}'),
  token('twilio_api_key', 'SK', '[0-9a-f]{32}', 2.8),
  token('mailgun_key', 'key-', '[0-9a-f]{32}', 2.8),
  token('mailchimp_key', '-us', '[0-9]{1,2}', 0),
  token('sendinblue_key', 'xkeysib-', '[a-f0-9]{64}-[A-Za-z0-9]{16}'),
  token('postman_key', 'PMAK-', '[a-f0-9]{24}-[a-f0-9]{34}'),
  token('linear_key', 'lin_api_', '[A-Za-z0-9]{40}'),
  token('notion_token', 'ntn_', '[A-Za-z0-9]{40,50}'),
  token('figma_token', 'figd_', '[A-Za-z0-9_-]{40,48}'),
  token('airtable_token', 'pat', '[A-Za-z0-9]{14}\\.[a-f0-9]{64}'),
  token('digitalocean_token', 'dop_v1_', '[a-f0-9]{64}'),
  token('digitalocean_token', 'doo_v1_', '[a-f0-9]{64}'),
  token('digitalocean_token', 'dor_v1_', '[a-f0-9]{64}'),
  token('heroku_key', 'HRKU-', '[A-Za-z0-9_-]{36,64}'),
  token('databricks_token', 'dapi', '[a-f0-9]{32}(?:-\\d)?', 2.8),
  token('vault_token', 'hvs.', '[A-Za-z0-9_-]{24,200}'),
  token('vault_token', 'hvb.', '[A-Za-z0-9_-]{24,300}'),
  token('terraform_cloud_token', '.atlasv1.', '[A-Za-z0-9_=-]{60,70}'),
  token('pulumi_token', 'pul-', '[a-f0-9]{40}'),
  token('planetscale_token', 'pscale_', '(?:tkn|oauth|pw)_[A-Za-z0-9_.-]{32,64}'),
  token('supabase_key', 'sbp_', '[a-f0-9]{40}'),
  token('supabase_key', 'sb_secret_', '[A-Za-z0-9_-]{31,40}'),
  token('doppler_token', 'dp.pt.', '[A-Za-z0-9]{40,44}'),
  token('grafana_token', 'glsa_', '[A-Za-z0-9]{32}_[a-f0-9]{8}'),
  token('grafana_token', 'glc_', '[A-Za-z0-9+/]{32,400}={0,2}'),
  token('newrelic_key', 'NRAK-', '[A-Z0-9]{27}'),
  token('sentry_token', 'sntrys_', '[A-Za-z0-9+/=_-]{80,400}'),
  token('sentry_token', 'sntryu_', '[a-f0-9]{64}'),
  token('dynatrace_token', 'dt0c01.', '[A-Z2-7]{24}\\.[A-Z2-7]{64}'),
  token('shopify_token', 'shpat_', '[a-fA-F0-9]{32}', 2.8),
  token('shopify_token', 'shpca_', '[a-fA-F0-9]{32}', 2.8),
  token('shopify_token', 'shppa_', '[a-fA-F0-9]{32}', 2.8),
  token('shopify_token', 'shpss_', '[a-fA-F0-9]{32}', 2.8),
  token('square_token', 'sq0atp-', '[A-Za-z0-9_-]{22}'),
  token('square_token', 'sq0csp-', '[A-Za-z0-9_-]{43}'),
  token('square_token', 'EAAA', '[A-Za-z0-9_-]{60}'),
  token('huggingface_token', 'hf_', '[A-Za-z]{34}'),
  token('huggingface_token', 'api_org_', '[A-Za-z]{34}'),
  token('groq_key', 'gsk_', '[A-Za-z0-9]{52}'),
  token('replicate_token', 'r8_', '[A-Za-z0-9]{37}'),
  token('perplexity_key', 'pplx-', '[A-Za-z0-9]{48,56}'),
  token('xai_key', 'xai-', '[A-Za-z0-9]{70,90}'),
  token('easypost_key', 'EZAK', '[A-Za-z0-9]{54}'),
  token('adafruit_key', 'aio_', '[A-Za-z0-9]{28}'),
  token('dropbox_token', 'sl.', '[A-Za-z0-9_-]{130,200}'),
  token('age_secret_key', 'AGE-SECRET-KEY-1', '[02-9AC-HJ-NP-Z]{58}'),
  token('new_relic_license', 'NRII-', '[A-Za-z0-9_-]{32}'),
  token('onepassword_token', 'ops_eyJ', '[A-Za-z0-9+/=]{250,}'),
  {
    kind: 'telegram_bot_token',
    keyword: ':AA',
    pattern: /:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])/y,
    entropy: 3.5,
    inside: true,
  },
  { kind: 'azure_storage_key', keyword: 'AccountKey=', pattern: /AccountKey=([A-Za-z0-9+/]{86}==)/y, inside: true },
  {
    kind: 'azure_sas_key',
    keyword: 'SharedAccessKey=',
    pattern: /SharedAccessKey=([A-Za-z0-9+/]{43}=)/y,
    inside: true,
  },
  {
    kind: 'azure_client_secret',
    keyword: '8Q~',
    pattern: /8Q~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~.-])/y,
    entropy: 3.5,
    inside: true,
  },
  {
    kind: 'jwt',
    keyword: 'eyJ',
    pattern: /eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,700}/y,
    entropy: 3,
  },
  {
    kind: 'private_key',
    keyword: '-----BEGIN ',
    pattern:
      /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END)[\s\S]){0,8000}(?:-----END [A-Z0-9 ]{0,40}-----)?/y,
    inside: true,
  },
  {
    kind: 'putty_private_key',
    keyword: 'PuTTY-User-Key-File-',
    pattern: /PuTTY-User-Key-File-\d: [\w-]{3,30}/y,
    inside: true,
  },
  {
    kind: 'database_url',
    keyword: '://',
    pattern: /:\/\/[^\s:@/'"<>{}$]{0,80}:([^\s@/'"<>{}$*]{3,120})@[\w.-]{1,200}/y,
    inside: true,
  },
  {
    kind: 'authorization_header',
    keyword: 'Bearer ',
    pattern: /Bearer ([A-Za-z0-9_~+/.-]{20,2000}={0,2})(?![A-Za-z0-9_~+/.-])/y,
    entropy: 3.5,
    inside: true,
  },
  {
    kind: 'authorization_header',
    keyword: 'Basic ',
    pattern: /Basic ([A-Za-z0-9+/]{16,400}={0,2})(?![A-Za-z0-9+/=])/y,
    entropy: 3.5,
    inside: true,
  },
]
