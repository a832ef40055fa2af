import { UUID } from './kind.js'

/** A service whose keys have no mark of their own: its name beside a value of the right form makes the finding. */
interface Vendor {
  readonly kind: string
  /** How the service is named in variables: small letters, words parted by underscores. */
  readonly names: readonly string[]
  readonly form: RegExp
}

const hex = (length: number): string => `[0-9a-fA-F]{${length}}`
const small = (length: string): string => `[a-z0-9]{${length}}`
const mixed = (length: string): string => `[A-Za-z0-9]{${length}}`
const word = (length: string): string => `[A-Za-z0-9_-]{${length}}`

function vendor(kind: string, names: string | readonly string[], ...forms: readonly string[]): Vendor {
  return { kind, names: typeof names === 'string' ? [names] : names, form: new RegExp(`^(?:${forms.join('|')})$`) }
}

/** Services, by what their names are written as beside a key. Earlier ones win. */
export const vendors = (): readonly Vendor[] => [
  vendor(
    'aws_secret_access_key',
    ['aws_secret', 'awssecret', 'secretaccesskey', 'aws_key', 'secret_access_key'],
    '[A-Za-z0-9/+]{40}',
  ),
  vendor('aws_session_token', ['aws_session', 'awssession', 'session_token'], '[A-Za-z0-9/+=.]{100,2000}'),
  vendor('alibaba_secret_key', ['alibaba', 'aliyun', 'alicloud'], mixed('30')),
  vendor('tencent_secret_key', ['tencent', 'qcloud'], mixed('32')),
  vendor('ibm_cloud_key', ['ibmcloud', 'ibm_cloud', 'bluemix', 'ibm'], word('44')),
  vendor('oracle_cloud_secret_key', ['oci_', 'oraclecloud'], '[A-Za-z0-9/+]{43}='),
  vendor('linode_token', 'linode', hex(64)),
  vendor('vultr_key', 'vultr', '[A-Z0-9]{36}'),
  vendor('hetzner_token', ['hetzner', 'hcloud'], mixed('64')),
  vendor('scaleway_secret_key', 'scaleway', UUID),
  vendor('ovh_secret', 'ovh', mixed('32')),
  vendor('fastly_token', 'fastly', word('32')),
  vendor('cloudflare_legacy_token', ['cloudflare', 'cf_api'], word('40'), hex(37)),
  vendor('heroku_legacy_key', 'heroku', UUID),
  vendor('netlify_legacy_token', 'netlify', word('40,64')),
  vendor('ngrok_token', 'ngrok', '[0-9][A-Za-z0-9]{20,30}_[A-Za-z0-9]{20,30}'),
  vendor('zerotier_token', 'zerotier', mixed('32')),
  vendor('azure_devops_legacy_token', ['ado_pat', 'azure_devops', 'vsts', 'azure'], '[a-z2-7]{52}'),
  vendor('datadog_key', ['datadog', 'dd_api', 'dd_app', 'ddog'], hex(32), hex(40)),
  vendor('newrelic_legacy_license_key', ['newrelic', 'new_relic'], hex(40)),
  vendor('sentry_legacy_token', 'sentry', hex(64)),
  vendor('logdna_key', ['logdna', 'mezmo'], hex(32)),
  vendor('loggly_token', 'loggly', UUID),
  vendor('sumologic_key', 'sumo', mixed('64')),
  vendor('pagerduty_key', ['pagerduty', 'pager_duty', 'pd_'], '[A-Za-z0-9_+-]{20}', hex(32)),
  vendor('rollbar_token', 'rollbar', hex(32)),
  vendor('bugsnag_key', 'bugsnag', hex(32)),
  vendor('honeycomb_legacy_key', 'honeycomb', mixed('22'), hex(32)),
  vendor('splunk_hec_token', 'splunk', UUID),
  vendor('elastic_cloud_legacy_key', ['elastic', 'elasticsearch'], '[A-Za-z0-9+/]{56,70}={0,2}'),
  vendor('codecov_token', 'codecov', UUID, hex(32)),
  vendor('codeclimate_token', ['codeclimate', 'code_climate', 'cc_test_reporter'], hex(64), hex(40)),
  vendor('coveralls_token', 'coveralls', mixed('32,36')),
  vendor('sonarqube_legacy_token', ['sonar'], hex(40)),
  vendor('snyk_legacy_token', 'snyk', UUID),
  vendor('travis_token', 'travis', word('22')),
  vendor('circleci_legacy_token', ['circleci', 'circle_ci', 'circle_token'], hex(40)),
  vendor('buildkite_agent_token', 'buildkite', hex(40), mixed('50')),
  vendor('jenkins_token', 'jenkins', '11[0-9a-f]{32}', hex(32)),
  vendor('bitrise_token', 'bitrise', word('86')),
  vendor('gitea_token', ['gitea', 'forgejo', 'codeberg'], hex(40)),
  vendor('packagecloud_token', 'packagecloud', hex(48)),
  vendor('algolia_key', 'algolia', hex(32)),
  vendor('airtable_legacy_key', 'airtable', 'key[A-Za-z0-9]{14}'),
  vendor('asana_client_secret', 'asana', hex(32)),
  vendor('auth0_client_secret', 'auth0', word('64')),
  vendor('box_client_secret', ['box_', 'boxdev'], mixed('32')),
  vendor('discord_client_secret', 'discord', word('32')),
  vendor('dropbox_app_secret', 'dropbox', small('15')),
  vendor('facebook_app_secret', ['facebook', 'fb_'], hex(32)),
  vendor('twitter_secret', ['twitter', 'twtr'], mixed('35,50'), '[0-9]{15,25}-[A-Za-z0-9]{20,45}', mixed('25')),
  vendor('linkedin_secret', 'linkedin', mixed('16')),
  vendor('spotify_secret', 'spotify', hex(32)),
  vendor('twitch_secret', 'twitch', small('30')),
  vendor('github_oauth_secret', 'github', hex(40)),
  vendor('zendesk_token', 'zendesk', mixed('40')),
  vendor('freshdesk_key', 'freshdesk', mixed('20')),
  vendor('mailgun_signing_key', 'mailgun', `${hex(32)}(?:-${hex(8)}-${hex(8)})?`),
  vendor('mailjet_key', 'mailjet', hex(32)),
  vendor('mandrill_legacy_key', 'mandrill', word('22')),
  vendor('postmark_token', 'postmark', UUID),
  vendor('sparkpost_key', 'sparkpost', hex(40)),
  vendor('messagebird_key', 'messagebird', mixed('25')),
  vendor('vonage_secret', ['vonage', 'nexmo'], mixed('16')),
  vendor('twilio_auth_token', 'twilio', hex(32)),
  vendor('plivo_token', 'plivo', mixed('40')),
  vendor('pusher_secret', 'pusher', hex(20)),
  vendor('okta_client_secret', 'okta', word('40'), word('64')),
  vendor('jumpcloud_key', 'jumpcloud', mixed('40')),
  vendor('duo_secret', ['duo_', 'duosecurity'], mixed('40')),
  vendor('confluent_key', ['confluent', 'kafka'], '[A-Za-z0-9+/]{64}', '[A-Z0-9]{16}'),
  vendor('snowflake_password', 'snowflake_pass', '\\S{8,64}'),
  vendor('mapbox_legacy_token', 'mapbox', word('80,120')),
  vendor('here_key', 'hereapi', word('43')),
  vendor('openweather_key', ['openweather', 'owm_'], hex(32)),
  vendor('cohere_key', 'cohere', mixed('40')),
  vendor('mistral_key', 'mistral', mixed('32')),
  vendor('deepgram_key', 'deepgram', hex(40)),
  vendor('assemblyai_key', 'assemblyai', hex(32)),
  vendor('wandb_legacy_key', ['wandb', 'weights_and_biases'], hex(40)),
  vendor('shodan_key', 'shodan', mixed('32')),
  vendor('virustotal_key', ['virustotal', 'vt_api'], hex(64)),
  vendor('coinbase_secret', 'coinbase', mixed('64')),
  vendor('binance_secret', 'binance', mixed('64')),
  vendor('kraken_secret', 'kraken', '[A-Za-z0-9/+]{86}=='),
  vendor('infura_key', 'infura', hex(32)),
  vendor('alchemy_key', 'alchemy', word('32')),
  vendor('etherscan_key', ['etherscan', 'bscscan'], '[A-Z0-9]{34}'),
  vendor('ethereum_private_key', ['ethereum', 'eth_private', 'wallet_private'], `(?:0x)?${hex(64)}`),
  vendor('paypal_secret', 'paypal', 'E[A-Za-z0-9_-]{79}', word('64,80')),
  vendor('intercom_legacy_token', 'intercom', '[A-Za-z0-9=_-]{60}'),
  vendor('hubspot_legacy_key', ['hubspot', 'hapikey'], UUID),
  vendor('vault_unseal_key', 'unseal', '[A-Za-z0-9+/]{43,44}={0,2}'),
  vendor('rails_secret_key', ['secret_key_base', 'rails_master'], hex(128), hex(32)),
  vendor('wireguard_private_key', 'wg_private', '[A-Za-z0-9+/]{43}='),
]

interface Index {
  readonly byName: ReadonlyMap<string, Vendor>
  readonly anyName: RegExp
}

let index: Index | undefined

function theIndex(): Index {
  if (index !== undefined) return index
  const byName = new Map(vendors().flatMap((one) => one.names.map((name) => [name, one] as const)))
  const longestFirst = [...byName.keys()].sort((a, b) => b.length - a.length)
  index = { byName, anyName: new RegExp(longestFirst.join('|'), 'g') }
  return index
}

/** The kind of a value whose name says whose it is: `datadog_api_key`; undefined where no such form is known. */
export function vendorKind(name: string, value: string): string | undefined {
  const { byName, anyName } = theIndex()
  const inWords = name.replace(/([a-z0-9])([A-Z])|[ .-]/g, '$1_$2').toLowerCase()
  for (const [found] of inWords.matchAll(anyName)) {
    const known = byName.get(found)
    if (known?.form.test(value) === true) return known.kind
  }
  return undefined
}
