import { proxySuite } from '../conformance/proxy-suite.js';

proxySuite({ lines: 8_000, ends: 3 });
