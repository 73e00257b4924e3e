import assert from 'node:assert/strict';
import { describe } from 'node:test';
import type { Plugin } from '../index.js';
import type { SinkDriver, SourceDriver } from './driver.js';
import { offsetTests } from './offset-tests.js';
import { shaped } from './shaped-sink.js';
import { sinkTests } from './sink-tests.js';
import { sourceTests } from './source-tests.js';
import { specTests } from './spec-tests.js';

export interface AcceptanceDrivers {
  /** For the plugin's source, if it has one. */
  readonly source?: SourceDriver;
  /** For the plugin's sink, if it has one. */
  readonly sink?: SinkDriver;
  /** The folder the plugin's `example` is relative to; the working directory by default. */
  readonly root?: string;
}

/** Registers the tests. A plugin's source and sink must both have a driver. */
export function acceptanceSuite(plugin: Plugin, drivers: AcceptanceDrivers): void {
  const root = drivers.root ?? process.cwd();
  const { source, sink } = plugin;
  assert.equal(drivers.source !== undefined, source !== undefined, `${plugin.name}: driver of the source`);
  assert.equal(drivers.sink !== undefined, sink !== undefined, `${plugin.name}: driver of the sink`);
  if (source !== undefined && drivers.source !== undefined) {
    const driver = drivers.source;
    describe(`source ${plugin.name}`, () => {
      specTests(plugin, 'source', root);
      sourceTests(plugin, source, driver, root);
    });
  }
  if (sink !== undefined && drivers.sink !== undefined) {
    const driver = drivers.sink;
    const its = shaped(sink, driver);
    describe(`sink ${plugin.name}`, () => {
      specTests(plugin, 'sink', root);
      sinkTests(its, driver, 'at_least_once');
    });
    if (sink.delivery === undefined) return;
    describe(`sink ${plugin.name}, keeping the offsets`, () => {
      sinkTests(its, driver, 'exactly_once');
      offsetTests(its, driver);
    });
  }
}
