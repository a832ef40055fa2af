import { crc32 } from 'node:zlib'
import { digits, hex, lower, made, type Sample, upper, uuid } from './make.js'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** GitHub's and npm's tokens end in the CRC32 of their 30 characters, as six digits to the base of 62. */
export function withBase62Crc(prefix: string, body: string): string {
  let sum = ''
  for (let rest = crc32(body); rest > 0; rest = Math.floor(rest / 62)) sum = BASE62.charAt(rest % 62) + sum
  return prefix + body + sum.padStart(6, '0')
}

function withHexCrc(text: string): string {
  return text + crc32(text).toString(16).padStart(8, '0').toUpperCase()
}

/** Where code is kept, built and published. */
export const CODE_SAMPLES: readonly Sample[] = [
  ['github_token', withBase62Crc('ghp_', made(30))],
  // The checksum holds, so that nothing else need be said for it; the near miss has neither checksum nor entropy.
  ['github_token', withBase62Crc('ghp_', 'a'.repeat(30)), `ghp_${'a'.repeat(36)}`],
  ['github_oauth_token', withBase62Crc('gho_', made(30))],
  ['github_app_token', withBase62Crc('ghs_', made(30))],
  ['github_app_token', `ghs_${digits(8)}_eyJ${made(20)}.${made(30)}.${made(10)}`],
  ['github_refresh_token', withBase62Crc('ghr_', made(30))],
  ['github_fine_grained_token', `github_pat_${made(22)}_${made(59)}`],
  ['gitlab_token', `glpat-${made(20)}`],
  ['gitlab_token', `glpat-${made(27)}.01.${lower(7)}`, `glpat-${made(10)}.01.${lower(7)}`],
  ['gitlab_deploy_token', `gldt-${made(20)}`],
  ['gitlab_runner_token', `glrt-${made(20)}`],
  ['gitlab_runner_token', `GR1348941${made(20)}`],
  ['gitlab_job_token', `glcbt-${made(20)}`],
  ['gitlab_trigger_token', `glptt-${hex(40)}`, `glptt-${hex(10)}`],
  ['gitlab_feed_token', `glft-${made(20)}`],
  ['gitlab_mail_token', `glimt-${lower(25)}`, `glimt-${lower(12)}`],
  ['gitlab_agent_token', `glagent-${made(50)}`, `glagent-${made(12)}`],
  ['gitlab_workspace_token', `glwt-${made(20)}`],
  ['gitlab_scim_token', `glsoat-${made(20)}`],
  ['gitlab_feature_flag_token', `glffct-${made(20)}`],
  ['gitlab_oauth_secret', `gloas-${hex(64)}`, `gloas-${hex(12)}`],
  ['bitbucket_app_password', withHexCrc(`ATBB${made(24)}`)],
  ['bitbucket_token', `BBDC-${made(36)}`],
  ['atlassian_token', `ATATT3${made(160)}`],
  ['sourcegraph_token', `sgp_${hex(40)}`],
  ['sourcegraph_token', `sgp_${hex(16)}_${hex(40)}`],
  ['sourcegraph_token', `slk_${hex(64)}`],
  ['phabricator_token', `api-${lower(28)}`],
  ['npm_token', withBase62Crc('npm_', made(30))],
  ['npm_legacy_token', `//registry.npmjs.org/:_authToken=${uuid()}`],
  ['npm_basic_auth', `//registry.example.org/:_password=${made(8)}`],
  ['pypi_token', `pypi-AgE${made(50)}`],
  ['rubygems_token', `rubygems_${hex(48)}`],
  ['crates_io_token', `cio${made(32)}`],
  ['nuget_key', `oy2${lower(43)}`],
  ['clojars_token', `CLOJARS_${hex(60)}`],
  ['packagist_token', `packagist_out_${hex(68)}`],
  ['docker_token', `dckr_pat_${made(27)}`],
  ['docker_swarm_token', `SWMTKN-1-${lower(50)}-${lower(25)}`],
  ['docker_swarm_key', `SWMKEY-1-${made(43)}`],
  ['artifactory_key', `AKCp${made(60)}`],
  ['artifactory_reference_token', `cmVmdGtuOj${made(54)}`],
  ['jsr_token', `jsrp_${made(32)}`],
  ['open_vsx_token', `ovsxat_${uuid()}`],
  ['circleci_token', `CCIPAT_${made(22)}_${hex(40)}`],
  ['buildkite_token', `bkua_${made(32)}`],
  ['sonarqube_token', `squ_${hex(40)}`],
  ['snyk_token', `snyk_uat.${hex(8)}.${made(40)}`],
  ['harness_token', `pat.${made(22)}.${hex(24)}.${made(20)}`],
  ['octopus_key', `API-${upper(25)}`],
  ['launchdarkly_key', `sdk-${uuid()}`],
  ['appveyor_token', `v2.${lower(20)}`],
  ['chromatic_token', `chpt_${lower(13)}`],
  ['doppler_token', `dp.pt.${made(40)}`],
  ['vault_token', `hvs.${made(24)}`],
  ['vault_batch_token', `hvb.${made(24)}`],
  ['vault_recovery_token', `hvr.${made(24)}`],
  ['vault_legacy_token', `s.${made(24)}`],
  ['onepassword_service_token', `ops_eyJ${made(250)}`],
  ['onepassword_secret_key', `A3-${upper(34).replace(/^(.{6})(.{6})(.{5})(.{5})(.{5})(.{5}).*/, '$1-$2-$3-$4-$5-$6')}`],
  ['infisical_token', `st.${hex(24)}.${hex(32)}.${hex(32)}`],
  ['akeyless_key', `p-${lower(14)}:${made(40)}`],
  ['prefect_key', `pnu_${made(36)}`],
  ['dbt_token', `dbtc_${made(40)}`],
  ['postman_key', `PMAK-${hex(24)}-${hex(34)}`],
  ['readme_key', `rdme_${lower(70)}`],
  ['kubernetes_token', `k8s-aws-v1.${made(100)}`],
]
