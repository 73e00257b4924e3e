import type { ConnectorStore, GroupSyncStatus } from '../../store/index.js';

/** Writes what became of these groups. Of others that `replaces` means, nothing is known any more; the rest stays. */
export async function keepGroupSync(
  store: ConnectorStore,
  groups: readonly GroupSyncStatus[],
  replaces: (group: string) => boolean,
): Promise<void> {
  const fresh = new Set(groups.map(({ group }) => group));
  const kept = ((await store.groupSync.read())?.groups ?? []).filter(
    ({ group }) => !fresh.has(group) && !replaces(group),
  );
  const all = [...kept, ...groups].sort((a, b) => (a.group < b.group ? -1 : 1));
  await store.groupSync.write({ version: 1, connector: store.connector, groups: all }, { durable: false });
}
