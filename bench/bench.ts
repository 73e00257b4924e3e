/** Measures the program beside what else could do the same: see docs/performance.md. */
import { writeFile } from 'node:fs/promises';
import { machine } from './machine.js';
import { benchOptions, usage, type BenchOptions } from './options.js';
import { reportText } from './report.js';
import type { ScenarioResult } from './results.js';
import { runScenario } from './runner.js';
import type { Scenario } from './scenario.js';
import { scenarios } from './scenarios/index.js';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const tell = (text: string): void => void process.stderr.write(`${text}\n`);

process.exitCode = await main();

async function main(): Promise<number> {
  let options: BenchOptions;
  let chosen: readonly Scenario[];
  try {
    options = benchOptions(process.argv.slice(2));
    chosen = chosenScenarios(options.scenarios);
  } catch (error) {
    tell(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  if (options.help) say(usage);
  else if (options.list) for (const { name, about } of scenarios) say(`${name.padEnd(20)} ${about}`);
  else return measure(chosen, options);
  return 0;
}

function chosenScenarios(names: readonly string[]): readonly Scenario[] {
  if (names.length === 0) return scenarios;
  return names.map((name) => {
    const found = scenarios.find((scenario) => scenario.name === name);
    if (found === undefined) throw new Error(`there is no scenario ${name}; --list shows those there are`);
    return found;
  });
}

/** Goes on after a scenario that fails. 1: one did. */
async function measure(chosen: readonly Scenario[], options: BenchOptions): Promise<number> {
  const on = { started_at: new Date().toISOString(), machine: machine() };
  const results: ScenarioResult[] = [];
  const failures: { scenario: string; why: string }[] = [];
  const { json, rounds, quick } = options;
  for (const scenario of chosen) {
    try {
      const result = await runScenario(scenario, { ...options, tell });
      results.push(result);
      say(`\n${reportText(result)}\n`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      failures.push({ scenario: scenario.name, why });
      say(`\n${scenario.name}: FAILED: ${why}\n`);
    }
    if (json !== null) {
      const all = { ...on, rocketmq: options.on, rounds, quick, results, failures };
      await writeFile(json, `${JSON.stringify(all, null, 2)}\n`);
    }
  }
  return failures.length > 0 ? 1 : 0;
}
