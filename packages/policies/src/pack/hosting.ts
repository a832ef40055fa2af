import type { Invocation } from './invocation.js'
import type { PackRule } from './rule.js'

const GONE = /^(?:delete|remove|rm|del|destroy|purge|unregister|delete-job|delete-view|delete-node|remove-secret)$/
const asks = (one: Invocation): boolean => one.has('help', 'h', 'version', 'dry-run')

/** What a delete request of a web client is sent to; undefined where it sends none. */
function deletes(one: Invocation): string | undefined {
  const { words, plain } = one
  const at = words.findIndex(
    (word, index) => /^(?:-X|--request|--method)$/.test(words[index - 1] ?? '') && /^delete$/i.test(word),
  )
  const glued = words.some(
    (word) => /^(?:-X|--request=|--method=)delete$/i.test(word) || /^-[a-zA-Z]*Xdelete$/i.test(word),
  )
  const verb = /^(http|https|xh)$/.test(one.program) && /^delete$/i.test(plain[0] ?? '')
  if (at < 0 && !glued && !verb && !/\/doDelete\b/.test(words.join(' '))) return undefined
  return words.find((word) => /^(?:https?:\/\/|[\w.-]+[:/])/.test(word) && !word.startsWith('-')) ?? 'an address'
}

const HERE = /^(?:https?:\/\/)?(?:localhost|127\.[\d.]+|\[::1\]|0\.0\.0\.0)(?::(\d+))?(?:\/(.*))?$/
// Stores that have their own port: data lives there, also on this machine.
const STORES = /^(?:9200|9300|5601|7700|8108|8983|6333|8086|5984|8500|2379|15672|8080\/job)$/

/** Repositories, pipelines and services that others use. */
export const HOSTING: readonly PackRule[] = [
  {
    name: 'hosting.repository',
    title: 'deleting or opening up what GitHub or GitLab holds (repositories, releases, secrets, keys)',
    severity: 'critical',
    level: 'standard',
    action: 'require_approval',
    suggest: 'say what should go and let a person do it on the site',
    programs: ['gh', 'glab', 'hub', 'tea'],
    command: (one) => {
      if (asks(one)) return undefined
      const [noun = '', verb = ''] = one.plain
      if (noun === 'api') {
        const remote = deletes(one)
        return remote === undefined ? undefined : `${one.program} api would delete ${one.plain[1] ?? 'something'}`
      }
      const loses = GONE.test(verb) || /^(?:archive|transfer|rename)$/.test(verb)
      const opens =
        (noun === 'repo' && verb === 'edit' && one.has('visibility')) ||
        /^(?:secret|variable|ssh-key|gpg-key|deploy-key)$/.test(noun)
      const changes = opens && /^(?:set|add|edit|remove|delete|update)$/.test(verb)
      if (noun === 'auth' && /^(?:logout|setup-git)$/.test(verb))
        return `${one.program} would change who this machine is`
      return loses || changes || (opens && noun === 'repo')
        ? `${one.program} ${noun} ${verb} would change or remove what others rely on`
        : undefined
    },
    examples: {
      deny: [
        'gh repo delete me/app --yes',
        'gh release delete v1',
        'gh secret set TOKEN',
        'gh api -X DELETE /repos/me/app',
        'glab repo delete me/app',
        'gh repo archive me/app',
      ],
      allow: [
        'gh pr create',
        'gh issue list',
        'gh api /repos/me/app',
        'gh repo view',
        'gh release view v1',
        'gh secret list',
      ],
    },
  },
  {
    name: 'hosting.request',
    title: 'delete requests to other machines and to data stores',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: 'read first (GET), and let a person delete',
    programs: ['curl', 'wget', 'http', 'https', 'xh'],
    command: (one) => {
      const target = deletes(one)
      if (target === undefined) return undefined
      const here = HERE.exec(target)
      if (here !== null && !STORES.test(here[1] ?? '') && !/^(?:api\/v4\/projects|indexes\/|_)/.test(here[2] ?? ''))
        return undefined
      return `${one.program} would ask ${target.slice(0, 80)} to delete something`
    },
    examples: {
      deny: [
        'curl -X DELETE https://api.example/items/1',
        'curl -XDELETE http://localhost:9200/logs',
        'http DELETE https://api.example/x',
        'curl --request DELETE http://localhost:7700/indexes/a',
      ],
      allow: [
        'curl -X POST https://api.example/items',
        'curl -X DELETE http://localhost:3000/items/1',
        'curl https://api.example/delete',
      ],
    },
  },
  {
    name: 'hosting.pipeline',
    title: 'deleting what a build service holds (Jenkins, CircleCI, GitLab runners)',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: 'let a person change the build service',
    programs: [
      'gitlab-runner',
      'circleci',
      'jenkins-cli',
      'java',
      'travis',
      'buildkite-agent',
      'drone',
      'fly',
      'argo',
      'tkn',
      'act_runner',
    ],
    command: (one) => {
      if (asks(one)) return undefined
      if (one.program === 'java' && !one.words.some((word) => /jenkins-cli.*\.jar$/.test(word))) return undefined
      const verb = one.plain.find((word) => GONE.test(word) || /^(?:delete-|remove-)/.test(word))
      return verb === undefined ? undefined : `${one.program} ${verb} would remove something from the build service`
    },
    examples: {
      deny: [
        'gitlab-runner unregister --all-runners',
        'circleci context remove-secret o c NAME',
        'java -jar jenkins-cli.jar delete-job x',
      ],
      allow: ['gitlab-runner list', 'circleci config validate', 'java -jar app.jar delete'],
    },
  },
]
