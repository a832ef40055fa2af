import crypto from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Options } from 'tsup'

export type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** The two builds of this app meet at run time, by file name. */
export const ownEntries: Plugin = {
  name: 'own-entries',
  setup: (build) => {
    build.onResolve({ filter: /^\.\.?\/(?:run|decide)\.js$/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path: `./${basename(path, '.js')}.mjs`, external: true } : undefined,
    )
  },
}

const lateFunctions = Object.entries(crypto)
  .filter(([, value]) => typeof value === 'function')
  .map(([name]) => `export const ${name} = (...args) => process.getBuiltinModule('node:crypto').${name}(...args)`)

/** `node:crypto` takes milliseconds to load, and a hook hashes only where a path is too long for a socket. */
export const lateCrypto: Plugin = {
  name: 'late-crypto',
  setup: (build) => {
    build.onResolve({ filter: /^node:crypto$/ }, ({ path }) => ({ path, namespace: 'late', sideEffects: false }))
    build.onLoad({ filter: /.*/, namespace: 'late' }, () => ({ contents: lateFunctions.join('\n') }))
  },
}

const packages = join(import.meta.dirname, '..', '..', 'packages')

/**
 * Lets an import from a package of ours go to the module that defines the name. esbuild splits by whole modules, and
 * through `index.ts` every command would load all of a package. A name that is not found there goes through it as before.
 */
export const directImports: Plugin = {
  name: 'direct-imports',
  setup: (build) => {
    const homes = new Map<string, ReadonlyMap<string, string>>()
    const homesOf = (name: string): ReadonlyMap<string, string> => {
      const known = homes.get(name) ?? definedIn(join(packages, name, 'src', 'index.ts'))
      homes.set(name, known)
      return known
    }
    build.onLoad({ filter: /[\\/](?:packages|apps)[\\/][a-z-]+[\\/]src[\\/].*\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      resolveDir: dirname(path),
      contents: readFileSync(path, 'utf8').replace(
        /^import \{([^}]*)\} from '@loki\/([a-z-]+)'$/gm,
        (_, names: string, name: string) =>
          names
            .split(',')
            .map((part) => part.trim())
            .filter((part) => part !== '')
            .map((part) => `import { ${part} } from '${homesOf(name).get(part) ?? `@loki/${name}`}'`)
            .join(';'), // on one line, so that lines keep their numbers
      ),
    }))
  },
}

/** Where the names that an `index.ts` exports are defined. */
function definedIn(index: string): ReadonlyMap<string, string> {
  const found = readFileSync(index, 'utf8').matchAll(/^export \{([^}]*)\} from '([^']*)'$/gm)
  return new Map(
    [...found].flatMap(([, names = '', path = '']) =>
      names
        .split(',')
        .map((name): [string, string] => [name.trim(), join(dirname(index), path.replace(/\.js$/, '.ts'))]),
    ),
  )
}
