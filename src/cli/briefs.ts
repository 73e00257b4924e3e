import { Command } from 'commander';

/**
 * What the first page of the help says of each command, so that it need not load them all: how it is called, and what
 * it does. A test compares this with the commands themselves.
 */
const briefs = {
  'run [options] [files...]': 'Run the connectors of job files until they are finished or stopped',
  'validate [options] <files...>': 'Check job files without running them, and say what they would do',
  'check [options] <files...>':
    'Check that the systems of job files can be reached, and that all they need is there and allowed',
  connectors: 'The connectors this data directory remembers, and those of a running worker',
  tasks: 'What the tasks of the connectors do',
  offsets: 'Where the connectors stand, and how to move them',
  'top [options]': 'Watch a running worker: its connectors and tasks, rates, lag and errors',
  'tap [options] <connector>': 'Show some records of a connector as they pass, without slowing them',
  'lag [options] [connectors...]':
    'Show how far connectors are behind, running or not; or, with --group, consumer groups of any RocketMQ',
  dlq: 'Dead letters: records that could not be taken, and were kept',
  plugins: 'The kinds of sources and sinks there are',
  'schema [options]': 'Print the JSON Schema of job files, for editors',
  topics: 'Look into topics of RocketMQ, and send to them',
  'broker [options]':
    'Run the embedded broker alone, in the foreground: RocketMQ for a first try, for tests and CI',
};

export function briefCommands(): readonly Command[] {
  return Object.entries(briefs).map(([call, does]) => new Command(call).summary(does));
}
