import { ALNUM, field, HEX, token, WORD, type SecretKind } from '../kind.js'

/** Where data is kept, and the addresses that carry the password to it. */
export const databaseKinds = (): readonly SecretKind[] => [
  url('postgres_url', ['postgres://', 'postgresql://', 'postgis://', 'cockroachdb://', 'redshift://']),
  url('mysql_url', ['mysql://', 'mysql2://', 'mariadb://']),
  url('mongodb_url', ['mongodb://', 'mongodb+srv://']),
  url('redis_url', ['redis://', 'rediss://', 'valkey://']),
  url('amqp_url', ['amqp://', 'amqps://']),
  url('sql_server_url', ['mssql://', 'sqlserver://']),
  url('clickhouse_url', ['clickhouse://', 'clickhouses://']),
  url('mail_url', ['smtp://', 'smtps://', 'imap://', 'imaps://']),
  url('ftp_url', ['ftp://', 'ftps://', 'sftp://']),
  url('ldap_url', ['ldap://', 'ldaps://']),
  url('cloudinary_url', ['cloudinary://']),
  webUrl([
    'http://',
    'https://',
    'ssh://',
    'git://',
    'nats://',
    'mqtt://',
    'neo4j://',
    'bolt://',
    'snowflake://',
    'oracle://',
    'socks5://',
    'ws://',
    'wss://',
    'couchbase://',
    'cassandra://',
    'elasticsearch://',
  ]),
  {
    kind: 'connection_string_password',
    keywords: [';password=', '; password=', ';pwd=', '; pwd=', ';password =', '; password ='],
    pattern: /; ?(?:password|pwd) ?= ?([^\s;&"'`<>{}$%#()[\],=]{4,80})(?=;|["'`]|$)/iy,
    anyCase: true,
    inside: true,
    entropy: 2.2,
  },
  {
    kind: 'connection_string_password',
    keywords: ['password=', 'password =', 'pwd='],
    pattern:
      /(?:password|pwd) ?= ?([^\s;&"'`<>{}$%#()[\],=.]{4,80})(?=; ?(?:server|data source|database|initial catalog|host|user id|uid|port|driver)=)/iy,
    anyCase: true,
    inside: true,
    entropy: 2.2,
  },
  {
    kind: 'jdbc_url',
    keywords: ['jdbc:'],
    pattern: /jdbc:[a-z0-9]{2,20}:[^\s"'`<>]{3,300}[?&;](?:password|pwd|pass)=([^\s&;"'`<>{}$]{4,80})/iy,
    anyCase: true,
    inside: true,
    entropy: 2,
  },
  {
    kind: 'oracle_url',
    keywords: ['jdbc:oracle:thin:'],
    pattern: /jdbc:oracle:thin:[A-Za-z][\w$#]{0,30}\/([^\s@/"'`<>{}$]{4,80})@/y,
    inside: true,
    entropy: 2,
  },
  token('supabase_key', ['sbp_', 'sbp_v0_'], `${HEX}{40}`),
  token('supabase_secret_key', 'sb_secret_', `${WORD}{31,40}`),
  token('planetscale_token', ['pscale_tkn_', 'pscale_oauth_'], '[A-Za-z0-9_.=-]{32,64}'),
  token('planetscale_password', 'pscale_pw_', '[A-Za-z0-9_.=-]{32,64}'),
  token('neon_key', 'napi_', '[a-z0-9]{64}'),
  token('aiven_password', 'AVNS_', `${WORD}{15,24}`),
  token('cockroachdb_key', 'CCDB1_', `${ALNUM}{22}_${ALNUM}{40}`),
  token('fauna_key', ['fnAE', 'fnAF'], `${WORD}{36,60}`),
  token('xata_key', 'xau_', `${ALNUM}{32,48}`),
  token('mongodb_atlas_secret', 'mdb_sa_sk_', `${WORD}{40}`),
  token('confluent_secret', 'cflt', `[A-Za-z0-9+/]{60}`),
  field('elasticsearch_api_key', 'ApiKey ', '[A-Za-z0-9+/_-]{54,80}={0,2}', { entropy: 4 }),
]

// What a manual writes for a password, beside what all placeholders are.
const SAMPLE = /^(?:pass(?:word|wd)?|pwd|secret|xyz|abc|user(?:name)?|token)\d{0,3}$/i

function webUrl(schemes: readonly string[]): SecretKind {
  return { ...url('url_password', schemes), holds: (value) => value.length > 3 && !SAMPLE.test(value) }
}

/** The password of an address: `scheme://user:password@host`. */
function url(kind: string, schemes: readonly string[]): SecretKind {
  return {
    kind,
    keywords: schemes,
    // A host must follow: a port, a path, a dot, or the end of the text.
    pattern:
      /[a-z0-9+]{2,14}:\/\/([^\s:/'"`<>{}$]{0,80}):(?!\1@)(?!(?:password|passwd|pass|pwd|postgres|root|admin|guest)@)([^\s/'"`<>{}$*[\]]{3,120})@[\w.-]{1,200}/y,
    entropy: 1.5,
    inside: true,
  }
}
