import type { Invocation } from './invocation.js'
import type { PackRule } from './rule.js'

const asks = (one: Invocation): boolean => one.has('help', 'version', 'dry-run', 'n')
const DELETES =
  /^(?:delete|remove|rm|del|destroy|purge|disable|revoke|forget|prune|compact|rmdir|delete-\w+|delete_\w+|clear_\w+)$/

/** Vaults, backups and queues: services whose data nobody can bring back. */
export const SERVICE: readonly PackRule[] = [
  {
    name: 'service.vault',
    title: 'deleting or overwriting what a vault of secrets holds (Vault, 1Password, Doppler, cloud secret managers)',
    severity: 'critical',
    level: 'standard',
    action: 'require_approval',
    suggest: 'let a person change the vault',
    programs: ['vault', 'bao', 'op', 'doppler', 'bw', 'infisical', 'aws', 'gcloud', 'az', 'chamber', 'pass', 'gopass'],
    command: (one) => {
      if (asks(one)) return undefined
      const { program, plain } = one
      const words = plain.slice(0, 4)
      if (program === 'aws')
        return /^(?:secretsmanager|ssm|kms)$/.test(plain[0] ?? '') &&
          /^(?:put-secret-value|update-secret|rotate-secret|put-resource-policy|put-parameter|update-secret-version-stage|schedule-key-deletion|disable-key|cancel-rotate-secret|remove-regions-from-replication)/.test(
            plain[1] ?? '',
          )
          ? `aws ${plain[0] ?? ''} ${plain[1] ?? ''} would change a secret or a key that others use`
          : undefined
      if (program === 'gcloud' || program === 'az')
        return /^(?:secrets|keyvault|kms)$/.test(plain[0] ?? '') &&
          words.some((word) =>
            /^(?:disable|destroy|purge|set|add|set-policy|delete-policy|add-iam-policy-binding)$/.test(word),
          ) &&
          !words.includes('list')
          ? `${program} ${words.slice(0, 3).join(' ')} would change a secret or a key that others use`
          : undefined
      const verb = words.find(
        (word) =>
          DELETES.test(word) ||
          (/^(?:edit|seal|rekey|rotate|metadata-delete|undelete)$/.test(word) && program !== 'pass'),
      )
      return verb === undefined
        ? undefined
        : `${program} ${words.slice(0, 3).join(' ')} would remove or change secrets that others use`
    },
    examples: {
      deny: [
        'vault kv delete secret/app',
        'op item delete x',
        'doppler secrets delete KEY',
        'aws secretsmanager put-secret-value --secret-id a --secret-string b',
        'vault secrets disable kv/',
      ],
      allow: [
        'vault status',
        'vault kv list secret/',
        'op item list',
        'doppler run -- npm test',
        'aws secretsmanager list-secrets',
      ],
    },
  },
  {
    name: 'service.backup',
    title: 'deleting or thinning backups and remote copies (restic, borg, rclone ...)',
    severity: 'critical',
    level: 'standard',
    action: 'require_approval',
    suggest: 'look with --dry-run and let a person delete',
    programs: [
      'restic',
      'borg',
      'rclone',
      'duplicity',
      'kopia',
      'bup',
      'tarsnap',
      'wal-g',
      'pgbackrest',
      'barman',
      'velero',
      'tmutil',
      'vssadmin',
      'wbadmin',
      'rsync',
      'snapper',
      'timeshift',
    ],
    command: (one) => {
      const { program, plain } = one
      if (asks(one) || one.has('list-only')) return undefined
      const [verb = '', object = ''] = plain
      const found: Readonly<Record<string, boolean>> = {
        restic:
          plain.some((word) => /^(?:forget|prune)$/.test(word)) || (plain.includes('key') && plain.includes('remove')),
        borg: plain.slice(0, 2).some((word) => /^(?:delete|prune|compact|recreate)$/.test(word)),
        rclone: /^(?:sync|delete|purge|rmdirs?|move|moveto|deletefile|cleanup|dedupe|bisync)$/.test(verb),
        rsync: one.has('remove-source-files'),
        tarsnap: one.has('d', 'nuke'),
        tmutil: /^(?:delete|disable|deletelocalsnapshots)/.test(verb),
        vssadmin: /^(?:delete|resize)$/i.test(verb),
        wbadmin: /^delete$/i.test(verb),
        snapper: plain.includes('delete'),
        timeshift: one.has('delete', 'delete-all'),
      }
      const known = found[program]
      return (known ?? (DELETES.test(verb) || DELETES.test(object) || /^(?:remove-|expire)/.test(verb)))
        ? `${program} ${verb} would remove copies or what they were made from`
        : undefined
    },
    examples: {
      deny: [
        'restic forget --prune x',
        'borg delete ::a',
        'rclone purge remote:x',
        'rclone sync a remote:b',
        'rsync -a --remove-source-files a/ b/',
        'vssadmin delete shadows /all',
      ],
      allow: [
        'restic snapshots',
        'borg list',
        'rclone ls remote:',
        'rclone copy a remote:b',
        'rclone sync --dry-run a remote:b',
        'restic backup src',
      ],
    },
  },
  {
    name: 'service.queue',
    title: 'deleting queues, topics, streams, their users or records (Kafka, RabbitMQ, NATS)',
    severity: 'critical',
    level: 'standard',
    action: 'require_approval',
    suggest: 'use a topic or queue of your own for the test',
    programs: [
      ...[
        'kafka-topics',
        'kafka-topics.sh',
        'kafka-delete-records',
        'kafka-delete-records.sh',
        'kafka-configs',
        'kafka-configs.sh',
      ],
      ...[
        'kafka-consumer-groups',
        'kafka-consumer-groups.sh',
        'kafka-acls',
        'kafka-acls.sh',
        'kafka-streams-application-reset',
      ],
      ...['rabbitmqctl', 'rabbitmqadmin', 'nats', 'rpk', 'kcat', 'pulsar-admin', 'activemq', 'kafkactl'],
    ],
    command: (one) => {
      if (asks(one)) return undefined
      const { program, plain } = one
      if (program.startsWith('kafka-')) {
        const resets =
          program.startsWith('kafka-delete-records') || program.startsWith('kafka-streams-application-reset')
        return resets || one.has('delete', 'delete-config', 'reset-offsets', 'remove', 'delete-offsets')
          ? `${program} would delete topics, records, groups or settings`
          : undefined
      }
      const verb = plain.find(
        (word) =>
          DELETES.test(word) || /^(?:reset|force_reset|stop_app|purge_queue|forget_cluster_node|shutdown)$/.test(word),
      )
      return verb === undefined || (program === 'nats' && plain[0] === 'pub')
        ? undefined
        : `${program} ${verb} would lose messages, or those who read them`
    },
    examples: {
      deny: [
        'kafka-topics --delete --topic a --bootstrap-server x',
        'rabbitmqctl delete_user u',
        'nats stream delete S',
        'rabbitmqadmin delete queue name=q',
        'nats kv del B k',
      ],
      allow: [
        'kafka-topics --list --bootstrap-server x',
        'rabbitmqctl list_queues',
        'nats stream ls',
        'kafka-topics --create --topic a',
      ],
    },
  },
]
