import { ALNUM, HEX, longToken, type SecretKind, token, UUID, WORD } from '../kind.js'

/** Building, checking, deploying and keeping secrets. */
export const ciKinds = (): readonly SecretKind[] => [
  token('circleci_token', ['CCIPAT_', 'CCIPRJ_'], `${ALNUM}{22}_[A-Za-z0-9]{40,64}`),
  token('buildkite_token', ['bkua_', 'bkct_', 'bkaj_', 'bkpt_', 'bkpi_'], `${ALNUM}{32,64}`),
  token('sonarqube_token', ['squ_', 'sqp_', 'sqa_'], `${HEX}{40}`),
  longToken('snyk_token', ['snyk_uat.', 'snyk_sat.'], `[0-9a-f]{8}\\.[A-Za-z0-9._-]{40,400}`),
  token('harness_token', ['pat.', 'sat.'], `${WORD}{22}\\.${HEX}{24}\\.${ALNUM}{20}`),
  token('octopus_key', 'API-', '[A-Z0-9]{25,31}', { entropy: 3.2 }),
  token('launchdarkly_key', ['api-', 'sdk-', 'mob-', 'rel-'], UUID, { entropy: 2.8 }),
  token('appveyor_token', 'v2.', '[a-z0-9]{20}', { entropy: 3.5, holds: (value) => /\d/.test(value.slice(3)) }),
  token('chromatic_token', 'chpt_', '[a-z0-9]{13,20}'),
  token(
    'doppler_token',
    ['dp.pt.', 'dp.st.', 'dp.ct.', 'dp.sa.', 'dp.scim.', 'dp.audit.'],
    `(?:[a-z0-9_-]{2,35}\\.)?${ALNUM}{40,44}`,
  ),
  token('vault_token', 'hvs.', `${WORD}{24,200}`),
  token('vault_batch_token', 'hvb.', `${WORD}{24,300}`),
  token('vault_recovery_token', 'hvr.', `${WORD}{24,200}`),
  token('vault_legacy_token', ['s.', 'b.', 'r.'], `${ALNUM}{24,26}`, { entropy: 3.8, holds: isMixed }),
  longToken('onepassword_service_token', 'ops_eyJ', '[A-Za-z0-9+/_-]{250,2000}={0,2}'),
  token(
    'onepassword_secret_key',
    'A3-',
    '[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}',
  ),
  token('infisical_token', 'st.', `${HEX}{24}\\.${HEX}{32}\\.${HEX}{32}`),
  token('akeyless_key', 'p-', `[a-z0-9]{14}:[A-Za-z0-9+/=]{40,60}`),
  token('prefect_key', ['pnu_', 'pnb_'], '[A-Za-z0-9]{36}'),
  token('dbt_token', ['dbtc_', 'dbtu_'], `${WORD}{40,64}`),
  token('postman_key', 'PMAK-', `${HEX}{24}-${HEX}{34}`),
  token('readme_key', 'rdme_', '[a-z0-9]{70}'),
  longToken('kubernetes_token', 'k8s-aws-v1.', '[A-Za-z0-9_-]{100,3000}'),
]

// Two letters are not much of a prefix: what follows must have small and capital letters and digits.
function isMixed(value: string): boolean {
  const body = value.slice(2)
  return /[a-z]/.test(body) && /[A-Z]/.test(body) && (body.match(/\d/g)?.length ?? 0) >= 2
}
