import { Command } from 'commander';
import { briefCommands } from './briefs.js';
import { group } from './leaf.js';
import type { Output } from './output.js';
import { packageVersion } from './package-root.js';

/**
 * The first word of every command, in the order of the help. A command is loaded when it is asked for:
 * what `run` needs must not slow down `--version`.
 */
const loaders: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./commands/run.js')).run(),
  validate: async () => (await import('./commands/validate.js')).validate(),
  check: async () => (await import('./commands/check.js')).check(),
  connectors: async () => {
    const [list, forget, control] = await Promise.all([
      import('./commands/connectors-list.js'),
      import('./commands/connectors-forget.js'),
      import('./commands/connectors-control.js'),
    ]);
    return group(
      'connectors',
      'The connectors this data directory remembers, and those of a running worker',
      [
        list.connectorsList(),
        control.connectorsStatus(),
        control.connectorsCreate(),
        control.connectorsPause(),
        control.connectorsResume(),
        control.connectorsStop(),
        control.connectorsRestart(),
        control.connectorsDelete(),
        forget.connectorsForget(),
      ],
    );
  },
  tasks: async () =>
    group('tasks', 'What the tasks of the connectors do', [
      (await import('./commands/tasks-list.js')).tasksList(),
      (await import('./commands/connectors-control.js')).tasksRestart(),
    ]),
  offsets: async () => {
    const [show, set, reset, sync, exported, imported] = await Promise.all([
      import('./commands/offsets-show.js'),
      import('./commands/offsets-set.js'),
      import('./commands/offsets-reset.js'),
      import('./commands/offsets-sync.js'),
      import('./commands/offsets-export.js'),
      import('./commands/offsets-import.js'),
    ]);
    return group('offsets', 'Where the connectors stand, and how to move them', [
      show.offsetsShow(),
      set.offsetsSet(),
      reset.offsetsReset(),
      sync.offsetsSync(),
      exported.offsetsExport(),
      imported.offsetsImport(),
    ]);
  },
  top: async () => (await import('./commands/top.js')).top(),
  tap: async () => (await import('./commands/tap.js')).tap(),
  lag: async () => (await import('./commands/lag.js')).lag(),
  dlq: async () => {
    const [list, show, replay, purge] = await Promise.all([
      import('./commands/dlq-list.js'),
      import('./commands/dlq-show.js'),
      import('./commands/dlq-replay.js'),
      import('./commands/dlq-purge.js'),
    ]);
    return group('dlq', 'Dead letters: records that could not be taken, and were kept', [
      list.dlqList(),
      show.dlqShow(),
      replay.dlqReplay(),
      purge.dlqPurge(),
    ]);
  },
  plugins: async () => {
    const [list, show] = await Promise.all([
      import('./commands/plugins-list.js'),
      import('./commands/plugins-show.js'),
    ]);
    return group('plugins', 'The kinds of sources and sinks there are', [
      list.pluginsList(),
      show.pluginsShow(),
    ]);
  },
  schema: async () => (await import('./commands/schema.js')).schema(),
  topics: async () => {
    const [list, show, read, send] = await Promise.all([
      import('./commands/topics-list.js'),
      import('./commands/topics-show.js'),
      import('./commands/topics-read.js'),
      import('./commands/topics-send.js'),
    ]);
    return group('topics', 'Look into topics of RocketMQ, and send to them', [
      list.topicsList(),
      show.topicsShow(),
      read.topicsRead(),
      send.topicsSend(),
    ]);
  },
  broker: async () => (await import('./commands/broker.js')).broker(),
};

/** The command tree; only the branch that `argv` names, where it names one. */
export async function buildProgram(argv: readonly string[], out: Output): Promise<Command> {
  const program = new Command('rmq-connect')
    .description('Moves data between Apache RocketMQ and the systems around it: one YAML file, one command.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    // Text beside the options is wrapped on a narrow terminal as well.
    .configureHelp({ minWidthToWrap: 20 })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        out.raw(text);
      },
      writeErr: (text) => {
        if (!out.json) out.rawTalk(text);
      },
      // Errors are told by main, in the form that was asked for.
      outputError: () => undefined,
    })
    .addHelpText('after', firstSteps);
  for (const command of await commandsFor(argv[0])) program.addCommand(command);
  inherit(program);
  return program;
}

async function commandsFor(word: string | undefined): Promise<readonly Command[]> {
  if (word === '--version') return [];
  if (word === '--help' || word === '-h') return briefCommands();
  const asked = loaders[word ?? ''];
  return Promise.all((asked === undefined ? Object.values(loaders) : [asked]).map((load) => load()));
}

function inherit(parent: Command): void {
  for (const child of parent.commands) {
    child.copyInheritedSettings(parent);
    inherit(child);
  }
}

const firstSteps = `
First steps:
  $ rmq-connect run examples/quickstart.yaml --once
  $ rmq-connect lag

Exit codes: 0 ok, 1 failed, 2 wrong usage or definition, 3 a system cannot be reached,
            4 a check does not hold (lag --max, check), 130/143 stopped by a second signal`;
