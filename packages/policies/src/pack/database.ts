import type { PackRule } from './rule.js'

const CLIENTS = [
  ...[
    'psql',
    'mysql',
    'mariadb',
    'sqlite3',
    'sqlite',
    'sqlcmd',
    'sqlplus',
    'clickhouse-client',
    'clickhouse',
    'duckdb',
  ],
  ...['cockroach', 'pgcli', 'mycli', 'litecli', 'usql', 'cqlsh', 'bq', 'snowsql', 'presto', 'trino', 'beeline', 'hive'],
]
// Comments and line breaks may stand between the words.
const DESTROYS =
  /\b(?:drop\s+(?:database|schema|table|keyspace|view|user|role|tablespace|index|collection)\b|truncate\s+(?:table\s+)?["`\w[]|delete\s+from\s+["`\w.[\]]+\s*(?:;|$|["']?$)|alter\s+table\s+\S+\s+drop\b|update\s+["`\w.]+\s+set\s+(?![^;]{0,4096}\bwhere\b)\w)/i

const DJANGO = /(?:^|\/)manage\.py (?:flush|reset_db|sqlflush)|^(?:flush|reset_db)\b/

/** Destruction of what databases hold. */
export const DATABASE: readonly PackRule[] = [
  {
    name: 'database.sql',
    title: 'SQL that drops or empties (DROP, TRUNCATE, DELETE without WHERE)',
    severity: 'critical',
    level: 'standard',
    action: 'deny',
    suggest: 'write a migration into the project for a person to run, or delete rows with a WHERE clause',
    programs: CLIENTS,
    command: (one) => {
      const text = [...one.words, one.stdin].join('\n').replace(/\/\*[\s\S]*?\*\/|--[ \t].*/g, ' ')
      const found = DESTROYS.exec(text)?.[0]
      return found === undefined ? undefined : `${one.program} would run "${found.slice(0, 60)}", which loses data`
    },
    examples: {
      deny: [
        'psql -c "DROP DATABASE app"',
        'mysql -e "truncate table users"',
        'sqlite3 app.db "drop table users"',
        'echo "DROP TABLE x;" | psql app',
        'psql app -c "DELETE FROM users;"',
      ],
      allow: [
        'psql -c "SELECT 1"',
        'sqlite3 app.db ".tables"',
        'mysql -e "delete from a where id = 1"',
        'grep -r "DROP TABLE" sql/',
      ],
    },
  },
  {
    name: 'database.tools',
    title: 'tools that drop, empty or reset databases',
    severity: 'critical',
    level: 'standard',
    action: 'deny',
    suggest: 'make a database of your own for the test, and leave this one as it is',
    programs: [
      ...[
        'dropdb',
        'dropuser',
        'mysqladmin',
        'mongo',
        'mongosh',
        'redis-cli',
        'valkey-cli',
        'pg_dropcluster',
        'influx',
      ],
      ...[
        'prisma',
        'rails',
        'rake',
        'artisan',
        'php',
        'etcdctl',
        'consul',
        'flyway',
        'liquibase',
        'alembic',
        'supabase',
      ],
      ...[
        'sequelize',
        'sequelize-cli',
        'typeorm',
        'knex',
        'drizzle-kit',
        'pg_restore',
        'manage.py',
        'django-admin',
        'python',
        'python3',
      ],
    ],
    command: (one) => {
      const { program, plain } = one
      if (one.has('help', 'version')) return undefined
      const text = [...one.words, one.stdin].join(' ')
      const found: Readonly<Record<string, boolean>> = {
        dropdb: true,
        dropuser: true,
        pg_dropcluster: true,
        mysqladmin: plain.includes('drop'),
        mongo: /\.(dropDatabase|drop|dropAll\w*|deleteMany\(\s*\{\s*\}|remove\(\s*\{\s*\})/.test(text),
        mongosh: /\.(dropDatabase|drop|dropAll\w*|deleteMany\(\s*\{\s*\}|remove\(\s*\{\s*\})/.test(text),
        'redis-cli': /\b(flushall|flushdb|shutdown|config\s+set\s+dir|debug\s+sleep)\b/i.test(text),
        'valkey-cli': /\b(flushall|flushdb|shutdown)\b/i.test(text),
        influx: /\bdrop (database|measurement)\b/i.test(text) || one.runs('bucket', 'delete'),
        prisma: one.runs('migrate', 'reset') || (one.runs('db', 'push') && one.has('force-reset')),
        rails: plain.some((word) => /^db:(drop|reset|purge)/.test(word)),
        rake: plain.some((word) => /^db:(drop|reset|purge)/.test(word)),
        artisan: plain.some((word) => /^(migrate:(fresh|reset)|db:wipe)$/.test(word)),
        php: plain.some((word) => /^(migrate:(fresh|reset)|db:wipe)$/.test(word)),
        consul: one.runs('kv', 'delete') && one.words.some((word) => /^--?recurse$/.test(word)),
        flyway: plain.includes('clean'),
        liquibase: plain.some((word) => /^drop-?all$/i.test(word)),
        alembic: one.runs('downgrade', 'base'),
        supabase: one.runs('db', 'reset') || one.runs('projects', 'delete'),
        sequelize: plain.some((word) => /^db:(drop|migrate:undo:all)$/.test(word)),
        'sequelize-cli': plain.some((word) => /^db:(drop|migrate:undo:all)$/.test(word)),
        typeorm: plain.some((word) => /^(schema:drop|cache:clear)$/.test(word)),
        knex: one.runs('migrate:rollback') && one.has('all'),
        'drizzle-kit': plain[0] === 'drop',
        pg_restore: one.has('c', 'clean'),
        'manage.py': DJANGO.test(plain.join(' ')),
        'django-admin': DJANGO.test(plain.join(' ')),
        python: DJANGO.test(plain.join(' ')),
        python3: DJANGO.test(plain.join(' ')),
        etcdctl: plain.includes('del') && one.has('prefix', 'from-key'),
      }
      return found[program] === true ? `${program} would drop or empty a database` : undefined
    },
    examples: {
      deny: [
        'dropdb app',
        'mongosh --eval "db.dropDatabase()"',
        'redis-cli FLUSHALL',
        'npx prisma migrate reset',
        'rails db:drop',
      ],
      allow: [
        'redis-cli GET key',
        'mongosh --eval "db.users.find()"',
        'npx prisma migrate dev',
        'rails db:migrate',
        'createdb x',
      ],
    },
  },
]
