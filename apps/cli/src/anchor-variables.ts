import type { Variable } from './variables.js'

/** Where checkpoints are kept besides; `docs/formats/anchors.md` says how. */
export const anchorVariables: readonly Variable[] = [
  {
    name: 'LOKI_AUDIT_ANCHOR_FILE',
    group: 'anchors',
    default: 'off',
    readBy: '@loki/audit/anchors',
    meaning: 'File on another mount that gets the latest checkpoint; the history goes to the same name with `.jsonl`.',
  },
  {
    name: 'LOKI_AUDIT_ANCHOR_GIT',
    group: 'anchors',
    default: 'off',
    readBy: '@loki/audit/anchors',
    meaning: 'Git repository, bare or not, in which checkpoints are committed.',
  },
  {
    name: 'LOKI_AUDIT_ANCHOR_GIT_REF',
    group: 'anchors',
    default: '`refs/loki/audit`',
    readBy: '@loki/audit/anchors',
    meaning: 'The ref of those commits.',
  },
  {
    name: 'LOKI_AUDIT_ANCHOR_GIT_REMOTE',
    group: 'anchors',
    default: 'none',
    readBy: '@loki/audit/anchors',
    meaning: 'Remote, by name or address, that the ref is pushed to.',
  },
  {
    name: 'LOKI_AUDIT_ANCHOR_INTERVAL',
    group: 'anchors',
    default: '60',
    readBy: '@loki/audit/anchors',
    meaning:
      'Seconds between two checkpoints for each anchor while the log is written, 0 to 86400; 0 is every checkpoint.',
  },
  {
    name: 'LOKI_AUDIT_ANCHOR_POLICY',
    group: 'anchors',
    default: 'off',
    readBy: '@loki/audit/anchors',
    meaning: 'File with a C2SP policy: witnesses with their addresses, and the quorum that must cosign.',
  },
  {
    name: 'LOKI_AUDIT_ANCHOR_TSA_URL',
    group: 'anchors',
    default: 'off',
    readBy: '@loki/audit/anchors',
    meaning: 'Address of an RFC 3161 timestamp authority.',
  },
  {
    name: 'LOKI_AUDIT_ANCHOR_WITNESS_KEY',
    group: 'anchors',
    default: 'none',
    readBy: '@loki/audit/anchors',
    meaning: 'Public key (vkey) of the witness; needed with its address.',
  },
  {
    name: 'LOKI_AUDIT_ANCHOR_WITNESS_URL',
    group: 'anchors',
    default: 'off',
    readBy: '@loki/audit/anchors',
    meaning: 'Address of a C2SP witness that cosigns checkpoints; `/add-checkpoint` is added.',
  },
]
