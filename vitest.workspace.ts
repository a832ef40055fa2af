import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const root = import.meta.dirname

const packages = ['packages', 'apps'].flatMap((dir) =>
  readdirSync(join(root, dir)).map((name) => ({
    extends: true as const,
    root: join(root, dir, name),
    test: { name: `@loki/${name}`, include: ['test/**/*.test.ts'] },
  })),
)

const suites = readdirSync(join(root, 'tests')).map((name) => ({
  extends: true as const,
  root: join(root, 'tests', name),
  test: { name: `tests/${name}`, include: ['**/*.test.ts'], testTimeout: 120_000, hookTimeout: 300_000 },
}))

export default defineConfig({
  ssr: { resolve: { conditions: ['@loki/source'] } },
  test: { projects: [...packages, ...suites], testTimeout: 30_000 },
})
