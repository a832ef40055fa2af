/** How a value is written in a configuration file. */
export type ConfigurationKind = 'text' | 'path' | 'number' | 'boolean' | 'list'

/** One key of a configuration file and the variable that it stands for. */
export type ConfigurationKey = {
  /** Section and name: `audit.retention_days`. */
  readonly key: string
  readonly variable: string
  readonly kind: ConfigurationKind
  /** What the variable puts between the items of a list. */
  readonly separator?: ',' | ' '
}

/**
 * Every key of a configuration file. A variable without one is set in the environment only: secrets, because agents read the
 * files of a project; what belongs to one run; and what would switch the record off.
 */
export const CONFIGURATION_KEYS: readonly ConfigurationKey[] = [
  path('audit.dir', 'LOKI_AUDIT_DIR'),
  boolean('audit.checkpoints', 'LOKI_AUDIT_CHECKPOINTS'),
  text('audit.durability', 'LOKI_AUDIT_DURABILITY'),
  text('audit.on_failure', 'LOKI_AUDIT_ON_FAILURE'),
  number('audit.max_size_mb', 'LOKI_AUDIT_MAX_SIZE_MB'),
  number('audit.max_files', 'LOKI_AUDIT_MAX_FILES'),
  number('audit.retention_days', 'LOKI_AUDIT_RETENTION_DAYS'),
  path('audit.anchor.file', 'LOKI_AUDIT_ANCHOR_FILE'),
  path('audit.anchor.git', 'LOKI_AUDIT_ANCHOR_GIT'),
  text('audit.anchor.git_ref', 'LOKI_AUDIT_ANCHOR_GIT_REF'),
  text('audit.anchor.git_remote', 'LOKI_AUDIT_ANCHOR_GIT_REMOTE'),
  number('audit.anchor.interval', 'LOKI_AUDIT_ANCHOR_INTERVAL'),
  path('audit.anchor.policy', 'LOKI_AUDIT_ANCHOR_POLICY'),
  text('audit.anchor.tsa_url', 'LOKI_AUDIT_ANCHOR_TSA_URL'),
  text('audit.anchor.witness_key', 'LOKI_AUDIT_ANCHOR_WITNESS_KEY'),
  text('audit.anchor.witness_url', 'LOKI_AUDIT_ANCHOR_WITNESS_URL'),
  text('audit.syslog.host', 'LOKI_AUDIT_SYSLOG_HOST'),
  text('audit.syslog.proto', 'LOKI_AUDIT_SYSLOG_PROTO'),
  number('audit.syslog.port', 'LOKI_AUDIT_SYSLOG_PORT'),
  text('audit.syslog.format', 'LOKI_AUDIT_SYSLOG_FORMAT'),
  number('audit.syslog.max_bytes', 'LOKI_AUDIT_SYSLOG_MAX_BYTES'),
  path('audit.syslog.ca', 'LOKI_AUDIT_SYSLOG_CA'),
  path('audit.syslog.cert', 'LOKI_AUDIT_SYSLOG_CERT'),
  path('audit.syslog.key', 'LOKI_AUDIT_SYSLOG_KEY'),
  text('audit.splunk.url', 'LOKI_AUDIT_SPLUNK_URL'),
  text('audit.splunk.index', 'LOKI_AUDIT_SPLUNK_INDEX'),
  text('audit.splunk.sourcetype', 'LOKI_AUDIT_SPLUNK_SOURCETYPE'),
  text('audit.splunk.format', 'LOKI_AUDIT_SPLUNK_FORMAT'),
  text('audit.elasticsearch.url', 'LOKI_AUDIT_ELASTICSEARCH_URL'),
  text('audit.elasticsearch.index', 'LOKI_AUDIT_ELASTICSEARCH_INDEX'),
  text('audit.cloudwatch.group', 'LOKI_AUDIT_CLOUDWATCH_GROUP'),
  text('audit.cloudwatch.stream', 'LOKI_AUDIT_CLOUDWATCH_STREAM'),
  text('audit.cloudwatch.region', 'LOKI_AUDIT_CLOUDWATCH_REGION'),
  text('audit.cloudwatch.format', 'LOKI_AUDIT_CLOUDWATCH_FORMAT'),
  boolean('audit.otlp', 'LOKI_AUDIT_OTLP'),
  text('policies.pack', 'LOKI_POLICY_PACK'),
  list('policies.allowed_paths', 'LOKI_ALLOWED_PATHS', ','),
  list('policies.blocked_commands', 'LOKI_BLOCKED_COMMANDS', ','),
  list('scope.allowed_paths', 'SCOPE_ALLOWED_PATHS', ' '),
  list('scope.denied_paths', 'SCOPE_DENIED_PATHS', ' '),
  list('scope.allowed_extensions', 'SCOPE_ALLOWED_EXTENSIONS', ' '),
  list('scope.allowed_branches', 'SCOPE_ALLOWED_BRANCHES', ' '),
  list('scope.denied_branches', 'SCOPE_DENIED_BRANCHES', ' '),
  list('scope.allowed_services', 'SCOPE_ALLOWED_SERVICES', ' '),
  list('scope.denied_services', 'SCOPE_DENIED_SERVICES', ' '),
  list('scope.allowed_hosts', 'SCOPE_ALLOWED_HOSTS', ' '),
  list('scope.denied_hosts', 'SCOPE_DENIED_HOSTS', ' '),
  list('residency.providers', 'LOKI_RESIDENCY_PROVIDERS', ','),
  list('residency.regions', 'LOKI_RESIDENCY_REGIONS', ','),
  text('residency.provider_region', 'LOKI_PROVIDER_REGION'),
  boolean('residency.air_gapped', 'LOKI_AIR_GAPPED'),
  number('costs.max_per_task', 'COST_MAX_PER_TASK'),
  number('costs.max_per_day', 'COST_MAX_PER_DAY'),
  number('costs.max_per_month', 'COST_MAX_PER_MONTH'),
  number('costs.alert_threshold', 'COST_ALERT_THRESHOLD'),
  path('costs.prices', 'LOKI_COST_PRICES'),
  number('approvals.timeout', 'LOKI_APPROVAL_TIMEOUT'),
  text('gates.profile', 'LOKI_GATE_PROFILE'),
  boolean('gates.tests_required', 'GATE_TESTS_REQUIRED'),
  number('gates.min_coverage', 'GATE_MIN_COVERAGE'),
  text('gates.coverage_report', 'GATE_COVERAGE_REPORT'),
  boolean('gates.security_scan', 'GATE_SECURITY_SCAN'),
  list('gates.security_allow', 'GATE_SECURITY_ALLOW', ','),
  number('gates.peer_review_count', 'GATE_PEER_REVIEW_COUNT'),
  boolean('gates.performance_check', 'GATE_PERFORMANCE_CHECK'),
  boolean('branches.protection', 'LOKI_BRANCH_PROTECTION'),
  boolean('branches.commit', 'LOKI_BRANCH_COMMIT'),
  path('events.dir', 'LOKI_EVENTS_DIR'),
  text('telemetry.endpoint', 'LOKI_OTEL_ENDPOINT'),
  text('telemetry.service_name', 'LOKI_SERVICE_NAME'),
  boolean('telemetry.content', 'LOKI_OTEL_CONTENT'),
  number('guard.http_port', 'LOKI_GUARD_HTTP_PORT'),
]

function text(key: string, variable: string): ConfigurationKey {
  return { key, variable, kind: 'text' }
}

function path(key: string, variable: string): ConfigurationKey {
  return { key, variable, kind: 'path' }
}

function number(key: string, variable: string): ConfigurationKey {
  return { key, variable, kind: 'number' }
}

function boolean(key: string, variable: string): ConfigurationKey {
  return { key, variable, kind: 'boolean' }
}

function list(key: string, variable: string, separator: ',' | ' '): ConfigurationKey {
  return { key, variable, kind: 'list', separator }
}
