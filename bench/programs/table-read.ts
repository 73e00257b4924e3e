/** Reads a table as fast as its database sends it, counts the rows, and does nothing else. */
import { createConnection } from 'mysql2';
import { Client } from 'pg';
import { to } from 'pg-copy-streams';
import { argument } from './argument.js';
import { Progress } from './progress.js';

const { url, table } = argument() as { readonly url: string; readonly table: string };
const progress = new Progress();
if (url.startsWith('postgres:')) await readCopy();
else await readRows();
progress.end();

/** Its text format has a newline behind each row, and no other. */
async function readCopy(): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const chunks: AsyncIterable<Buffer> = client.query(
    to(`COPY (SELECT * FROM ${table} ORDER BY id) TO STDOUT`),
  );
  for await (const chunk of chunks) {
    let rows = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) rows += 1;
    progress.add(rows);
  }
  await client.end();
}

async function readRows(): Promise<void> {
  const connection = createConnection({ uri: url });
  const query = connection.query({
    sql: `SELECT * FROM ${table} ORDER BY id`,
    rowsAsArray: true,
    typeCast: (field) => field.buffer(),
  });
  await new Promise<void>((resolve, reject) => {
    query
      .on('result', () => {
        progress.add(1);
      })
      .on('error', reject)
      .on('end', () => {
        resolve();
      });
  });
  connection.destroy();
}
