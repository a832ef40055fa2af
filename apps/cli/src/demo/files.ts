/** The project of the demo. Its policy is the documented one; its test fails until `total` counts quantities. */
export const projectFiles: Readonly<Record<string, string>> = {
  '.gitignore': '.loki/audit/\n.loki/events/\n.loki/sessions/\n',
  '.loki/policies.yaml': `# What agents may do in this project.
policies:
  pre_execution:
    - name: stay-in-the-project
      rule: file_path must start with project_dir
      action: deny
  data:
    - name: no-secrets-in-files
      type: secret_detection
      action: deny
`,
  'package.json': `${JSON.stringify({ name: 'shop', private: true, type: 'module', scripts: { test: 'node --test' } }, null, 2)}\n`,
  'PRD.md': `# Shop

- [ ] The total of a cart counts the quantity of each item
`,
  'src/cart.js': `/** The total of a cart, in cents. */
export function total(items) {
  return items.reduce((sum, item) => sum + item.price, 0)
}
`,
  'test/cart.test.js': `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { total } from '../src/cart.js'

test('a total counts the quantity of each item', () => {
  const cart = [
    { price: 250, quantity: 3 },
    { price: 100, quantity: 1 },
  ]
  assert.equal(total(cart), 850)
})
`,
}
