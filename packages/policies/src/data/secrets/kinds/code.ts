import { hasBase62Crc, hasHexCrc } from '../checksum.js'
import { ALNUM, BASE64, field, HEX, longToken, type SecretKind, token, UUID, WORD } from '../kind.js'

const crc = { checksum: hasBase62Crc }

/** Where code is kept. */
export const codeHostingKinds = (): readonly SecretKind[] => [
  token('github_token', 'ghp_', `${ALNUM}{36}`, crc),
  token('github_oauth_token', 'gho_', `${ALNUM}{36}`, crc),
  token('github_app_token', ['ghu_', 'ghs_'], `${ALNUM}{36}`, crc),
  token('github_app_token', 'ghs_', `\\d{4,8}_eyJ${WORD}{10,400}\\.${WORD}{10,2000}\\.${WORD}{10,1000}`),
  token('github_refresh_token', 'ghr_', `${ALNUM}{36,76}`, crc),
  token('github_fine_grained_token', 'github_pat_', `${ALNUM}{22}_${ALNUM}{59}`),
  token('gitlab_token', 'glpat-', `${WORD}{20,300}(?:\\.[0-9a-z]{2}\\.[0-9a-z]{7,9})?`),
  token('gitlab_deploy_token', 'gldt-', `${WORD}{20,64}`),
  token('gitlab_runner_token', ['glrt-', 'glrtr-', 'GR1348941'], `${WORD}{20,64}(?:\\.[0-9a-z]{2}\\.[0-9a-z]{7,9})?`),
  token('gitlab_job_token', 'glcbt-', `${WORD}{20,64}`),
  token('gitlab_trigger_token', 'glptt-', `${WORD}{20,64}`),
  token('gitlab_feed_token', 'glft-', `${WORD}{20,64}`),
  token('gitlab_mail_token', 'glimt-', `${WORD}{20,64}`),
  token('gitlab_agent_token', 'glagent-', `${WORD}{20,64}`),
  token('gitlab_workspace_token', 'glwt-', `${WORD}{20,64}`),
  token('gitlab_scim_token', 'glsoat-', `${WORD}{20,64}`),
  token('gitlab_feature_flag_token', 'glffct-', `${WORD}{20,64}`),
  token('gitlab_oauth_secret', 'gloas-', `${WORD}{20,64}`),
  token('bitbucket_app_password', 'ATBB', `${ALNUM}{24}[A-Fa-f0-9]{8}`, { checksum: hasHexCrc }),
  token('bitbucket_token', ['ATCTT3', 'BBDC-'], '[A-Za-z0-9+/=_-]{36,220}'),
  token('atlassian_token', ['ATATT3', 'ATSTT3', 'ATOAT3'], '(?:[A-Za-z0-9_=-]|%3[Dd]){160,260}'),
  token('sourcegraph_token', 'sgp_', `(?:local_|${HEX}{16}_)?[0-9a-fA-F]{40}`, { entropy: 2.8 }),
  token('sourcegraph_token', ['slk_', 'sgs_', 'sgd_'], `${HEX}{64}`),
  token('phabricator_token', ['cli-', 'api-'], '[a-z0-9]{28}', { entropy: 3.5 }),
]

/** Registries that packages and images come from. */
export const registryKinds = (): readonly SecretKind[] => [
  token('npm_token', 'npm_', `${ALNUM}{36}`, crc),
  token('npm_legacy_token', ['_authToken=', '_authToken = '], UUID, { entropy: 2.8 }),
  longToken('pypi_token', 'pypi-AgE', `${WORD}{50,1000}`),
  token('rubygems_token', 'rubygems_', `${HEX}{48}`),
  token('crates_io_token', 'cio', `${ALNUM}{32}`, { entropy: 3.5, holds: (value) => /\d/.test(value) }),
  token('nuget_key', 'oy2', '[a-z0-9]{43}'),
  token('clojars_token', 'CLOJARS_', `${HEX}{60}`),
  token('packagist_token', 'packagist_', `[ou][ru]t_${HEX}{68}`),
  token('docker_token', ['dckr_pat_', 'dckr_oat_'], `${WORD}{27,32}`),
  token('docker_swarm_token', 'SWMTKN-1-', '[0-9a-z]{50}-[0-9a-z]{25}'),
  token('docker_swarm_key', 'SWMKEY-1-', `${BASE64}{43}`),
  token('artifactory_key', 'AKCp', `${ALNUM}{60,74}`),
  token('artifactory_reference_token', 'cmVmdGtuOj', `${ALNUM}{54}`),
  token('jsr_token', ['jsrp_', 'jsrd_'], `${ALNUM}{32,64}`),
  token('open_vsx_token', 'ovsxat_', UUID),
  field('npm_basic_auth', ':_password=', `"?${BASE64}{8,200}={0,2}`, { entropy: 3 }),
]
