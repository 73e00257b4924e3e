/** Brings the table in docs/metrics.md up to date. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../rig/project.js';
import { withTable } from './table.js';

const path = join(projectRoot, 'docs/metrics.md');
writeFileSync(path, withTable(readFileSync(path, 'utf8')));
