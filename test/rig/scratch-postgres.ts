/** A database of its own on the PostgreSQL server that runs here, as long as a test takes. */
import { randomBytes } from 'node:crypto';
import { after, type TestContext } from 'node:test';
import { Client } from 'pg';

export interface ScratchDatabase {
  readonly url: string;
  /** Runs one statement or several; the rows of the last. */
  readonly sql: (text: string, values?: readonly unknown[]) => Promise<Record<string, unknown>[]>;
  /** A user that may only connect. */
  role(): Promise<{ readonly name: string; readonly url: string }>;
}

const server = process.env.RMQ_CONNECT_TEST_POSTGRES ?? 'postgres://postgres@127.0.0.1:5432';

/** Without a test, as long as the tests of the file take. */
export async function scratchPostgres(t?: TestContext): Promise<ScratchDatabase> {
  const name = `rmq_test_${randomBytes(6).toString('hex')}`;
  const admin = `${server}/postgres`;
  const roles: string[] = [];
  await query(admin, `CREATE DATABASE ${name}`);
  const cleanUp = async (): Promise<void> => {
    await query(admin, `DROP DATABASE ${name} WITH (FORCE)`);
    for (const role of roles) await query(admin, `DROP ROLE ${role}`);
  };
  if (t === undefined) after(cleanUp);
  else t.after(cleanUp);
  return {
    url: `${server}/${name}`,
    sql: (text, values) => query(`${server}/${name}`, text, values),
    role: async () => {
      const role = `${name}_${String(roles.length)}`;
      await query(admin, `CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
      roles.push(role);
      return { name: role, url: `${server.replace('//postgres@', `//${role}:secret@`)}/${name}` };
    },
  };
}

async function query(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, options: '-c timezone=UTC' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const result: unknown = await client.query(text, values.length > 0 ? [...values] : undefined);
    const last: unknown = Array.isArray(result) ? result.at(-1) : result;
    return (last as { rows: Record<string, unknown>[] }).rows;
  } finally {
    await client.end();
  }
}
