/** What the log cannot show, wherever a control asks for it. */
export const GAP = {
  people: 'Loki keeps no record of how people get, change and lose their accounts or rights.',
  approver: 'Which person approved an action is not on the log; the agent’s own program asks and is answered.',
  ruleChanges:
    'The log names the rule that decided, not its wording or version; keep the policy files under version control.',
  host: 'What happens outside governed agents is not on this log: operating system, network, people’s own terminals.',
  response: 'Who looked at an event, and what was concluded and done about it, is kept elsewhere.',
  review: 'Readings through Loki are on the log, but not what the reader concluded from them.',
  retention: 'How long logs are kept is set by the operator and is not itself an entry of the log.',
  personalData:
    'Which entries or files concern personal data is not recorded; only secrets in content are recognised by name.',
  erasure:
    'Only payloads that were recorded as personal can be erased, and requests that were refused or are open are not on the log.',
  media: 'An erasure removes a file; that backups, snapshots and copies elsewhere were erased too is not recorded.',
  region: 'The region in which a provider processes what it is sent is not on the log.',
  merge: 'Review, merge and release are on the version control system, not on this log.',
  documents: 'It asks for a document, a contract or a process of the organisation; a log cannot be that.',
  clock: 'The log holds the time of each machine’s clock; that the clock was synchronised is not recorded.',
  modelQuality: 'Whether what a model wrote is right is not recorded beyond the results of gates.',
} as const
