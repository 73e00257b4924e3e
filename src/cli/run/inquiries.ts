import type { Inquiries, LetterChoice, OffsetEntry } from '../../api/context.js';
import type { DataDir } from '../../store/index.js';
import type { ClusterAccess } from '../cluster-access.js';
import { letterJson, queryLetters } from '../commands/dlq-show.js';
import { queryGroups } from '../commands/dlq-list.js';
import { replay } from '../commands/dlq-replay.js';
import { lagNumbers, queryLagOver, unknownNumbers } from '../connector-lags.js';
import type { ChoiceOptions } from '../dlq/choice.js';
import { openShelves, type Shelf } from '../dlq/shelf.js';
import { carryOutAtRest } from '../offsets/carry-out.js';
import type { Places } from '../offsets/planner.js';
import { changedPlace, placeOf, planReset } from '../offsets/plan-entries.js';
import type { Plan } from '../offsets/plan.js';
import { sinkSubject } from '../offsets/sink-subject.js';
import { rememberedConnector, rememberedConnectors, type Remembered } from '../remembered.js';
import { restore } from '../restored.js';
import { survey } from '../survey.js';

/** What the API asks, answered with the functions of the commands, over the connections of the worker. */
export function inquiriesOf(dataDir: DataDir, access: ClusterAccess): Inquiries {
  const onPlaces = async <T>(
    connector: string,
    work: (remembered: Remembered, places: Places) => Promise<T>,
  ): Promise<T> => work(await rememberedConnector(dataDir, connector), { dataDir, access });
  // One that cannot be started any more says so in its status; the letters of the others are shown all the same.
  const shelves = (connector: string | undefined): Promise<readonly Shelf[]> =>
    openShelves(access, dataDir, connector, connector === undefined ? () => undefined : undefined);
  const carriedOut = async (connector: string, planning: Promise<Plan>): Promise<string> => {
    const plan = await planning;
    const backup = await carryOutAtRest(plan, dataDir);
    if (backup === null) return `${connector} stands there already`;
    const places = plan.changes === 1 ? '1 place' : `${String(plan.changes)} places`;
    return `${places} of ${connector} moved; what was before is in ${backup}`;
  };
  return {
    offsets: (connector) => onPlaces(connector, standing),
    moveOffsets: (connector, entries) =>
      onPlaces(connector, (remembered, places) =>
        carriedOut(connector, changedPlace(atRest(remembered), entries.map(placeOf), places)),
      ),
    resetOffsets: (connector) =>
      onPlaces(connector, (remembered, places) =>
        carriedOut(connector, planReset(atRest(remembered), places)),
      ),
    lag: async () => {
      const { report, unanswered } = await queryLagOver(access, dataDir, [], Date.now());
      return {
        ...report,
        unanswered: unanswered.map(({ connector, told }) => ({ connector, ...brief(told) })),
      };
    },
    mirrors: () => mirrors(dataDir, access),
    letterGroups: async (choice) => queryGroups(await shelves(choice.connector), optionsOf(choice)),
    letters: async (choice, limit) => {
      const asked = { ...optionsOf(choice), limit };
      return { letters: (await queryLetters(await shelves(choice.connector), asked)).map(letterJson) };
    },
    replay: async (choice, { toConnector, again }) =>
      replay(await shelves(choice.connector), {
        ...optionsOf(choice),
        yes: true,
        ...(toConnector && { toConnector }),
        ...(again && { again }),
      }),
  };
}

const brief = ({ code, message }: { code: string; message: string }): object => ({ code, message });

/** The worker keeps it at rest: its last written status may say otherwise for a moment. */
const atRest = (remembered: Remembered): Remembered => ({ ...remembered, live: false });

function optionsOf({ stage, error, ids }: LetterChoice): ChoiceOptions {
  return {
    ...(stage !== undefined && { stage }),
    ...(error !== undefined && { error }),
    ...(ids !== undefined && { id: ids }),
  };
}

async function standing(
  remembered: Remembered,
  { dataDir, access }: Places,
): Promise<readonly OffsetEntry[]> {
  if (remembered.definition.kind !== 'sink') {
    const stored = await dataDir.connector(remembered.name).positions.read();
    return Object.entries(stored?.partitions ?? {}).map(([partition, { position }]) => ({
      partition: { partition },
      offset: position === null ? null : { position },
    }));
  }
  const { standings } = await sinkSubject(remembered, access, dataDir);
  return standings.map(({ topic, broker, queue, offset }) => ({
    partition: { topic, broker, queue },
    offset: offset === null ? null : { offset },
  }));
}

/** The routes between clusters with their numbers; one that cannot be started any more is none. */
async function mirrors(dataDir: DataDir, access: ClusterAccess): Promise<object> {
  const { connectors } = await rememberedConnectors(dataDir);
  const found = connectors.filter(({ definition }) => definition.kind === 'mirror');
  const routes = await Promise.all(
    found.map(async (remembered) => {
      const restored = await restore(remembered).catch(() => null);
      if (restored?.definition.kind !== 'mirror') return [];
      const { from, to, topics, exclude, groups } = restored.definition;
      const route = { from: from.name, to: to.name, topics, exclude, groups };
      return [{ name: remembered.name, remembered, restored, route }];
    }),
  );
  const asking = { access, dataDir, now: Date.now() };
  const { answers } = await survey(
    routes.flat(),
    async ({ remembered, restored, route }) => ({
      ...(await lagNumbers(remembered, restored, asking)),
      ...route,
    }),
    ({ remembered, route }) => ({ ...unknownNumbers(remembered), ...route }),
  );
  return { mirrors: answers };
}
