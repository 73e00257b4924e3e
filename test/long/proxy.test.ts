import { proxySuite } from '../conformance/proxy-suite.js';

proxySuite({ lines: 100_000, ends: 20 });
