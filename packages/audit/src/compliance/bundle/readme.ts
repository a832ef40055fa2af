import type { ComplianceReport } from '../types.js'
import { visible } from '../render/shown.js'

/** What an auditor reads first: what is in the folder, how to verify it, what that proves and what it does not. */
export function readmeOf(report: ComplianceReport): string {
  const { standard, period, chain, proofs, generatedAt, warnings } = report
  const { checkpoint } = chain
  const signed =
    checkpoint === null
      ? 'The log is **unsigned**, or does not verify: nothing in here can be proven.'
      : `The log was signed at ${checkpoint.size} entries on ${checkpoint.time}, by the key in owner.vkey.`
  return `# ${standard.title} (${standard.edition})

From an audit log of Loki, made at ${generatedAt} for the period from ${period.from} up to, not including, ${period.to}.

${signed} ${proofs.entries.length} of the entries in here are proven to be in that log.${proofs.gap === null ? '' : ` ${proofs.gap}`}

${warnings.length === 0 ? '' : `${warnings.map((warning) => `> **${escaped(warning)}**`).join('\n>\n')}\n\n`}## What is in here

| file | content |
| --- | --- |
| \`report.html\` | the report, to read and to print |
| \`report.json\` | the same, for programs |
| \`oscal.json\` | the same as NIST OSCAL assessment results |
| \`entries.jsonl\` | every entry that the report shows, byte for byte as on the log |
| \`proofs/<seq>.tlog-proof\` | for each of them: that it is in the signed log (C2SP tlog-proof) |
| \`checkpoint\` | the signed tree head of the log when the bundle was made |
| \`owner.vkey\` | the public key of whoever signs the log: compare it with one that you have from them |
| \`verify.sh\` | verifies all that with openssl |
| \`SHA256SUMS\` | digests of the files, against damage on the way |

## Verify it

With a POSIX shell and openssl 3, offline, and the public key that you have from the owner of the log, not from here:

    sh verify.sh 'loki-audit-owner+…'

It ends with 0 where every proof holds. Read it first: it is short, and says what it does. Loki does the same for one proof:

    loki audit verify-proof proofs/12.tlog-proof --key 'loki-audit-owner+…'

Go’s golang.org/x/mod/sumdb/note and sumdb/tlog read the same checkpoints and proofs.

By hand, the hash of an entry is SHA-256 over a zero byte, \`{\`, and what stands in its line from byte 83 on:

    line=$(sed -n 1p entries.jsonl)
    { printf '\\000{'; printf %s "$line" | tail -c +83; } | openssl dgst -sha256 -r | cut -c1-64
    printf %s "$line" | cut -c17-80

## What it proves, and what not

- Each proven entry stood in the log, at that place and with that content, when the checkpoint was signed. Nobody without the
  owner’s private key can make another log of which that holds.
- It does not prove that what an entry says is true, nor that everything that happened is on the log.
- How many entries there are of each kind, and that the samples were drawn as the report says, can be recounted only with the
  whole log, which is not in here.
- Personal payloads are not in here: entries hold commitments to them.
- ${escaped(report.limits[0] ?? '')}
`
}

function escaped(text: string): string {
  return visible(text).replace(/[\\`*_[\]<>&#|]/g, '\\$&')
}
