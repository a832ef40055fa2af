import type { PackRule } from './rule.js'

const VERBS: Readonly<Record<string, RegExp>> = {
  npm: /^(publish|unpublish|deprecate|owner|access|dist-tag)$/,
  pnpm: /^publish$/,
  yarn: /^publish$/,
  bun: /^publish$/,
  cargo: /^(publish|yank|owner)$/,
  twine: /^upload$/,
  gem: /^(push|yank)$/,
  poetry: /^publish$/,
  uv: /^publish$/,
  flit: /^publish$/,
  hatch: /^publish$/,
  pdm: /^publish$/,
  docker: /^push$/,
  podman: /^push$/,
  helm: /^push$/,
  dotnet: /^push$/,
  nuget: /^push$/,
  mvn: /^deploy$/,
  gradle: /^publish$/,
  vsce: /^publish$/,
  ovsx: /^publish$/,
  lerna: /^publish$/,
  mix: /^hex\.publish$/,
  pod: /^push$/,
  jsr: /^publish$/,
  deno: /^publish$/,
  conan: /^upload$/,
  flutter: /^publish$/,
  dart: /^publish$/,
  cabal: /^upload$/,
  stack: /^upload$/,
  luarocks: /^upload$/,
  anaconda: /^upload$/,
  changeset: /^publish$/,
  goreleaser: /^release$/,
  opam: /^publish$/,
  'ansible-galaxy': /^publish$/,
  snapcraft: /^(upload|release)$/,
  skopeo: /^copy$/,
  crane: /^push$/,
  oras: /^push$/,
}
// `npm access ls` and its like only look.
const LOOKS = /^(ls|list|get|view)$/

/** What others would install. */
export const PUBLISH: readonly PackRule[] = [
  {
    name: 'publish.package',
    title: 'publishing or withdrawing a package or an image',
    severity: 'high',
    level: 'standard',
    action: 'require_approval',
    suggest: 'try it without publishing (npm pack, --dry-run) and let a person or the release job publish',
    programs: Object.keys(VERBS),
    command: (one) => {
      if (one.has('dry-run', 'help', 'n', 'list')) return undefined
      // Flags before the verb may have values: the verb is among the first words.
      const at = one.plain.slice(0, 4).findIndex((word) => VERBS[one.program]?.test(word) === true)
      const first = one.plain[0] ?? ''
      if (at < 0 || /^(run|run-script|exec|x|test|install|i|add|search|help|info|view|build|stash)$/.test(first))
        return undefined
      return LOOKS.test(one.plain[at + 1] ?? '')
        ? undefined
        : `${one.program} ${one.plain[at] ?? ''} would change what others install`
    },
    examples: {
      deny: [
        'npm publish',
        'pnpm publish --access public',
        'cargo publish',
        'twine upload dist/*',
        'gem push a.gem',
        'docker push me/app',
      ],
      allow: [
        'npm publish --dry-run',
        'npm pack',
        'npm run publish-docs',
        'docker build .',
        'cargo build',
        'npm dist-tag ls',
      ],
    },
  },
]
