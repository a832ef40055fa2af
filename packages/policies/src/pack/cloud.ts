import type { Invocation } from './invocation.js'
import type { PackRule } from './rule.js'

const DELETES = /^(?:delete|destroy|terminate|purge|remove|rm|rb|undelete|deprovision)(?:-|$)/
const dry = (one: Invocation): boolean =>
  one.has('help', 'dryrun', 'dry-run') ||
  one.words.some((word) => word.startsWith('--dry-run=') && !word.endsWith('=none'))

/** Destruction in clouds, clusters and what describes them. */
export const CLOUD: readonly PackRule[] = [
  {
    name: 'cloud.delete',
    title: 'deleting resources of a cloud (aws, gcloud, az, doctl ...)',
    severity: 'critical',
    level: 'standard',
    action: 'deny',
    suggest: 'list what it would delete and let a person do it',
    programs: [
      ...[
        'aws',
        'gcloud',
        'gsutil',
        'az',
        'doctl',
        'heroku',
        'flyctl',
        'fly',
        'vercel',
        'netlify',
        'hcloud',
        'linode-cli',
      ],
      ...[
        'oci',
        'ibmcloud',
        'scw',
        'eksctl',
        'wrangler',
        'firebase',
        'supabase',
        'railway',
        's3cmd',
        'mc',
        'serverless',
      ],
    ],
    command: (one) => {
      if (dry(one)) return undefined
      const { program, plain } = one
      if (program === 'aws' && one.runs('s3', 'rm') && !one.has('recursive')) return undefined
      if (program === 'aws' && one.runs('s3', 'sync') && one.has('delete'))
        return 'aws s3 sync would delete what its source does not have'
      if (program === 'gsutil' && plain[0] === 'rm' && !one.has('r', 'R', 'm')) return undefined
      const values = new Set(
        one.words.filter((_, at) =>
          /^(-o|--(output|format|query|profile|region|project|filter))$/.test(one.words[at - 1] ?? ''),
        ),
      )
      const verb = plain
        .slice(0, 6)
        .find((word) => (values.has(word) ? false : DELETES.test(word) || /:(destroy|delete|remove|reset)$/.test(word)))
      return verb !== undefined ? `${program} ${verb} would delete something in the cloud` : undefined
    },
    examples: {
      deny: [
        'aws s3 rb s3://bucket --force',
        'aws s3 rm s3://bucket --recursive',
        'aws ec2 terminate-instances --instance-ids i-1',
        'aws rds delete-db-instance --db-instance-identifier x',
        'gcloud compute instances delete vm',
        'az group delete --name x',
      ],
      allow: [
        'aws s3 ls',
        'aws s3 cp a s3://bucket/a',
        'gcloud compute instances list',
        'az group list',
        'aws s3 rm s3://bucket/old.txt',
      ],
    },
  },
  {
    name: 'cloud.cluster',
    title: 'deleting namespaces, everything, nodes or releases of a cluster',
    severity: 'critical',
    level: 'standard',
    action: 'deny',
    suggest: 'look with kubectl get or --dry-run=client, then let a person delete',
    programs: ['kubectl', 'oc', 'k3s', 'helm', 'kubeadm', 'k3d', 'kind', 'minikube', 'velero', 'argocd', 'flux'],
    command: (one) => {
      if (dry(one)) return undefined
      const { program, plain } = one
      if (program === 'helm')
        return /^(uninstall|delete|del|un)$/.test(plain[0] ?? '')
          ? 'helm would uninstall a release with all it made'
          : undefined
      if (program === 'kubeadm')
        return plain[0] === 'reset' ? 'kubeadm would take this machine out of its cluster' : undefined
      if (/^(kind|k3d|minikube)$/.test(program)) return undefined
      if (program === 'kubectl' || program === 'oc' || program === 'k3s') {
        const at = plain.indexOf('delete')
        if (plain.includes('drain')) return `${program} would drain a node`
        if (at < 0 || at > 3) return undefined
        const whole = one.has('all', 'A', 'all-namespaces', 'f', 'k', 'filename') || one.words.includes('--all=true')
        const kind = plain
          .slice(at + 1)
          .some((word) =>
            /^(ns|namespaces?|nodes?|no|pvc?|persistentvolume(claim)?s?|crds?|customresourcedefinitions?|project|all|deploy|deployments?|sts|statefulsets?|secrets?)([/,.]|$)/i.test(
              word,
            ),
          )
        return whole || kind
          ? `${program} delete would remove ${plain.slice(at + 1).join(' ') || 'everything it names'} from the cluster`
          : undefined
      }
      return plain.slice(0, 3).some((word) => DELETES.test(word))
        ? `${program} would delete what a cluster relies on`
        : undefined
    },
    examples: {
      deny: ['kubectl delete ns prod', 'kubectl delete pods --all', 'helm uninstall app', 'kubectl drain node1'],
      allow: [
        'kubectl get pods',
        'kubectl delete pod web-1',
        'helm list',
        'kubectl delete ns x --dry-run=client',
        'kind delete cluster',
      ],
    },
  },
  {
    name: 'cloud.infrastructure',
    title: 'destroying or changing infrastructure without a look at the plan',
    severity: 'critical',
    level: 'standard',
    action: 'deny',
    suggest: 'run terraform plan and let a person apply it',
    programs: ['terraform', 'tofu', 'terragrunt', 'pulumi', 'cdk', 'cdktf', 'ansible', 'vagrant', 'serverless', 'sls'],
    command: (one) => {
      const { program, plain } = one
      if (one.has('help')) return undefined
      if (
        plain.some((word) => /^(destroy|destroy-all|down)$/.test(word)) &&
        plain.length < 6 &&
        program !== 'ansible' &&
        program !== 'vagrant'
      )
        return `${program} would destroy the infrastructure that it describes`
      const now = one.has('auto-approve') || one.words.some((word) => /^--?(auto-approve|destroy)(=true)?$/.test(word))
      if (/^(terraform|tofu|terragrunt)$/.test(program)) {
        if (plain[0] === 'apply' && now)
          return `${program} apply would change the infrastructure without a look at the plan`
        if (one.runs('state', 'rm') || one.runs('workspace', 'delete') || plain[0] === 'force-unlock')
          return `${program} would make its state forget what exists`
      }
      return program === 'pulumi' && (one.runs('stack', 'rm') || (plain[0] === 'up' && one.has('y', 'yes')))
        ? 'pulumi would change the infrastructure without a look at the preview'
        : undefined
    },
    examples: {
      deny: ['terraform destroy', 'terraform apply -auto-approve', 'tofu destroy', 'pulumi destroy -y', 'cdk destroy'],
      allow: [
        'terraform plan',
        'terraform init',
        'terraform plan -destroy',
        'pulumi preview',
        'terraform apply plan.out',
      ],
    },
  },
]
