/** A database of its own on the MySQL or MariaDB server that runs here, as long as a test takes. */
import { randomBytes } from 'node:crypto';
import { after, type TestContext } from 'node:test';
import { createConnection } from 'mysql2/promise';

export interface ScratchMysql {
  readonly name: string;
  readonly url: string;
  /** Runs one statement or several; the rows of the last. */
  readonly sql: (text: string, values?: readonly unknown[]) => Promise<Record<string, unknown>[]>;
  /** A user that may do nothing yet. */
  user(): Promise<{ readonly name: string; readonly url: string }>;
}

const server = process.env.RMQ_CONNECT_TEST_MYSQL ?? 'mysql://root@127.0.0.1:3306';

/** Without a test, as long as the tests of the file take. */
export async function scratchMysql(t?: TestContext): Promise<ScratchMysql> {
  const name = `rmq_test_${randomBytes(6).toString('hex')}`;
  const users: string[] = [];
  await query(server, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  const cleanUp = async (): Promise<void> => {
    await query(server, `DROP DATABASE ${name}`);
    for (const user of users) await query(server, `DROP USER ${user}`);
  };
  if (t === undefined) after(cleanUp);
  else t.after(cleanUp);
  return {
    name,
    url: `${server}/${name}`,
    sql: (text, values) => query(`${server}/${name}`, text, values),
    user: async () => {
      const user = `u${name.slice(9)}${String(users.length)}`;
      await query(server, `CREATE USER ${user} IDENTIFIED BY 'secret'`);
      users.push(user);
      return { name: user, url: `${server.replace('//root@', `//${user}:secret@`)}/${name}` };
    },
  };
}

async function query(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const connection = await createConnection({
    ...{ uri: url, multipleStatements: true, dateStrings: true, timezone: 'Z', charset: 'utf8mb4' },
    ...{ supportBigNumbers: true, bigNumberStrings: true },
  });
  try {
    await connection.query(`SET time_zone = '+00:00'`);
    const [rows] = await connection.query(text, [...values]);
    const last: unknown = Array.isArray(rows) && Array.isArray(rows.at(-1)) ? rows.at(-1) : rows;
    return Array.isArray(last) ? (last as Record<string, unknown>[]) : [];
  } finally {
    await connection.end();
  }
}
